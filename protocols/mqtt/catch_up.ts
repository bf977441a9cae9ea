import { type Clock, InvariantViolation, type Logger } from "../../actors/mod.ts";
import type { ChannelLog, LiveMessage, LoggedBatch } from "../../projections/mod.ts";
import { AFTER_ALL, type Lane } from "./lane.ts";
import type { Outbound } from "./outbound.ts";
import type { Sending } from "./sending.ts";

/** Looks at the log that find nothing of what was told live, before the session ends visibly. */
const EMPTY_LOOKS_MAX = 20;
const EMPTY_LOOK_WAIT_MS = 10;

/** A message as one session is to get it. */
export interface ReadMessage {
  readonly bytes: Uint8Array;
  readonly qos: 1 | 2;
  readonly sending: Sending;
}

export interface CatchUpGround {
  readonly channelLog: ChannelLog;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined if no subscription of the session wants it. */
  readonly render: (lane: Lane, message: LiveMessage) => ReadMessage | undefined;
  readonly onFailure: () => void;
}

/**
 * Brings what lies in the log to one session, as fast as its client takes it, and lets each lane
 * join the live messages without gap or repeat.
 */
export class CatchUp {
  readonly #ground: CatchUpGround;
  readonly #lanes = new Set<Lane>();
  #running = false;

  constructor(ground: CatchUpGround) {
    this.#ground = ground;
  }

  get isIdle(): boolean {
    return this.#lanes.size === 0;
  }

  /** Reads the lane from its `next` on. */
  add(lane: Lane): void {
    lane.isReading = true;
    lane.cursor = undefined;
    this.#lanes.add(lane);
    if (!this.#running) void this.#run();
  }

  remove(lane: Lane): void {
    this.#lanes.delete(lane);
  }

  async #run(): Promise<void> {
    const { outbound, logger, onFailure } = this.#ground;
    this.#running = true;
    try {
      while (this.#lanes.size > 0 && !outbound.isClosed) {
        for (const lane of this.#lanes) {
          await this.#advance(lane);
          // Whoever publishes or reads meanwhile comes first: this may go on for long.
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
      }
    } catch (error) {
      logger.error("missed messages not read", { error: String(error) });
      onFailure();
    } finally {
      this.#running = false;
    }
  }

  async #advance(lane: Lane): Promise<void> {
    const { channelLog } = this.#ground;
    const { channelId, sinceMs } = lane;
    const from = lane.cursor ??
      await channelLog.find(channelId, { position: lane.next[0], sinceMs });
    const { batches, cursor } = await channelLog.read(channelId, from);
    lane.cursor = cursor;
    for (const batch of batches) await this.#hand(lane, batch);
    // A live message is told after it is stored. So what was passed over and not read yet is there
    // for the next read; and between this look and the next message nothing can come.
    if (batches.length > 0) {
      lane.emptyLooks = 0;
      return;
    }
    if (lane.seen > lane.next[0]) {
      if (++lane.emptyLooks > EMPTY_LOOKS_MAX) {
        throw new InvariantViolation(
          `Cannot read channel '${channelId}': position ${lane.seen} was told and is not there`,
        );
      }
      const { clock } = this.#ground;
      await new Promise<void>((resolve) => clock.schedule(EMPTY_LOOK_WAIT_MS, resolve));
      return;
    }
    lane.isReading = false;
    this.#lanes.delete(lane);
  }

  async #hand(lane: Lane, { position, messages }: LoggedBatch): Promise<void> {
    const { outbound, render } = this.#ground;
    for (const [index, message] of messages.entries()) {
      if (!this.#lanes.has(lane) || outbound.isClosed) return;
      if (!lane.isNew(position, index)) continue;
      // QoS 0 is for those who are there when it comes.
      const read = message.qos === 0 ? undefined : render(lane, message);
      if (read !== undefined) {
        const { bytes, qos, sending } = read;
        while (!outbound.sendRead(bytes, qos, sending)) await outbound.room();
      }
      lane.handed(position, index);
    }
    // The batch is behind it, also where its last messages were of no interest.
    if (this.#lanes.has(lane)) lane.next = [position, AFTER_ALL];
  }
}
