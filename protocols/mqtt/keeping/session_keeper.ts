import {
  type DurableSessionEvent,
  durableSessionStream,
  type InflightRecord,
  type KeptSession,
  type LogPlace,
  type SessionProgress,
  StateWriter,
  type StateWriterGround,
} from "../../../actors/mod.ts";
import type { Inbound } from "../inbound.ts";
import {
  type Delivery,
  type Lane,
  laneName,
  type Outbound,
  type OutboundJournal,
  type Track,
} from "../outgoing/mod.ts";
import { KEPT_STATE_MS } from "../limits.ts";
import type { Subscriptions } from "../subscriptions.ts";
import type { TopicForm } from "../topics.ts";

/** What is written down of a message only when it must be. */
type Sent = Track | InflightRecord;

/** The first message of each lane that queues and was not sent. */
type Unsent = ReadonlyMap<Lane, LogPlace>;

/** The parts of a session that its keeper writes down. */
export interface KeptParts {
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  readonly subscriptions: Subscriptions;
  readonly deliveries: { readonly [form in TopicForm]: Delivery };
}

export interface KeeperOptions {
  readonly domainId: string;
  readonly thingId: string;
  readonly clientId: string;
  readonly connectionId: string;
  readonly remoteAddress: string;
  readonly expirySeconds: number;
  /** Of the stream's newest event; -1 if it has none. */
  readonly revision: number;
  readonly parts: KeptParts;
  /** Every message up to it has been handed to those who listen. */
  readonly deliveredThrough: () => number;
  /** Nothing more can be written: another node has the session, or its stream cannot take it. */
  readonly onLost: (error: unknown) => void;
}

/** Keeps what a session must find again, while it has a connection. */
export class SessionKeeper implements OutboundJournal {
  readonly #options: KeeperOptions;
  readonly #clock: StateWriterGround["clock"];
  readonly #writer: StateWriter<DurableSessionEvent>;
  /** What is under way, by packet id, in the order in which it was sent. */
  readonly #inflight = new Map<number, Sent>();
  /** What of that the log knows, as it knows it. */
  #written: ReadonlyMap<number, Sent> = new Map();
  /** Something went out since then, though it may be acknowledged by now. */
  #hasSent = false;
  #released: number[] = [];
  #cancelTimer: () => void = () => {};
  /** Everything as it was when the connection ended. */
  #left: KeptSession | undefined;
  /** Seconds after the end of the connection; a DISCONNECT of MQTT 5 may change it. */
  expirySeconds: number;

  constructor(ground: StateWriterGround, options: KeeperOptions) {
    this.#options = options;
    this.#clock = ground.clock;
    this.expirySeconds = options.expirySeconds;
    const { thingId, clientId, domainId, connectionId, remoteAddress, revision } = options;
    this.#writer = new StateWriter(ground, {
      stream: durableSessionStream({ thingId, clientId }),
      metadata: {
        domainId,
        principal: { kind: "thing", id: thingId },
        edge: "mqtt",
        remoteAddress,
        causationId: connectionId,
        correlationId: connectionId,
      },
      revision,
      state: () => ({ type: "DurableSessionKept", data: this.#state(true) }),
      progress: () => this.#progressed(),
      onLost: options.onLost,
    });
  }

  /** Writes that the session has a connection; `then` when it is stored. */
  begin(then: () => void): void {
    this.#writer.write(then);
    this.#scheduleState();
  }

  /** A message that an earlier connection had sent is under way again. */
  resumed(record: InflightRecord): void {
    this.#inflight.set(record.packetId, record);
  }

  // Called for each message and acknowledgement: what has changed is found when it is written.
  sent(packetId: number, track: Track): void {
    this.#inflight.set(packetId, track);
    this.#hasSent = true;
  }

  pubrec(packetId: number): void {
    const known = this.#inflight.get(packetId);
    if (known === undefined) return;
    // [MQTT-4.6.0-4]: in the order of the PUBRECs
    this.#inflight.delete(packetId);
    this.#inflight.set(packetId, { ...recordOf(packetId, known), awaits: "pubcomp" });
  }

  done(packetId: number): void {
    this.#inflight.delete(packetId);
  }

  /** A PUBREL of the client came: `then` may answer it. */
  released(packetId: number, then: () => void): void {
    this.#released.push(packetId);
    this.#writer.write(then);
  }

  whenDurable(then: () => void): void {
    this.#writer.write(then);
  }

  /** The subscriptions have changed; `then` is called when that is stored. */
  subscribed(then: () => void): void {
    this.#writer.writeState();
    this.#writer.write(then);
  }

  /** Writes nothing more: the session was not begun. */
  abandon(): void {
    this.#cancelTimer();
    this.#writer.abandon();
  }

  /** The connection is over, the session stays: as it is now, but for what is still settled. */
  async leave(): Promise<void> {
    this.#cancelTimer();
    // What is written meanwhile must not see the parts of a session that is taken down.
    const state = this.#left = this.#state(false);
    const { inbound } = this.#options.parts;
    // A message that is on its way to the log will be there when its client sends it again.
    while (inbound.unsettled > 0) await inbound.settled();
    const data = { ...state, received: inbound.received() };
    await this.#writer.end({ type: "DurableSessionKept", data });
  }

  /** The session is over as well. */
  async discard(reason: string): Promise<void> {
    this.#cancelTimer();
    const { domainId } = this.#options;
    await this.#writer.end({ type: "DurableSessionDiscarded", data: { domainId, reason } });
  }

  // QoS 1 is not written message by message: what a crash forgets comes a second time.
  #scheduleState(): void {
    this.#cancelTimer = this.#clock.schedule(KEPT_STATE_MS, () => {
      const isOther = this.#options.parts.inbound.takeChanged() || !this.#isWritten();
      if (isOther) this.#writer.writeState();
      this.#scheduleState();
    });
  }

  /** True if the log knows what is under way. */
  #isWritten(): boolean {
    if (this.#hasSent || this.#inflight.size !== this.#written.size) return false;
    for (const [packetId, sent] of this.#inflight) {
      if (this.#written.get(packetId) !== sent) return false;
    }
    return true;
  }

  #progressed(): DurableSessionEvent | undefined {
    const data = this.#progress();
    return data === undefined ? undefined : { type: "DurableSessionProgressed", data };
  }

  #progress(): SessionProgress | undefined {
    const released = this.#released;
    if (released.length === 0 && this.#isWritten()) return undefined;
    const written = this.#written;
    this.#written = new Map(this.#inflight);
    this.#hasSent = false;
    this.#released = [];
    const inflight: InflightRecord[] = [];
    for (const [packetId, sent] of this.#inflight) {
      if (written.get(packetId) !== sent) inflight.push(recordOf(packetId, sent));
    }
    const done = [...written.keys()].filter((packetId) => !this.#inflight.has(packetId));
    const touched = new Set(inflight.map(laneName));
    const unsent = this.#options.parts.outbound.unsent();
    const lanes: { [lane: string]: LogPlace } = {};
    for (const lane of this.#allLanes()) {
      if (touched.has(lane.name)) lanes[lane.name] = sentThrough(lane, unsent);
    }
    return { inflight, done, released, lanes };
  }

  #state(connected: boolean): KeptSession {
    if (this.#left !== undefined) return { ...this.#left, connected };
    const { domainId, thingId, clientId, connectionId, parts } = this.#options;
    const after = this.#options.deliveredThrough();
    const unsent = parts.outbound.unsent();
    return {
      domainId,
      thingId,
      clientId,
      expirySeconds: this.expirySeconds,
      connectionId,
      connected,
      atMs: this.#clock.nowMs(),
      subscriptions: parts.subscriptions.all.map(({ filter, terms }) => ({
        filter,
        qos: terms.maximumQos,
        noLocal: terms.noLocal === true,
        retainAsPublished: terms.retainAsPublished === true,
        ...(terms.identifier === undefined ? {} : { identifier: terms.identifier }),
        since: terms.since ?? after,
      })),
      after,
      sinceMs: this.#sinceMs(unsent),
      lanes: this.#lanes(after, unsent),
      inflight: [...this.#inflight].map(([packetId, sent]) => recordOf(packetId, sent)),
      received: parts.inbound.received(),
    };
  }

  /** Lanes that are not where `after` says: behind it, or already beyond. */
  #lanes(after: number, unsent: Unsent): { readonly [lane: string]: LogPlace } {
    const lanes: { [lane: string]: LogPlace } = {};
    for (const lane of this.#allLanes()) {
      if (unsent.has(lane) || lane.isReading || lane.next[0] > after) {
        lanes[lane.name] = sentThrough(lane, unsent);
      }
    }
    return lanes;
  }

  /** The oldest instant at which anything that was not sent can lie. */
  #sinceMs(unsent: Unsent): number {
    let sinceMs = this.#clock.nowMs();
    for (const lane of this.#allLanes()) {
      if (lane.isReading) sinceMs = Math.min(sinceMs, lane.cursor?.dayMs ?? lane.sinceMs);
      else if (unsent.has(lane)) sinceMs = Math.min(sinceMs, lane.sinceMs);
    }
    return sinceMs;
  }

  *#allLanes(): Iterable<Lane> {
    for (const { lanes } of Object.values(this.#options.parts.deliveries)) yield* lanes.values();
  }
}

function recordOf(packetId: number, sent: Sent): InflightRecord {
  if ("awaits" in sent) return sent;
  const { form, channelId, place, receivedMs, retain, qos } = sent;
  return {
    packetId,
    awaits: qos === 1 ? "puback" : "pubrec",
    form,
    channelId,
    place,
    receivedMs,
    retain,
  };
}

/** The last place of a lane before anything that still waits to be sent. */
function sentThrough(lane: Lane, unsent: Unsent): LogPlace {
  const queued = unsent.get(lane);
  return queued === undefined ? lane.through : [queued[0], queued[1] - 1];
}
