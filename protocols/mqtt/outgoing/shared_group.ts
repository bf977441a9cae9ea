import {
  type Clock,
  type EventStore,
  type KeptSharedSubscription,
  type Logger,
  type LogPlace,
  type SharedKey,
} from "../../../actors/mod.ts";
import {
  type ChannelLog,
  type LiveFeed,
  type LiveMessage,
  type LiveSubscriber,
  subtopicMatches,
} from "../../../projections/mod.ts";
import { CatchUp, type Taker } from "./catch_up.ts";
import type { CatchUpTurns } from "./catch_up_turns.ts";
import { AFTER_ALL, Lane } from "./lane.ts";
import { copyOf, type Owed, OwedMessages } from "./owed_messages.ts";
import { type Membership, SharedMembers } from "./shared_members.ts";
import type { SharedHanding } from "./sending.ts";
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
  /** Another node writes what this one did. */
  readonly onLost?: () => void;
}

/** A message that a member was handed by the node that had the group before. */
export type HandedBefore = Pick<SharedHanding, "place" | "qos" | "receivedMs">;

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
  readonly #owed: OwedMessages;
  /** QoS 2 that goes to its member once it is stored that it was handed to one. */
  readonly #announced = new Set<Owed>();
  #since = Infinity;
  #isOpen = false;
  #isOver = false;

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
    const { liveFeed, clock, deliveredThrough, channelLog, logger } = ground;
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
    this.#owed = new OwedMessages({
      mayHand: () => this.#isOpen && !this.#isOver && !this.#members.isEmpty,
      hand: (message) => this.#hand(message),
      room: () => this.room(),
      read: (place) => channelLog.message(channelId, place),
      logger,
    });
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
    void this.#owed.handOn();
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

  /** The session is away for so long at most; 0 if it is over. */
  forget(session: string, awaySeconds: number): void {
    if (this.#members.has(session)) return;
    this.#sessions.left(session, awaySeconds);
    queueMicrotask(() => this.#restIfAlone());
  }

  /** As long as it does not leave, and for `expirySeconds` then, the group can be found again. */
  attend(session: string, expirySeconds: number): void {
    this.#sessions.joined({ session, expirySeconds });
  }

  /** Somebody shares since that position: a group that nothing is kept of begins there. */
  wants(since: number): void {
    this.#since = Math.min(this.#since, since);
  }

  /** A member has this one, and may give it back. */
  adopt({ place, qos, receivedMs }: HandedBefore): SharedHanding {
    this.account(place);
    return this.#handing({ place, receivedMs }, qos);
  }

  /** It goes to nobody any more. */
  account(place: LogPlace): void {
    this.#owed.account(place, { isPast: this.#isOpen && !this.#lane.isNew(...place) });
  }

  /** A member had it, of QoS 2, and its client never saw it. */
  giveBack(owed: Pick<HandedBefore, "place" | "receivedMs">): void {
    if (this.#owed.wasOwed(owed.place)) return;
    this.account(owed.place);
    this.#owed.add(owed);
  }

  /** Another node goes on with it. Resolves when what that must find is stored; never rejects. */
  handOver(): Promise<void> {
    return this.#isOver ? Promise.resolve() : this.#end();
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
    if (this.#owed.takeAccounted([position, index])) return true;
    if (message.qos === 2 && this.#sessions.wasHanded([position, index])) return true;
    return this.#hand(message);
  }

  async #begin(after: Promise<void>): Promise<void> {
    const { logger } = this.#ground;
    let mayHaveMissed = false;
    try {
      await after;
      if (this.#isOver) return;
      const kept = await this.#sessions.open();
      if (this.#isOver) return;
      mayHaveMissed = kept !== undefined || this.#since < Infinity;
      if (kept !== undefined) this.#resume(kept);
      else if (mayHaveMissed) this.#lane.next = [this.#since, AFTER_ALL];
      this.#owed.resume(kept?.owed ?? [], { isPast: (place) => !this.#lane.isNew(...place) });
      this.#sessions.begin();
    } catch (error) {
      // Its members get what is live.
      logger.error("shared subscription not read", { error: String(error) });
    }
    this.#isOpen = true;
    if (this.#members.isEmpty) return this.#restIfAlone();
    await this.#owed.handOn();
    if (mayHaveMissed || this.#lane.isBehind) this.#catchUp.add(this.#lane);
    else this.#lane.isReading = false;
  }

  #resume(kept: KeptSharedSubscription): void {
    const lane = this.#lane;
    lane.next = kept.next;
    lane.sinceMs = kept.sinceMs;
  }

  // The log may be readable again, and nothing of it is lost.
  #readLater(): void {
    this.#ground.clock.schedule(READ_AGAIN_MS, () => {
      if (!this.#isOver) this.#catchUp.add(this.#lane);
    });
  }

  #restIfAlone(): void {
    if (!this.#isOpen || this.#isOver || !this.#members.isEmpty) return;
    this.#onRest(this.#end());
  }

  #end(): Promise<void> {
    this.#isOver = true;
    this.#endLive();
    this.#catchUp.remove(this.#lane);
    const stored = this.#sessions.close();
    // Whoever waited for room finds that nothing is to be handed on.
    this.#members.wake();
    return stored;
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
    const handing = this.#handing(owed, qos);
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

  #handing(owed: Owed, qos: 1 | 2): SharedHanding {
    return { group: this, qos, ...owed, onUndelivered: () => this.#owed.add(owed) };
  }

  /** How far it is, and what is owed to whoever comes next. */
  #place(): Pick<KeptSharedSubscription, "next" | "sinceMs" | "owed"> {
    const lane = this.#lane;
    const underWay = [...this.#members.underWay(this)].filter(({ qos }) => qos === 1);
    // QoS 2 is with its member as soon as it is stored that it was handed out.
    const announced = this.#isOver ? this.#announced : [];
    const owed = [...this.#owed.all, ...announced, ...underWay];
    return {
      next: lane.next,
      sinceMs: lane.isReading ? lane.cursor?.dayMs ?? lane.sinceMs : this.#ground.clock.nowMs(),
      owed: owed.map(({ place, receivedMs }) => ({ place, receivedMs })),
    };
  }
}
