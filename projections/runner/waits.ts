import type { Clock } from "../../actors/mod.ts";

/** Positions that may be waited for at once; beyond it a wait is answered at once with no. */
const WAITS_MAX = 10_000;

export interface WaitOptions {
  /** Names of the projections that must have come there. */
  readonly projections: readonly string[];
  readonly timeoutMs: number;
}

interface Wait {
  readonly position: number;
  readonly names: readonly string[];
  readonly done: (reached: boolean) => void;
}

type Reached = (position: number, names: readonly string[]) => boolean;

/** Readers that wait until projections have reached a position. */
export class Waits {
  readonly #clock: Clock;
  readonly #reached: Reached;
  #waits: Wait[] = [];

  constructor(clock: Clock, reached: Reached) {
    this.#clock = clock;
    this.#reached = reached;
  }

  /** False if the named projections did not reach the position in time. */
  add(position: number, { projections: names, timeoutMs }: WaitOptions): Promise<boolean> {
    if (this.#reached(position, names)) return Promise.resolve(true);
    if (this.#waits.length >= WAITS_MAX) return Promise.resolve(false);
    return new Promise((resolve) => {
      const cancel = this.#clock.schedule(timeoutMs, () => {
        this.#waits = this.#waits.filter((other) => other !== wait);
        resolve(false);
      });
      const wait: Wait = {
        position,
        names,
        done: (reached) => {
          cancel();
          resolve(reached);
        },
      };
      this.#waits.push(wait);
    });
  }

  /** Answers those whose position is reached. */
  look(): void {
    if (this.#waits.length === 0) return;
    const waits = this.#waits;
    this.#waits = [];
    for (const wait of waits) {
      if (this.#reached(wait.position, wait.names)) wait.done(true);
      else this.#waits.push(wait);
    }
  }
}
