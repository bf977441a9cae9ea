import {
  type Clock,
  decodeMessageBatch,
  type EventReader,
  type Logger,
  type MailboxFrame,
  type MailboxSection,
  messageChannel,
  partitionOf,
  PARTITIONS,
  type RecordedEvent,
  type RecordedFollower,
  type SectionOutcome,
  type SharedMailbox,
} from "../../actors/mod.ts";
import type { LiveFeed } from "../../projections/mod.ts";
import { REPAIR_EVENTS } from "./limits.ts";
import { deliverBatch, type RetainedSink } from "./live_delivery.ts";

/** Waits between two looks at a log that does not show yet what was told, or cannot be read. */
const LOOK_AGAIN_MS = 50;
const FRAME_ID_CHARS = 36;
/** A client that returns waits no longer for what the mailbox still holds of its last connection. */
const CAUGHT_UP_MS_MAX = 5_000;

export interface TailGround {
  readonly mailbox: Pick<SharedMailbox, "handled" | "follow">;
  readonly events: EventReader;
  readonly liveFeed: LiveFeed;
  readonly retained: RetainedSink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The end of the log once it could hear of everything that comes after it. */
  readonly startPosition: number;
}

/** How far one partition is. */
interface Line {
  /** Everything up to this position of the log was handed on. */
  reached: number;
  /** The newest position that was told while the log was read instead. */
  told: number;
  /** `missed`: the next pass over the log brings what is missing; `read`: the present one does. */
  state: "told" | "missed" | "read";
}

/**
 * Hands what any node recorded to those who listen at this one. What is told comes in the order of
 * each partition; where something was not told, the log is read from there to its end, and then it
 * goes on with what is told.
 */
export class RecordedTail implements RecordedFollower {
  readonly #ground: TailGround;
  readonly #lines: readonly Line[];
  /** Sections of this node's own frames that were not told yet: their QoS 0 went out already. */
  readonly #own = new Map<string, number>();
  #repairing: Promise<void> | undefined;
  #closed = false;
  #end = () => {};

  constructor(ground: TailGround) {
    this.#ground = ground;
    this.#lines = Array.from({ length: PARTITIONS }, () => ({
      reached: ground.startPosition,
      told: 0,
      state: "told",
    }));
  }

  /** Hears of all that comes after the log's end as it is now; undefined where nodes share nothing. */
  static async begin(
    mailbox: SharedMailbox | undefined,
    ground: Omit<TailGround, "mailbox" | "startPosition">,
  ): Promise<RecordedTail | undefined> {
    if (mailbox === undefined) return undefined;
    const early: ((tail: RecordedTail) => void)[] = [];
    let whenThere: (told: (tail: RecordedTail) => void) => void = (told) => early.push(told);
    const end = await mailbox.follow({
      recorded: (frame, outcomes) => whenThere((each) => each.recorded(frame, outcomes)),
      reached: (partition, position) => whenThere((each) => each.reached(partition, position)),
      missed: (partition) => whenThere((each) => each.missed(partition)),
    });
    // What is told from here on may be before the end that is read now; it is passed over then.
    const startPosition = await ground.events.lastPosition();
    const tail = new RecordedTail({ ...ground, mailbox, startPosition });
    tail.#end = end;
    for (const told of early) told(tail);
    whenThere = (told) => told(tail);
    return tail;
  }

  /** Every stored message up to this position was handed to those who listen. */
  get deliveredThrough(): number {
    let least = Number.MAX_SAFE_INTEGER;
    for (const { reached } of this.#lines) least = Math.min(least, reached);
    return least;
  }

  /** Resolves once the mailbox holds nothing of these channels that came before the call. */
  async caughtUp(channelIds: readonly string[]): Promise<void> {
    const partitions = new Set(channelIds.map(partitionOf));
    await Promise.all(
      [...partitions].map((partition) =>
        this.#ground.mailbox.handled(partition, { timeoutMs: CAUGHT_UP_MS_MAX })
      ),
    );
  }

  /** A frame of this node goes to the mailbox. */
  posting(frame: MailboxFrame): void {
    this.#own.set(frame.id, frame.sections.length);
  }

  /** It was not taken: nobody will tell of it. */
  notPosted(frame: MailboxFrame): void {
    this.#own.delete(frame.id);
  }

  recorded(frame: MailboxFrame, outcomes: readonly SectionOutcome[]): void {
    const withQos0 = !this.#takeOwn(frame);
    const line = this.#lines[frame.partition]!;
    // Channels of one frame are stored side by side: their positions rise in no order.
    const before = line.reached;
    frame.sections.forEach((section, index) => {
      const position = outcomes[index]?.position ?? 0;
      if (position <= before) return;
      line.told = Math.max(line.told, position);
      if (line.state !== "told") return;
      line.reached = Math.max(line.reached, position);
      this.#deliver(section, { position, withQos0 });
    });
  }

  reached(partition: number, position: number): void {
    const line = this.#lines[partition]!;
    if (line.state === "told") line.reached = Math.max(line.reached, position);
  }

  missed(partition: number): void {
    // Also where a pass reads it already: that one may have passed what is missing now.
    this.#lines[partition]!.state = "missed";
    this.#repairing ??= this.#repair().finally(() => this.#repairing = undefined);
  }

  /** Hands nothing on any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#end();
    await this.#repairing;
  }

  #takeOwn({ id, sections }: MailboxFrame): boolean {
    // A frame that was too large for the mailbox comes in parts, whose ids begin with its own.
    const whole = id.slice(0, FRAME_ID_CHARS);
    const left = this.#own.get(whole);
    if (left === undefined) return false;
    if (left > sections.length) this.#own.set(whole, left - sections.length);
    else this.#own.delete(whole);
    return true;
  }

  async #repair(): Promise<void> {
    const { logger } = this.#ground;
    while (!this.#closed && this.#lines.some(({ state }) => state === "missed")) {
      try {
        await this.#pass();
      } catch (error) {
        logger.warn("live messages wait for the log", { error: String(error) });
        this.#passed();
      }
      if (this.#lines.some(({ state }) => state === "missed")) await this.#later();
    }
  }

  /** Reads the log to its end, for all partitions of which something is missing. */
  async #pass(): Promise<void> {
    const missed = this.#lines.filter(({ state }) => state === "missed");
    for (const line of missed) line.state = "read";
    let after = Math.min(...missed.map(({ reached }) => reached));
    for (let atEnd = false; !atEnd && !this.#closed;) {
      const page = await this.#ground.events.readAll({
        after,
        limit: REPAIR_EVENTS,
        streamPrefixes: ["messages-"],
      });
      for (const event of page.events) this.#repaired(event);
      ({ reached: after, atEnd } = page);
    }
    this.#passed(after);
  }

  /** Everything up to `end` was read, if it could be. What was told beyond it needs another pass. */
  #passed(end?: number): void {
    for (const line of this.#lines) {
      if (line.state !== "read") continue;
      line.reached = Math.max(line.reached, end ?? 0);
      line.state = end !== undefined && line.told <= line.reached ? "told" : "missed";
    }
  }

  // QoS 0 is for those who are there when it comes: the log brings none of it later.
  #repaired(event: RecordedEvent): void {
    const channelId = messageChannel(event.stream);
    const line = this.#lines[partitionOf(channelId)]!;
    const { position, metadata: { retainedCount = 0 } } = event;
    if (line.state !== "read" || position <= line.reached) return;
    line.reached = position;
    const batch = event.data as Uint8Array;
    this.#deliver({ channelId, batch, retainedCount }, { position, withQos0: false });
  }

  #later(): Promise<void> {
    return new Promise((resolve) => this.#ground.clock.schedule(LOOK_AGAIN_MS, resolve));
  }

  #deliver(
    { channelId, batch, retainedCount }: Pick<
      MailboxSection,
      "channelId" | "batch" | "retainedCount"
    >,
    how: { readonly position: number; readonly withQos0: boolean },
  ): void {
    const { liveFeed, retained } = this.#ground;
    if (!liveFeed.hasSubscribers(channelId) && retainedCount === 0) return;
    deliverBatch(decodeMessageBatch(batch).messages, { ...how, channelId, liveFeed, retained });
  }
}
