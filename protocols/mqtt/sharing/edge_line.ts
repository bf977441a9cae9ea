import { type Clock, type Logger, type Requests, TransientError } from "../../../actors/mod.ts";
import type { LiveFeed } from "../../../projections/mod.ts";
import {
  SHARED_AGAIN_MS,
  SHARED_ANSWER_MS,
  SHARED_PIECE_BYTES,
  SHARED_QUEUE_BYTES_MAX,
} from "../limits.ts";
import { decoded, encodedPiece, type Handed, handedBytes, nodeName, TAKEN } from "./wire.ts";

export interface EdgeLineGround {
  readonly requests: Requests;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Counts what is dropped. */
  readonly liveFeed: Pick<LiveFeed, "counters">;
}

/**
 * Messages of one partition on their way to one node, one piece after the other: what comes in one
 * turn goes together, and a piece that was not answered goes again, with the same bytes.
 */
export class EdgeLine {
  readonly #ground: EdgeLineGround;
  readonly #node: string;
  readonly #epoch: string;
  /** The node has gone, or knows this host no more. */
  readonly #onGone: () => void;
  readonly #onRoom: () => void;
  /** In the order of their coming. */
  readonly #queue = new Set<Handed>();
  #queueBytes = 0;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(
    ground: EdgeLineGround,
    options: {
      readonly node: string;
      readonly epoch: string;
      readonly onGone: () => void;
      readonly onRoom: () => void;
    },
  ) {
    this.#ground = ground;
    this.#node = options.node;
    this.#epoch = options.epoch;
    this.#onGone = options.onGone;
    this.#onRoom = options.onRoom;
  }

  get hasRoom(): boolean {
    return this.#queueBytes < SHARED_QUEUE_BYTES_MAX;
  }

  /** Of QoS 0: dropped where there is no room. */
  offer(handed: Handed): void {
    if (this.hasRoom) this.push(handed);
    else this.#ground.liveFeed.counters.dropped++;
  }

  /** The caller has asked for room. */
  push(handed: Handed): void {
    if (this.#isStopped) return;
    this.#queue.add(handed);
    this.#queueBytes += handedBytes(handed);
    this.#running ??= Promise.resolve().then(() => this.#run());
  }

  /** True if it was not sent, and never will be once the line is stopped. */
  isUnsent(handed: Handed): boolean {
    return this.#queue.has(handed);
  }

  /** Sends nothing more. Resolves when what is on its way was answered, or nobody answers. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#queue.size > 0 && !this.#isStopped) {
      const wasFull = !this.hasRoom;
      const handed = this.#take();
      if (wasFull) this.#onRoom();
      const outcome = await this.#sent(encodedPiece(this.#epoch, handed));
      if (outcome === "taken") continue;
      if (outcome === "refused") this.#putBack(handed);
      if (!this.#isStopped) this.#onGone();
      break;
    }
    this.#running = undefined;
  }

  #take(): readonly Handed[] {
    const taken: Handed[] = [];
    let bytes = 0;
    for (const handed of this.#queue) {
      this.#queue.delete(handed);
      taken.push(handed);
      bytes += handedBytes(handed);
      if (bytes >= SHARED_PIECE_BYTES) break;
    }
    this.#queueBytes -= bytes;
    return taken;
  }

  #putBack(handed: readonly Handed[]): void {
    const behind = [...this.#queue];
    this.#queue.clear();
    for (const each of [...handed, ...behind]) this.#queue.add(each);
  }

  /** Tries until the line is stopped; then nobody knows whether it was taken. */
  async #sent(piece: Uint8Array): Promise<"taken" | "refused" | "unknown"> {
    const { requests, clock, logger } = this.#ground;
    let isUncertain = false;
    do {
      try {
        const name = nodeName(this.#node);
        const answer = await requests.ask(name, piece, { timeoutMs: SHARED_ANSWER_MS });
        if (answer !== undefined && decoded<string>(answer) === TAKEN) return "taken";
        return isUncertain ? "unknown" : "refused";
      } catch (error) {
        if (!(error instanceof TransientError)) {
          logger.error("shared messages not sent", { node: this.#node, error: String(error) });
          return "unknown";
        }
        isUncertain = true;
        if (this.#isStopped) break;
        await new Promise<void>((resolve) => clock.schedule(SHARED_AGAIN_MS, resolve));
      }
    } while (!this.#isStopped);
    return "unknown";
  }
}
