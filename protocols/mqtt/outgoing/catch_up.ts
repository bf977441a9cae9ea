import { type Clock, InvariantViolation, type Logger } from "../../../actors/mod.ts";
import type { ChannelLog, LiveMessage, LoggedBatch } from "../../../projections/mod.ts";
import type { CatchUpTurns, TurnOutcome } from "./catch_up_turns.ts";
import { AFTER_ALL, type Lane } from "./lane.ts";

/** Looks at the log that find nothing of what was told live, before the session ends visibly. */
const EMPTY_LOOKS_MAX = 20;
const EMPTY_LOOK_WAIT_MS = 10;

/** Whom the log's messages go to. */
export interface Taker {
  /** Nothing is taken any more. */
  readonly isClosed: boolean;
  /** Called before the messages of a batch. */
  begin?(): void;
  /** False if there is no room for it now; what is not wanted counts as taken. */
  take(lane: Lane, message: LiveMessage): boolean;
  /** Resolves when there may be room, or nothing is taken any more. */
  room(): Promise<void>;
}

export interface CatchUpGround {
  readonly channelLog: ChannelLog;
  readonly turns: CatchUpTurns;
  readonly taker: Taker;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onFailure: () => void;
}

/**
 * Brings what lies in the log to one session or group, as fast as it is taken, and lets each lane
 * join the live messages without gap or repeat. It works in turns, one batch at most in each.
 */
export class CatchUp {
  readonly #ground: CatchUpGround;
  readonly #lanes = new Set<Lane>();
  #hasTurn = false;

  constructor(ground: CatchUpGround) {
    this.#ground = ground;
  }

  /** Reads the lane from its `next` on. */
  add(lane: Lane): void {
    lane.isReading = true;
    lane.cursor = undefined;
    lane.read = undefined;
    this.#lanes.add(lane);
    this.#wantTurn();
  }

  remove(lane: Lane): void {
    this.#lanes.delete(lane);
  }

  #wantTurn(): void {
    if (this.#hasTurn) return;
    this.#hasTurn = true;
    this.#ground.turns.want(() => this.#turn());
  }

  async #turn(): Promise<{ readonly outcome: TurnOutcome }> {
    const { taker, logger, onFailure } = this.#ground;
    try {
      const turned = await this.#advance();
      if (turned.outcome === "over") this.#hasTurn = false;
      return turned;
    } catch (error) {
      logger.error("missed messages not read", { error: String(error) });
      this.#lanes.clear();
      this.#hasTurn = false;
      if (!taker.isClosed) onFailure();
      return { outcome: "over" };
    }
  }

  async #advance(): Promise<{ readonly outcome: TurnOutcome }> {
    const { taker } = this.#ground;
    const [lane] = this.#lanes;
    if (lane === undefined || taker.isClosed) return { outcome: "over" };
    const batch = lane.read ?? await this.#read(lane);
    if (batch === undefined) return { outcome: this.#join(lane) };
    if (!this.#hand(lane, batch)) return { outcome: taker.room() };
    lane.read = undefined;
    // The others have their turn before it goes on.
    if (this.#lanes.delete(lane)) this.#lanes.add(lane);
    return { outcome: "again" };
  }

  async #read(lane: Lane): Promise<LoggedBatch | undefined> {
    const { channelLog } = this.#ground;
    const { channelId, sinceMs } = lane;
    const from = lane.cursor ??
      await channelLog.find(channelId, { position: lane.next[0], sinceMs });
    const { batch, cursor } = await channelLog.read(channelId, from);
    lane.cursor = cursor;
    return lane.read = batch;
  }

  /**
   * At the end of the log: a live message is told after it is stored, so what was passed over and
   * not read yet is there for the next read; and between this look and the next message nothing can
   * come.
   */
  #join(lane: Lane): TurnOutcome {
    if (!lane.isBehind) {
      lane.isReading = false;
      this.#lanes.delete(lane);
      return this.#lanes.size === 0 ? "over" : "again";
    }
    if (++lane.emptyLooks > EMPTY_LOOKS_MAX) {
      throw new InvariantViolation(
        `Cannot read channel '${lane.channelId}': position ${
          lane.seen[0]
        } was told and is not there`,
      );
    }
    const { clock } = this.#ground;
    return new Promise((resolve) => clock.schedule(EMPTY_LOOK_WAIT_MS, resolve));
  }

  /** False if there was no room for all of it. */
  #hand(lane: Lane, { position, messages }: LoggedBatch): boolean {
    const { taker } = this.#ground;
    lane.emptyLooks = 0;
    taker.begin?.();
    const first = lane.next[0] === position ? lane.next[1] : 0;
    for (let index = first; index < messages.length; index++) {
      const message = messages[index]!;
      // QoS 0 is for those who are there when it comes.
      if (message.qos > 0 && !taker.take(lane, message)) return false;
      lane.handed(position, index);
    }
    // The batch is behind it, also where its last messages were of no interest.
    lane.next = [position, AFTER_ALL];
    return true;
  }
}
