import { InvariantViolation, TransientError } from "../../errors.ts";
import type { Clock, EngineStatus } from "../../platform/mod.ts";
import {
  FRAME_ATTEMPTS_MAX,
  type FrameHandler,
  FRAMES_WAITING_MAX,
  type Mailbox,
  type MailboxFrame,
  PARTITIONS,
  type SectionOutcome,
} from "../mailbox.ts";

/** First wait before a frame is handled again; doubled each time. */
const RETRY_FIRST_MS = 20;

interface Partition {
  handler: FrameHandler | undefined;
  waiting: number;
  /** Ends when the newest frame is done; each frame goes on after the one before it. */
  last: Promise<unknown>;
  /** Called when a handler arrives. */
  awaken: (() => void)[];
}

/**
 * Hands frames straight to the channel actors of this process. Nothing is kept here: a post resolves
 * when the handler has made the frame durable in the event log, which is why it knows the outcomes.
 */
export class InProcessMailbox implements Mailbox {
  readonly #clock: Clock;
  readonly #partitions: readonly Partition[] = Array.from({ length: PARTITIONS }, () => ({
    handler: undefined,
    waiting: 0,
    last: Promise.resolve(),
    awaken: [],
  }));
  #closed = false;

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  async post(frame: MailboxFrame): Promise<{ readonly outcomes: readonly SectionOutcome[] }> {
    const partition = this.#partition(frame.partition);
    if (this.#closed) {
      throw new TransientError(`Cannot post frame '${frame.id}': the mailbox is closed`);
    }
    if (partition.waiting >= FRAMES_WAITING_MAX) {
      throw new TransientError(
        `Cannot post frame '${frame.id}': ${FRAMES_WAITING_MAX} frames wait in partition ${frame.partition}`,
      );
    }
    partition.waiting++;
    const before = partition.waiting === 1 ? undefined : partition.last;
    const mine = this.#handleAfter(before, partition, frame);
    partition.last = mine.catch(() => undefined);
    try {
      return { outcomes: await mine };
    } finally {
      partition.waiting--;
    }
  }

  consume(partitionNumber: number, handler: FrameHandler): () => Promise<void> {
    const partition = this.#partition(partitionNumber);
    if (partition.handler !== undefined) {
      throw new InvariantViolation(
        `Cannot consume partition ${partitionNumber}: it has a consumer already`,
      );
    }
    partition.handler = handler;
    for (const awaken of partition.awaken.splice(0)) awaken();
    return async () => {
      partition.handler = undefined;
      await partition.last;
    };
  }

  /** Its version is that of the program, so it has none of its own. */
  status(): Promise<EngineStatus> {
    const lag = this.#partitions.reduce((sum, { waiting }) => sum + waiting, 0);
    const state = this.#closed ? "away" : "up";
    return Promise.resolve({ engine: "in-process", version: "", state, lag });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const consumed = this.#partitions.filter((partition) => partition.handler !== undefined);
    await Promise.all(consumed.map((partition) => partition.last));
  }

  // Runs up to the handler without a turn of the event loop when nothing is before it, so that the
  // appends of all partitions of one tick reach the store in the same turn, as one group.
  async #handleAfter(
    before: Promise<unknown> | undefined,
    partition: Partition,
    frame: MailboxFrame,
  ): Promise<readonly SectionOutcome[]> {
    if (before !== undefined) await before;
    for (let attempt = 1;; attempt++) {
      while (partition.handler === undefined) {
        await new Promise<void>((resolve) => partition.awaken.push(resolve));
      }
      try {
        return await partition.handler(frame);
      } catch (error) {
        if (!(error instanceof TransientError) || attempt >= FRAME_ATTEMPTS_MAX) throw error;
        const delayMs = RETRY_FIRST_MS * 2 ** (attempt - 1);
        await new Promise<void>((resolve) => this.#clock.schedule(delayMs, resolve));
      }
    }
  }

  #partition(index: number): Partition {
    const partition = this.#partitions[index];
    if (partition === undefined) {
      throw new InvariantViolation(`Cannot find partition ${index}: there are ${PARTITIONS}`);
    }
    return partition;
  }
}
