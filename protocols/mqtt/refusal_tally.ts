import type { Clock } from "../../actors/mod.ts";
import {
  REASON_LENGTH_MAX,
  REFUSALS_DISTINCT_MAX,
  REFUSALS_FIRST_WAIT_MS,
  REFUSALS_WAIT_MS_MAX,
  TOPIC_BYTES_MAX,
} from "./limits.ts";

export interface Refusal {
  readonly action: "connect" | "publish" | "subscribe";
  /** Empty where there is none. */
  readonly topic: string;
  readonly reason: string;
  readonly reasonCode: number;
}

/** The same refusal as often as it happened since the tally was last told. */
export interface TalliedRefusal extends Refusal {
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

const OTHERS = "more of these were refused, for other topics or reasons";

/**
 * Counts refusals before they are recorded: who repeats them ten thousand times writes one fact. The
 * wait between two facts doubles as long as they go on, so that a peer that never gives up does not
 * push everything else out of a bounded stream.
 */
export class RefusalTally {
  readonly #options: {
    readonly clock: Clock;
    readonly onTold: (refusal: TalliedRefusal) => void;
    readonly onQuiet?: () => void;
  };
  readonly #waiting = new Map<
    string,
    { -readonly [K in keyof TalliedRefusal]: TalliedRefusal[K] }
  >();
  #waitMs = REFUSALS_FIRST_WAIT_MS;
  #cancelTimer: (() => void) | undefined;

  constructor(
    options: {
      readonly clock: Clock;
      readonly onTold: (refusal: TalliedRefusal) => void;
      /** Nothing was refused for a whole wait: the tally holds nothing that is worth keeping. */
      readonly onQuiet?: () => void;
    },
  ) {
    this.#options = options;
  }

  add(refused: Refusal): void {
    const refusal = {
      ...refused,
      topic: refused.topic.slice(0, TOPIC_BYTES_MAX),
      reason: refused.reason.slice(0, REASON_LENGTH_MAX),
    };
    const nowMs = this.#options.clock.nowMs();
    const known = this.#waiting.get(keyOf(refusal));
    const counted = known ?? this.#counted(refusal, nowMs);
    counted.count++;
    counted.lastAtMs = nowMs;
    if (this.#cancelTimer === undefined) this.#schedule();
  }

  /** Tells what waits, and counts anew. */
  flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#tell();
  }

  #counted(refusal: Refusal, nowMs: number) {
    const isOneTooMany = this.#waiting.size >= REFUSALS_DISTINCT_MAX;
    const entry = isOneTooMany ? { ...refusal, topic: "", reason: OTHERS } : refusal;
    const key = keyOf(entry);
    const counted = this.#waiting.get(key) ??
      { ...entry, count: 0, firstAtMs: nowMs, lastAtMs: nowMs };
    this.#waiting.set(key, counted);
    return counted;
  }

  #schedule(): void {
    this.#cancelTimer = this.#options.clock.schedule(this.#waitMs, () => {
      if (this.#waiting.size === 0) {
        this.#cancelTimer = undefined;
        this.#waitMs = REFUSALS_FIRST_WAIT_MS;
        return this.#options.onQuiet?.();
      }
      this.#tell();
      this.#waitMs = Math.min(this.#waitMs * 2, REFUSALS_WAIT_MS_MAX);
      this.#schedule();
    });
  }

  #tell(): void {
    const told = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const refusal of told) this.#options.onTold(refusal);
  }
}

function keyOf({ action, topic, reason }: Refusal): string {
  return `${action}\n${topic}\n${reason}`;
}
