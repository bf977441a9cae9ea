import assert from "node:assert/strict";
import {
  ActorRuntime,
  AppendingJournal,
  claimId,
  claimKind,
  type Clock,
  type CommandContext,
  type DeadLetters,
  type EventStore,
  isRejection,
  newId,
  noDeadLetters,
  openInlineEventStore,
  openSecrets,
  silentLogger,
  SYSTEM_AUTHORITY,
  systemClock,
  thingUpcasters,
  userKind,
} from "../../../actors/mod.ts";
import {
  ChannelLog,
  InMemoryAccessIndex,
  openModels,
  ProjectionRunner,
  type ReadModels,
  RecentRetained,
} from "../../../projections/mod.ts";
import {
  API_ROUTES,
  DEVICE_ROUTES,
  hashPassword,
  type HttpApp,
  httpApp,
  HttpCounters,
  type HttpGround,
  MANAGEMENT,
  OPERATIONS,
  type RouteGroup,
} from "../../../protocols/http/mod.ts";
import { DevicesOfNodes, MqttServer, sealedThingKeys } from "../../../protocols/mqtt/mod.ts";
import { messagesInto } from "./way_of_messages.ts";

export const ADMIN = { email: "admin@example.com", password: "12345678" } as const;
export const DOMAIN_ID = "0192f0c4-0000-7000-8000-000000000001";

/** The whole edge in one thread: real actors, mailbox and ingress, a log in memory, real projections. */
export interface House {
  readonly app: HttpApp;
  readonly ground: HttpGround;
  /** The log, to write what no route of this edge writes. */
  readonly store: EventStore;
  /** Where devices of the house may connect; it listens when it is told to. */
  readonly mqtt: MqttServer;
  /** Resolves when every fact of a session that was reported so far is in the read models. */
  reported(): Promise<void>;
  /** Signed in as the admin. */
  readonly adminToken: string;
  /** One request, with a JSON body if there is one; `token` defaults to the admin's. */
  ask(method: string, path: string, options?: Asking): Promise<Answer>;
  /** Messages that were taken in wait before the log until the returned function is called. */
  holdMessages(): () => void;
  close(): Promise<void>;
}

/** As a process of all roles serves them, but for WebSockets. */
export const ALL_ROUTES: readonly RouteGroup[] = [...DEVICE_ROUTES, ...API_ROUTES, ...OPERATIONS];

export interface HouseOptions {
  readonly selfRegister?: boolean;
  readonly groups?: readonly RouteGroup[];
  /** Time as the edge and the projections see it. */
  readonly clock?: Clock;
  /** Pages that the log may grow to: as if its disk were so small. */
  readonly pagesMax?: number;
  readonly metrics?: HttpGround["metrics"];
  readonly ready?: HttpGround["ready"];
  /** In place of those that the house stands on. */
  readonly engines?: Partial<HttpGround["engines"]>;
  readonly deadLetters?: DeadLetters;
}

export interface Asking {
  readonly body?: unknown;
  /** Null sends none. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any -- tests look into answers of every shape
  readonly body: any;
}

const breathe = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

const NOTHING_RETAINED = new RecentRetained({
  stored: () => Promise.resolve({ messages: [] }),
  reached: () => 0,
  startPosition: 0,
});

export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const folder = await Deno.makeTempDir();
  const secrets = openSecrets(folder);
  const { pagesMax, clock = systemClock } = options;
  const store = openInlineEventStore({
    path: ":memory:",
    upcasters: thingUpcasters,
    ...(pagesMax === undefined ? {} : { pagesMax }),
  });
  const runtime = new ActorRuntime({ store, clock: systemClock, logger: silentLogger, newId });
  const access = new InMemoryAccessIndex({ hashKey: (key) => secrets.hashThingKey(key) });
  const models = openModels(":memory:", {
    persons: secrets,
    onAccess: (rows, position) => access.apply(rows, position),
  });
  const stop = new AbortController();
  const runner = new ProjectionRunner({ events: store, clock, logger: silentLogger, breathe });
  const running = runner.run(models.followed, stop.signal);
  const messages = messagesInto({ store, runtime });
  const journal = new AppendingJournal({ store, clock: systemClock, logger: silentLogger, newId });
  const readModels = {
    ...remote(models.queries),
    waitFor: (position, { projections, timeoutMs }) =>
      runner.waitFor(position, { projections, timeoutMs }),
    status: () => Promise.resolve(runner.status()),
    timeSeriesStatus: () => models.timeSeries.status(),
  } as ReadModels;
  const mqtt = new MqttServer({
    ...messages,
    access,
    thingKeys: sealedThingKeys({ access, readModels, secrets }),
    readModels,
    retained: NOTHING_RETAINED,
    journal,
    store,
    channelLog: new ChannelLog({ events: store, clock }),
    clock,
    logger: silentLogger,
    newId,
  });
  const ground: HttpGround = {
    runtime,
    events: store,
    deadLetters: options.deadLetters ?? noDeadLetters,
    ...messages,
    access,
    readModels,
    secrets,
    devices: new DevicesOfNodes({ here: mqtt }),
    clock,
    logger: silentLogger,
    newId,
    domainId: DOMAIN_ID,
    selfRegister: options.selfRegister ?? true,
    version: "0.0.0",
    ready: options.ready ?? (() => ({ ready: true })),
    engines: {
      eventStore: () => store.status(),
      mailbox: () => messages.mailbox.status(),
      timeSeries: () => models.timeSeries.status(),
      ...options.engines,
    },
    counters: new HttpCounters(),
    metrics: options.metrics ?? (() => Promise.resolve("")),
  };
  await createAdmin(ground, { ...ADMIN, domainId: DOMAIN_ID });
  const { groups = [] } = options;
  const app = httpApp(ground, groups === ALL_ROUTES ? groups : [...groups, ...MANAGEMENT]);
  const ask = asking(app);
  const { body } = await ask("POST", "/tokens", { body: ADMIN, token: null });
  const adminToken = body.token as string;
  return {
    app,
    ground,
    store,
    mqtt,
    async reported() {
      await journal.flush();
      const position = await store.lastPosition();
      await runner.waitFor(position, { projections: ["presence", "history"], timeoutMs: 5_000 });
    },
    adminToken,
    ask: (method, path, asked = {}) => ask(method, path, { token: adminToken, ...asked }),
    holdMessages: messages.hold,
    async close() {
      await mqtt.close({ timeoutMs: 1_000 });
      await journal.flush();
      await messages.close();
      stop.abort();
      await running;
      runtime.close();
      for (const { readModel } of models.followed) await readModel.close();
      await store.close();
      secrets.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function asking(app: HttpApp) {
  return async (method: string, path: string, asked: Asking): Promise<Answer> => {
    const response = await app.request(path, {
      method,
      headers: {
        ...(asked.body === undefined ? {} : { "content-type": "application/json" }),
        ...(typeof asked.token === "string" ? { authorization: `Bearer ${asked.token}` } : {}),
        ...asked.headers,
      },
      ...(asked.body === undefined ? {} : {
        body: typeof asked.body === "string" || asked.body instanceof Uint8Array
          ? asked.body as BodyInit
          : JSON.stringify(asked.body),
      }),
    });
    const text = await response.text();
    const json = text !== "" && /json(;|$)/.test(response.headers.get("content-type") ?? "");
    return {
      status: response.status,
      headers: response.headers,
      body: json ? JSON.parse(text) : text,
    };
  };
}

/** Makes every query asynchronous, as it is when a thread lies in between. */
function remote(queries: object): object {
  return Object.fromEntries(
    Object.entries(queries).map(([name, model]) => [
      name,
      Object.fromEntries(
        Object.entries(model as Record<string, (...args: unknown[]) => unknown>).map(
          (
            [query, run],
          ) => [query, (...args: unknown[]) => Promise.resolve().then(() => run(...args))],
        ),
      ),
    ]),
  );
}

/** As the composition root does at the first start. */
export async function createAdmin(
  ground: HttpGround,
  admin: { readonly email: string; readonly password: string; readonly domainId: string },
): Promise<void> {
  const { email, password, domainId } = admin;
  const userId = newId();
  const emailHash = ground.secrets.hashEmail(email);
  const context: CommandContext = {
    commandId: newId(),
    correlationId: newId(),
    principal: { kind: "system", id: "setup" },
    edge: "system",
    remoteAddress: "local",
  };
  await ground.runtime.execute(claimKind, {
    id: claimId("email", emailHash),
    command: { type: "Claim", domainId, holderId: userId },
    context,
  });
  const created = await ground.runtime.execute(userKind, {
    id: userId,
    command: {
      type: "CreateUser",
      by: SYSTEM_AUTHORITY,
      userId,
      domainId,
      role: "admin",
      emailHash,
      passwordHash: await hashPassword(password),
      personal: await ground.secrets.sealPersonal(userId, { email }),
    },
    context,
  });
  assert.ok(!isRejection(created));
  await ground.readModels.waitFor(created.position, { projections: ["access"], timeoutMs: 2_000 });
}

/** A user of the house, signed in. */
export async function signedUp(
  house: House,
  email: string,
): Promise<{ readonly id: string; readonly token: string }> {
  const password = "a long password";
  const { body: user } = await house.ask("POST", "/users", {
    body: { email, password },
    token: null,
  });
  const { body } = await house.ask("POST", "/tokens", { body: { email, password }, token: null });
  return { id: user.id, token: body.token };
}

/** A problem of this status that blames this field and is sent as such. */
export function assertProblem(answer: Answer, status: number, field?: string): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.equal(answer.body.status, status);
  assert.equal(answer.body.error, answer.body.detail);
  if (field !== undefined) assert.equal(answer.body.field, field, answer.body.detail);
}
