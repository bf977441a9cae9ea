import assert from "node:assert/strict";
import {
  ActorRuntime,
  channelKind,
  type Clock,
  decodeMessageBatch,
  type EventStore,
  InProcessMailbox,
  isRejection,
  type Message,
  MessageRecorder,
  newId,
  openInlineEventStore,
  PARTITIONS,
  silentLogger,
  StorageFull,
  SYSTEM_AUTHORITY,
  systemClock,
} from "../../../actors/mod.ts";
import { ChannelLog, LiveFeed } from "../../../projections/mod.ts";
import { TickingIngress } from "../../../protocols/ingress/mod.ts";
import { type MqttLimits, MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, CHANNEL_B, DOMAIN, Installation } from "./installation.ts";
import { KnownSessions } from "./known_sessions.ts";

/** An MQTT server on the real way to a real log, which outlives it. */
export class RealLog {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly installation: Installation;
  readonly known: KnownSessions;
  /** True: appends fail as on a full disk. */
  refuseAppends = false;
  /** Turns of the event loop by which the next append is late; as many as it is told, each time. */
  lateBy: () => number = () => 0;
  #limits: Partial<MqttLimits>;
  #gate = Promise.resolve();
  #running: Running | undefined;

  private constructor(store: EventStore, clock: Clock, limits: Partial<MqttLimits>) {
    this.store = store;
    this.clock = clock;
    this.#limits = limits;
    this.installation = new Installation(clock);
    this.known = new KnownSessions(store);
  }

  static async open(
    options: { readonly clock?: Clock; readonly limits?: Partial<MqttLimits> } = {},
  ): Promise<RealLog> {
    const { clock = systemClock, limits = {} } = options;
    const store = openInlineEventStore({ path: ":memory:", nowMs: () => clock.nowMs() });
    const log = new RealLog(store, clock, limits);
    await log.start();
    for (const id of [CHANNEL_A, CHANNEL_B]) await log.#createChannel(id);
    return log;
  }

  get server(): MqttServer {
    return this.#running!.server;
  }

  /** Resolves when everything that was published is stored and told. */
  async settled(): Promise<void> {
    await this.#running!.ingress.flush();
  }

  async start(limits: Partial<MqttLimits> = this.#limits): Promise<void> {
    this.#limits = limits;
    const { clock } = this;
    const isDead = { value: false };
    const store = mortal(this.store, {
      isDead,
      isFull: () => this.refuseAppends,
      lateBy: () => this.lateBy(),
    });
    const ground = { clock, logger: silentLogger, newId };
    const liveFeed = new LiveFeed();
    const runtime = new ActorRuntime({ store, ...ground });
    const mailbox = new InProcessMailbox({ clock });
    const recorder = new MessageRecorder({ store, runtime });
    for (let partition = 0; partition < PARTITIONS; partition++) {
      mailbox.consume(partition, async (frame) => {
        await this.#gate;
        return await recorder.record(frame);
      });
    }
    const { access, retained, thingKeys, ground: { journal } } = this.installation;
    const startPosition = await store.lastPosition();
    const ingress = new TickingIngress({ ...ground, mailbox, liveFeed, retained, startPosition });
    const channelLog = new ChannelLog({ events: store, clock });
    const server = new MqttServer({
      ...ground,
      access,
      ingress,
      liveFeed,
      retained,
      thingKeys,
      journal,
      readModels: this.known.readModels,
      store,
      channelLog,
    }, limits);
    this.#running = { server, ingress, runtime, isDead };
  }

  /**
   * The process is gone from one moment to the next: whatever it had not stored is lost, and nobody is
   * told anything any more. A new one begins.
   */
  async crash(): Promise<void> {
    this.#running!.isDead.value = true;
    this.#running!.runtime.close();
    await this.start();
  }

  /** A stop as a person makes it. */
  async stop(): Promise<void> {
    const { server, ingress, runtime } = this.#running!;
    await server.close({ timeoutMs: 2_000 });
    await ingress.flush();
    runtime.close();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.known.close();
    await this.store.close();
  }

  /** What the log holds of a channel, in its order. */
  async stored(channelId: string): Promise<readonly Message[]> {
    const { events } = await this.store.readAll({
      after: 0,
      limit: 1_000,
      streamPrefixes: [`messages-${channelId}-`],
    });
    return events.flatMap(({ data }) => decodeMessageBatch(data as Uint8Array).messages);
  }

  /** Tells the channel's actor alone: the edge does not know yet. */
  async disableChannel(id: string): Promise<void> {
    await this.#execute(id, { type: "DisableChannel", by: SYSTEM_AUTHORITY });
  }

  /** Frames wait before they reach the log until the returned function is called. */
  holdFrames(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  async #createChannel(id: string): Promise<void> {
    await this.#execute(id, {
      type: "CreateChannel",
      by: SYSTEM_AUTHORITY,
      domainId: DOMAIN,
      profile: { name: id },
    });
  }

  async #execute(
    id: string,
    command: Parameters<typeof channelKind.decider.decide>[0],
  ): Promise<void> {
    const outcome = await this.#running!.runtime.execute(channelKind, {
      id,
      command,
      context: {
        commandId: newId(),
        correlationId: newId(),
        principal: { kind: "system", id: "test" },
        edge: "system",
        remoteAddress: "local",
      },
    });
    assert.ok(!isRejection(outcome), JSON.stringify(outcome));
  }
}

/** A log of its own for one test. */
export async function withLog(
  test: (log: RealLog) => Promise<void>,
  options: Parameters<typeof RealLog.open>[0] = {},
): Promise<void> {
  const log = await RealLog.open(options);
  try {
    await test(log);
  } finally {
    await log.close();
  }
}

interface Running {
  readonly server: MqttServer;
  readonly ingress: TickingIngress;
  readonly runtime: ActorRuntime;
  /** True once its process was killed. */
  readonly isDead: { value: boolean };
}

/** The log as one process sees it: once that is dead its appends reach nothing, and nothing answers. */
export function mortal(
  store: EventStore,
  { isDead, isFull, lateBy }: {
    readonly isDead: { readonly value: boolean };
    readonly isFull: () => boolean;
    readonly lateBy: () => number;
  },
): EventStore {
  const never = new Promise<never>(() => {});
  const reached = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let turns = lateBy(); turns > 0; turns--) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    if (isDead.value) return await never;
    if (isFull()) throw new StorageFull("Cannot append: the disk is full");
    const result = await work();
    return isDead.value ? await never : result;
  };
  return {
    readStream: (stream, options) => store.readStream(stream, options),
    firstRevision: (stream) => store.firstRevision(stream),
    eventAt: (position) => store.eventAt(position),
    readAll: (options) => store.readAll(options),
    subscribeToAll: (options) => store.subscribeToAll(options),
    lastPosition: () => store.lastPosition(),
    grownBeyond: (position, signal) => store.grownBeyond(position, signal),
    append: (stream, events, options) => reached(() => store.append(stream, events, options)),
    setStreamLimits: (stream, limits) => reached(() => store.setStreamLimits(stream, limits)),
    streamLimits: (stream) => store.streamLimits(stream),
    softDelete: (stream, options) => reached(() => store.softDelete(stream, options)),
    readSnapshot: (stream) => store.readSnapshot(stream),
    saveSnapshot: (stream, snapshot) => reached(() => store.saveSnapshot(stream, snapshot)),
    scavenge: (options) => store.scavenge(options),
    status: () => store.status(),
    close: () => store.close(),
  };
}
