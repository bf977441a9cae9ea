import assert from "node:assert/strict";
import {
  ActorRuntime,
  AppendingJournal,
  channelKind,
  type CommandContext,
  InProcessMailbox,
  type MailboxFrame,
  MessageBatchWriter,
  MessageRecorder,
  newId,
  openInlineEventStore,
  partitionOf,
  silentLogger,
  SYSTEM_AUTHORITY,
  systemClock,
  thingKind,
} from "../../actors/mod.ts";
import {
  ChannelLog,
  InMemoryAccessIndex,
  LiveFeed,
  type Models,
  openModels,
  ProjectionRunner,
  RecentRetained,
} from "../../projections/mod.ts";
import {
  API_ROUTES,
  DEVICE_ROUTES,
  httpApp,
  HttpCounters,
  type HttpGround,
  MqttServer,
  TickingIngress,
} from "../../protocols/mod.ts";

/** The files of the README's list, in its order. */
async function listed(): Promise<readonly string[]> {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const section = readme.slice(readme.indexOf("## Follow one message"), readme.indexOf("## More"));
  return [...section.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, path]) => path!);
}

/** The listed files that are running right now, the caller before the called. */
function running(path: readonly string[]): readonly string[] {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const { stack = "" } = new RangeError("only for its stack");
  Error.stackTraceLimit = before;
  const frames = stack.split("\n").reverse();
  return [...new Set(frames.flatMap((frame) => path.filter((file) => frame.includes(file))))];
}

const OURS = { clock: systemClock, logger: silentLogger, newId };

const SETUP: CommandContext = {
  commandId: newId(),
  correlationId: newId(),
  principal: { kind: "system", id: "setup" },
  edge: "system",
  remoteAddress: "local",
};

/** Notes which files the message passed, each once. */
class Journey {
  readonly path: readonly string[];
  readonly visited: string[] = [];

  constructor(path: readonly string[]) {
    this.path = path;
  }

  /** What is on the stack at a station was passed on the way there; the station comes last. */
  passed(...stations: readonly string[]): void {
    for (const file of [...running(this.path), ...stations]) {
      if (!this.visited.includes(file)) this.visited.push(file);
    }
  }
}

// The stations between the parts are watched from outside: wrapped, never replaced.
function watchedStore(journey: Journey) {
  const inline = openInlineEventStore({ path: ":memory:" });
  const store: typeof inline = {
    ...inline,
    append(stream, events, options) {
      if (stream.startsWith("messages-")) journey.passed("actors/event_store/sqlite/engine.ts");
      return inline.append(stream, events, options);
    },
  };
  return store;
}

function watchedProjections({ followed }: Models, journey: Journey): Models["followed"] {
  return followed.map((each) =>
    each.projection.name !== "measurements" ? each : {
      ...each,
      projection: {
        ...each.projection,
        project(event: Parameters<typeof each.projection.project>[0]) {
          journey.passed("projections/measurements/measurements.ts");
          return each.projection.project(event);
        },
      },
    }
  );
}

/** Watches what is no port; answers how to leave off. */
function watchInside(access: InMemoryAccessIndex, journey: Journey): () => void {
  const mayPublish = access.mayPublish.bind(access);
  access.mayPublish = (...args) => {
    journey.passed();
    return mayPublish(...args);
  };
  const add = MessageBatchWriter.prototype.add;
  MessageBatchWriter.prototype.add = function (...args) {
    journey.passed("actors/message/batch_writer.ts");
    return add.apply(this, args);
  };
  return () => MessageBatchWriter.prototype.add = add;
}

/** A thing that may publish to a channel, and the position at which it may. */
async function connectedPair(runtime: ActorRuntime) {
  const [thingId, channelId, domainId] = [newId(), newId(), newId()];
  const by = SYSTEM_AUTHORITY;
  const context = () => ({ ...SETUP, commandId: newId() });
  const key = { sealed: "sealed", hash: "hash of key" };
  await runtime.execute(channelKind, {
    id: channelId,
    command: { type: "CreateChannel", by, domainId, profile: {} },
    context: context(),
  });
  await runtime.execute(thingKind, {
    id: thingId,
    command: { type: "CreateThing", by, domainId, profile: {}, key },
    context: context(),
  });
  const connected = await runtime.execute(thingKind, {
    id: thingId,
    command: { type: "ConnectThing", by, channelId, types: ["publish", "subscribe"] },
    context: context(),
  });
  assert.ok("position" in connected);
  return { thingId, channelId, position: connected.position };
}

async function publish(port: number, pair: { thingId: string; channelId: string }): Promise<void> {
  const { success, stderr } = await new Deno.Command("mosquitto_pub", {
    args: ["-h", "127.0.0.1", "-p", String(port), "-u", pair.thingId, "-P", "key", "-q", "1"]
      .concat(["-t", `channels/${pair.channelId}/messages/hall`])
      .concat(["-m", `[{"n":"temperature","v":21.5}]`]),
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

/** Asks the reader for what was published. */
async function readBack(
  ground: { readonly access: InMemoryAccessIndex; readonly models: Models },
  { channelId, journey }: { readonly channelId: string; readonly journey: Journey },
) {
  const queries = ground.models.queries.measurements;
  const readModels = {
    measurements: {
      messages(question: Parameters<typeof queries.messages>[0]) {
        assert.deepEqual(running(journey.path), ["protocols/http/messages/readers.ts"]);
        journey.visited.push("projections/measurements/sqlite/queries.ts");
        return Promise.resolve(queries.messages(question));
      },
    },
  };
  const parts: unknown = {
    ...OURS,
    access: ground.access,
    readModels,
    counters: new HttpCounters(),
  };
  // Only the parts on the path are there: whatever else was asked would fail.
  const app = httpApp(parts as HttpGround, [...DEVICE_ROUTES, ...API_ROUTES]);
  const response = await app.request(`/channels/${channelId}/messages`, {
    headers: { authorization: "Thing key" },
  });
  journey.visited.push("protocols/http/messages/readers.ts");
  return await response.json();
}

Deno.test("follow one message: it passes the files of the README's list, in that order", async (t) => {
  const path = await listed();
  const journey = new Journey(path);
  await t.step("every file of the list is there", async () => {
    for (const file of path) await Deno.stat(new URL(`../../${file}`, import.meta.url));
  });

  const store = watchedStore(journey);
  const ground = { ...OURS, store };
  const runtime = new ActorRuntime(ground);
  const access = new InMemoryAccessIndex({ hashKey: (key) => `hash of ${key}` });
  const models = openModels(":memory:", {
    persons: { openPersonal: () => undefined, learnPersons: () => Promise.resolve() },
    onAccess: (rows, position) => access.apply(rows, position),
  });
  const breathe = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
  const runner = new ProjectionRunner({ ...OURS, events: store, breathe });
  const stop = new AbortController();
  const following = runner.run(watchedProjections(models, journey), stop.signal);
  const pair = await connectedPair(runtime);
  const wait = { timeoutMs: 5_000 };
  assert.ok(await runner.waitFor(pair.position, { ...wait, projections: ["access"] }));

  const mailbox = new InProcessMailbox({ clock: systemClock });
  const recorder = new MessageRecorder({ store, runtime });
  const end = mailbox.consume(partitionOf(pair.channelId), (frame: MailboxFrame) => {
    journey.passed();
    return recorder.record(frame);
  });
  const liveFeed = new LiveFeed();
  const retained = new RecentRetained({
    stored: () => Promise.resolve({ messages: [] }),
    reached: () => 0,
    startPosition: 0,
  });
  const ingress = new TickingIngress({ ...ground, mailbox, liveFeed });
  const journal = new AppendingJournal(ground);
  const leaveOff = watchInside(access, journey);
  const channelLog = new ChannelLog({ events: ground.store, clock: ground.clock });
  const mqtt = new MqttServer({
    ...ground,
    access,
    ingress,
    liveFeed,
    retained,
    journal,
    channelLog,
    readModels: {
      waitFor: (position, options) => runner.waitFor(position, options),
      presence: { openSessions: () => Promise.resolve([]) },
      durableSessions: {
        count: () => Promise.resolve(0),
        expired: () => Promise.resolve([]),
        connected: () => Promise.resolve([]),
      },
    },
    thingKeys: {
      keyOf: () => Promise.resolve(undefined),
      saltOf: (name) => new TextEncoder().encode(name),
    },
  });
  mqtt.listen({ hostname: "127.0.0.1", port: 0 });

  await publish(mqtt.address.port, pair);
  const stored = await store.lastPosition();
  assert.ok(await runner.waitFor(stored, { ...wait, projections: ["measurements"] }));
  const { channelId } = pair;
  const { total, messages } = await readBack({ access, models }, { channelId, journey });
  assert.equal(total, 1);
  assert.equal(messages[0].value, 21.5);
  assert.equal(messages[0].subtopic, "hall");
  assert.equal(messages[0].publisher, pair.thingId);
  assert.deepEqual(journey.visited, path);

  leaveOff();
  await mqtt.close({ timeoutMs: 1_000 });
  await ingress.flush();
  await journal.flush();
  await end();
  stop.abort();
  await following;
  runtime.close();
  for (const { readModel } of models.followed) await readModel.close();
  await store.close();
});
