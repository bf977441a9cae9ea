import {
  type Clock,
  type EventStore,
  type KeptSharedSubscription,
  loadSharedSubscription,
  type Logger,
  type LogPlace,
  type SharedKey,
} from "../../../actors/mod.ts";
import {
  type ChannelLog,
  type LiveFeed,
  type LiveMessage,
  type LiveSubscriber,
  RenderedFrames,
  subtopicMatches,
} from "../../../projections/mod.ts";
import { CatchUp, type Taker } from "./catch_up.ts";
import type { CatchUpTurns } from "./catch_up_turns.ts";
import { AFTER_ALL, Lane } from "./lane.ts";
import { type Membership, SharedMembers } from "./shared_members.ts";
import { SharedSessions } from "./shared_sessions.ts";

/** Wait after a read of the log that failed. */
const READ_AGAIN_MS = 1_000;

export interface SharedGround {
  readonly liveFeed: LiveFeed;
  readonly channelLog: ChannelLog;
  readonly turns: CatchUpTurns;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  /** When this server began, in milliseconds since the Unix epoch. */
  readonly startedMs: number;
  /** Every message up to it has been handed to those who listen. */
  readonly deliveredThrough: () => number;
}

/** A message that must go to some member; without its copy the log has it. */
interface Owed {
  readonly place: LogPlace;
  readonly receivedMs: number;
  readonly message?: LiveMessage;
}

/**
 * The members of one shared subscription of one channel, in turn, from the first that comes to the
 * last that goes. What no member takes waits in the log, as long as a session shares it that stays.
 */
export class SharedGroup implements LiveSubscriber, Taker {
  readonly #ground: SharedGround;
  readonly #key: SharedKey;
  readonly #subtopicFilter: string;
  readonly #onRest: (stored: Promise<void>) => void;
  readonly #members = new SharedMembers();
  readonly #lane: Lane;
  readonly #catchUp: CatchUp;
  readonly #sessions: SharedSessions;
  readonly #endLive: () => void;
  /** In the order in which they go to others. */
  readonly #owed: Owed[] = [];
  /** QoS 2 that goes to its member once it is stored that it was handed to one. */
  readonly #announced = new Set<Owed>();
  #isOpen = false;
  #isOver = false;
  #isHandingOn = false;

  constructor(
    ground: SharedGround,
    options: {
      readonly key: SharedKey;
      readonly subtopicFilter: string;
      /** What was kept is not complete before. */
      readonly after: Promise<void>;
      /** It has no members any more, and is over when `stored` resolves. */
      readonly onRest: (stored: Promise<void>) => void;
    },
  ) {
    const { liveFeed, clock, deliveredThrough } = ground;
    const { key: { channelId }, subtopicFilter } = options;
    this.#ground = ground;
    this.#key = options.key;
    this.#subtopicFilter = subtopicFilter;
    this.#onRest = options.onRest;
    this.#lane = new Lane({
      form: "channels",
      channelId,
      next: [deliveredThrough(), AFTER_ALL],
      sinceMs: clock.nowMs(),
    });
    this.#lane.isReading = true;
    this.#catchUp = new CatchUp({ ...ground, taker: this, onFailure: () => this.#readLater() });
    this.#sessions = new SharedSessions(ground, { key: options.key, state: () => this.#place() });
    // Each member has a QoS of its own, and the group must see the message's own.
    const terms = { maximumQos: 2 } as const;
    this.#endLive = liveFeed.subscribe(channelId, {
      filter: subtopicFilter,
      terms,
      subscriber: this,
    });
    void this.#begin(options.after);
  }

  join(membership: Membership): void {
    this.#members.add(membership);
    if (membership.kept !== undefined) this.#sessions.joined(membership.kept);
    if (this.#isOpen) void this.#handOn();
  }

  leave(membership: Membership, awaySeconds: number): void {
    if (!this.#members.remove(membership)) return;
    const session = membership.kept?.session;
    // Who subscribes again joins before it leaves.
    if (session !== undefined && !this.#members.has(session)) {
      this.#sessions.left(session, awaySeconds);
    }
    // What it has not acknowledged comes back in this turn.
    queueMicrotask(() => this.#restIfAlone());
  }

  forget(session: string): void {
    this.#sessions.left(session, 0);
    queueMicrotask(() => this.#restIfAlone());
  }

  // [MQTT5-4.6.0-5]: what is live goes out behind what the log still has to bring.
  deliver(message: LiveMessage): void {
    const { place } = message;
    if (place === undefined) return this.#handNow(message);
    const lane = this.#lane;
    if (lane.isReading) lane.seen = [place.position, place.index];
    else if (lane.isNew(place.position, place.index)) {
      // The live feed has matched the filter, and what is new was handed to nobody before.
      if (this.#hand(message)) return lane.handed(place.position, place.index);
      lane.seen = [place.position, place.index];
      this.#catchUp.add(lane);
    }
  }

  get isClosed(): boolean {
    return this.#members.isEmpty;
  }

  room(): Promise<void> {
    return this.#members.room();
  }

  /** A message that the log brought; false if no member is ready for it. */
  take(_lane: Lane, message: LiveMessage): boolean {
    if (!subtopicMatches(this.#subtopicFilter, message.subtopic)) return true;
    const { position, index } = message.place!;
    if (message.qos === 2 && this.#sessions.wasHanded([position, index])) return true;
    return this.#hand(message);
  }

  async #begin(after: Promise<void>): Promise<void> {
    const { store, logger } = this.#ground;
    let mayHaveMissed = false;
    try {
      await after;
      const kept = await this.#sessions.open(() => loadSharedSubscription(store, this.#key));
      if (kept !== undefined) this.#resume(kept);
      mayHaveMissed = kept !== undefined;
    } catch (error) {
      // Its members get what is live.
      logger.error("shared subscription not read", { error: String(error) });
    }
    this.#isOpen = true;
    if (this.#members.isEmpty) return this.#restIfAlone();
    await this.#handOn();
    if (mayHaveMissed || this.#lane.isBehind) this.#catchUp.add(this.#lane);
    else this.#lane.isReading = false;
  }

  #resume(kept: KeptSharedSubscription): void {
    const lane = this.#lane;
    lane.next = kept.next;
    lane.sinceMs = kept.sinceMs;
    this.#owed.unshift(...kept.owed);
  }

  // The log may be readable again, and nothing of it is lost.
  #readLater(): void {
    this.#ground.clock.schedule(READ_AGAIN_MS, () => {
      if (!this.#isOver) this.#catchUp.add(this.#lane);
    });
  }

  #restIfAlone(): void {
    if (!this.#isOpen || this.#isOver || !this.#members.isEmpty) return;
    this.#isOver = true;
    this.#endLive();
    this.#catchUp.remove(this.#lane);
    this.#onRest(this.#sessions.close());
  }

  /** QoS 0 goes to whoever is next. */
  #handNow(message: LiveMessage): void {
    const chosen = this.#members.ready() ?? this.#members.next();
    chosen?.member.deliverShared(message, chosen.terms);
  }

  #hand(message: LiveMessage): boolean {
    const chosen = this.#members.ready();
    if (chosen === undefined) return false;
    const { member, terms } = chosen;
    const qos = Math.min(message.qos, terms.maximumQos) as 0 | 1 | 2;
    if (qos === 0) {
      member.deliverShared(message, terms);
      return true;
    }
    const { position, index } = message.place!;
    const place = [position, index] as const;
    // The bytes are valid only now, and a member may fail later.
    const owed = { place, receivedMs: message.receivedUs / 1_000, message: copyOf(message) };
    const handing = { group: this, qos, ...owed, onUndelivered: () => this.#owe(owed) };
    if (qos === 1 || !this.#sessions.areKept) {
      member.deliverShared(message, terms, handing);
      this.#sessions.changed();
      return true;
    }
    // After a crash it must not go to another member too.
    this.#announced.add(owed);
    this.#sessions.handing(place, () => {
      if (this.#announced.delete(owed)) member.deliverShared(owed.message, terms, handing);
    });
    return true;
  }

  #owe(owed: Owed): void {
    this.#owed.push(owed);
    if (this.#isOpen) void this.#handOn();
  }

  /** Hands what is owed to members that are ready, as long as there is any. Never rejects. */
  async #handOn(): Promise<void> {
    if (this.#isHandingOn) return;
    this.#isHandingOn = true;
    const { channelLog, logger } = this.#ground;
    try {
      while (this.#owed.length > 0 && !this.#members.isEmpty) {
        const [first] = this.#owed;
        const { place, message: kept } = first!;
        const message = kept ?? await channelLog.message(this.#key.channelId, place);
        // What the log has let go can only be forgotten.
        if (message === undefined || this.#hand(message)) this.#owed.shift();
        else await this.room();
      }
    } catch (error) {
      logger.error("shared messages not handed on", { error: String(error) });
    } finally {
      this.#isHandingOn = false;
    }
  }

  /** How far it is, and what is owed to whoever comes next. */
  #place(): Pick<KeptSharedSubscription, "next" | "sinceMs" | "owed"> {
    const lane = this.#lane;
    const underWay = [...this.#members.underWay(this)].filter(({ qos }) => qos === 1);
    // QoS 2 is with its member as soon as it is stored that it was handed out.
    const announced = this.#isOver ? this.#announced : [];
    const owed = [...this.#owed, ...announced, ...underWay];
    return {
      next: lane.next,
      sinceMs: lane.isReading ? lane.cursor?.dayMs ?? lane.sinceMs : this.#ground.clock.nowMs(),
      owed: owed.map(({ place, receivedMs }) => ({ place, receivedMs })),
    };
  }
}

function copyOf(message: LiveMessage): LiveMessage {
  const { payload, properties, ...rest } = message;
  return {
    ...rest,
    payload: payload.slice(),
    ...(properties === undefined ? {} : { properties: properties.slice() }),
    rendered: new RenderedFrames(),
  };
}
