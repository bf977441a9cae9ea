import {
  type ChannelEvent,
  type ContentKind,
  durableSessionStream,
  type EventStore,
  type JsonObject,
  type KeptSession,
  MessageBatchWriter,
  newId,
  openInlineEventStore,
  type Principal,
  type RecordedEvent,
  type SessionEvent,
  type TenantEvent,
  type ThingEvent,
  type UserEvent,
} from "../../actors/mod.ts";
import type { Followed } from "../../projections/mod.ts";

export const DOMAIN = "d0000000-0000-4000-8000-000000000001";
export const OTHER_DOMAIN = "d0000000-0000-4000-8000-000000000002";
export const THING = "70000000-0000-4000-8000-000000000001";
export const CHANNEL = "c0000000-0000-4000-8000-000000000001";
export const OWNER = "a0000000-0000-4000-8000-000000000001";
export const START_MS = Date.UTC(2026, 0, 1);

/** What happened, without what a log adds. */
export type Fact =
  | ThingEvent
  | ChannelEvent
  | UserEvent
  | TenantEvent
  | SessionEvent
  | { readonly type: string; readonly data: JsonObject | Uint8Array };

export interface FactOptions {
  readonly domainId?: string;
  readonly principal?: Principal;
  /** Milliseconds after the event before; 1,000 unless told. */
  readonly afterMs?: number;
  readonly messageCount?: number;
  readonly retainedCount?: number;
}

/** A log in memory with a clock of its own, or one that is given, and what is recorded in it. */
export class TestLog {
  #nowMs = START_MS;
  readonly store: EventStore;

  constructor(store?: EventStore) {
    this.store = store ?? openInlineEventStore({ path: ":memory:", nowMs: () => this.#nowMs });
  }

  /** Appends one event; answers its position. */
  async record(stream: string, fact: Fact, options: FactOptions = {}): Promise<number> {
    this.#nowMs += options.afterMs ?? 1_000;
    const { messageCount, retainedCount } = options;
    const { position } = await this.store.append(stream, [{
      id: newId(),
      type: fact.type,
      data: fact.data as JsonObject | Uint8Array,
      metadata: {
        schemaVersion: 1,
        domainId: options.domainId ?? DOMAIN,
        principal: options.principal ?? { kind: "user", id: OWNER },
        edge: "http",
        remoteAddress: "local",
        causationId: newId(),
        correlationId: newId(),
        ...(messageCount === undefined ? {} : { messageCount }),
        ...(retainedCount === undefined ? {} : { retainedCount }),
      },
    }], { expectedRevision: "any" });
    return position;
  }

  async events(): Promise<readonly RecordedEvent[]> {
    const { events } = await this.store.readAll({ after: 0, limit: 4_096 });
    return events;
  }

  /** Hands everything after its checkpoint to a read model, as the runner does. */
  async follow({ projection, readModel }: Followed): Promise<void> {
    const after = await readModel.checkpoint();
    const types = new Set(projection.handles);
    const { events, reached } = await this.store.readAll({
      after,
      limit: 4_096,
      ...(projection.streamPrefixes === undefined
        ? {}
        : { streamPrefixes: projection.streamPrefixes }),
    });
    const writes = events.filter(({ type }) => types.has(type))
      .flatMap((event) => projection.project(event));
    await readModel.apply(writes, reached);
  }
}

export function thingCreated(
  data: Partial<Extract<ThingEvent, { type: "ThingCreated" }>["data"]> = {},
): ThingEvent {
  return {
    type: "ThingCreated",
    data: {
      domainId: DOMAIN,
      ownerId: OWNER,
      name: "pump",
      metadata: {},
      tags: [],
      key: { sealed: "sealed", hash: "hash of key" },
      ...data,
    },
  };
}

export function channelCreated(
  data: Partial<Extract<ChannelEvent, { type: "ChannelCreated" }>["data"]> = {},
): ChannelEvent {
  return {
    type: "ChannelCreated",
    data: { domainId: DOMAIN, ownerId: OWNER, name: "telemetry", metadata: {}, tags: [], ...data },
  };
}

export function userCreated(
  data: Partial<Extract<UserEvent, { type: "UserCreated" }>["data"]> = {},
): UserEvent {
  return {
    type: "UserCreated",
    data: {
      userId: OWNER,
      domainId: DOMAIN,
      role: "user",
      emailHash: "hash of email",
      passwordHash: "$argon2id$secret",
      personal: "sealed person",
      tags: [],
      ...data,
    },
  };
}

export function domainCreated(domainId: string = DOMAIN): TenantEvent {
  return {
    type: "DomainCreated",
    data: { domainId, name: "acme", metadata: {}, tags: [], createdBy: "system" },
  };
}

export function sessionConnected(sessionId: string, clientId = "client"): SessionEvent {
  return {
    type: "SessionConnected",
    data: {
      domainId: DOMAIN,
      sessionId,
      clientId,
      protocol: "mqtt",
      protocolVersion: "3.1.1",
      keepAliveSeconds: 60,
      cleanSession: true,
    },
  };
}

export function sessionEnded(sessionId: string, reason = "the client left"): SessionEvent {
  return {
    type: "SessionEnded",
    data: {
      domainId: DOMAIN,
      sessionId,
      clientId: "client",
      reason,
      clean: true,
      messagesReceived: 0,
      messagesSent: 0,
      messagesDropped: 0,
    },
  };
}

/** What a session that outlives its connection writes of itself, and where. */
export function durableKept(
  session: Partial<KeptSession> & { readonly clientId: string },
): readonly [string, Fact] {
  const data: KeptSession = {
    domainId: DOMAIN,
    thingId: THING,
    expirySeconds: 100,
    connectionId: "connection",
    connected: false,
    atMs: START_MS,
    subscriptions: [],
    after: 0,
    sinceMs: START_MS,
    lanes: {},
    inflight: [],
    received: [],
    ...session,
  };
  // Plain values all the way down.
  const fact = { type: "DurableSessionKept", data: data as unknown as JsonObject };
  return [durableSessionStream(data), fact];
}

export function durableDiscarded(
  session: { readonly clientId: string; readonly thingId?: string },
): readonly [string, Fact] {
  return [
    durableSessionStream({ thingId: THING, ...session }),
    { type: "DurableSessionDiscarded", data: { domainId: DOMAIN, reason: "gone" } },
  ];
}

/** Somebody noticed that the connection of a session was gone. */
export function durableLost(
  { clientId, atMs }: { readonly clientId: string; readonly atMs: number },
): readonly [string, Fact] {
  return [
    durableSessionStream({ thingId: THING, clientId }),
    { type: "DurableSessionLost", data: { domainId: DOMAIN, atMs } },
  ];
}

export interface Said {
  readonly subtopic: string;
  readonly payload: string;
  readonly retain?: boolean;
  readonly qos?: 0 | 1 | 2;
  readonly contentKind?: ContentKind;
}

/** One batch of messages, and what its metadata counts. */
export function published(
  messages: readonly Said[],
): { readonly fact: Fact; readonly options: FactOptions } {
  const writer = new MessageBatchWriter();
  const originIndex = writer.origin({
    publisher: THING,
    protocol: "mqtt",
    remoteAddress: "local",
    correlationId: THING,
  });
  for (const said of messages) {
    const { subtopic, payload, retain = false, qos = 1, contentKind = "unspecified" } = said;
    const bytes = new TextEncoder().encode(payload);
    const head = {
      originIndex,
      subtopicIndex: writer.subtopic(subtopic),
      qos,
      retain,
      contentKind,
      receivedUs: START_MS * 1_000,
    } as const;
    writer.add(head, bytes, 0, bytes.length);
  }
  return {
    fact: { type: "MessagesPublished", data: writer.finish() },
    options: {
      messageCount: messages.length,
      retainedCount: messages.filter(({ retain }) => retain === true).length,
      principal: { kind: "system", id: "ingress" },
    },
  };
}

/** Records one batch in the channel's stream of the day. */
export function say(
  log: TestLog,
  messages: readonly Said[],
  channelId: string = CHANNEL,
): Promise<number> {
  const { fact, options } = published(messages);
  return log.record(`messages-${channelId}-2026-01-01`, fact, options);
}
