import type { Clock, ManualClock } from "../../../actors/mod.ts";

/** The clock of one simulated machine: it runs a little fast or slow, and its process may stand still. */
export class NodeClock implements Clock {
  readonly #world: ManualClock;
  readonly #rate: number;
  readonly #startMs: number;
  #frozen: (() => void)[] | undefined;
  #dead = false;
  #stoppedAtMs: number | undefined;

  constructor(world: ManualClock, options: { readonly rate: number }) {
    this.#world = world;
    this.#rate = options.rate;
    this.#startMs = world.nowMs();
  }

  nowMs(): number {
    return this.#stoppedAtMs ?? (this.#world.nowMs() - this.#startMs) * this.#rate;
  }

  schedule(delayMs: number, action: () => void): () => void {
    let cancelled = false;
    const cancel = this.#world.schedule(
      delayMs / this.#rate,
      () => this.run(() => cancelled || action()),
    );
    return () => {
      cancelled = true;
      cancel();
    };
  }

  /** Does what the process is to do now: later if it stands still, never if it was killed. */
  run(action: () => void): void {
    if (this.#dead) return;
    if (this.#frozen === undefined) action();
    else this.#frozen.push(action);
  }

  get frozen(): boolean {
    return this.#frozen !== undefined;
  }

  get alive(): boolean {
    return !this.#dead;
  }

  /** The process stands still, and its clock goes on. */
  freeze(): void {
    this.#frozen ??= [];
  }

  thaw(): void {
    const due = this.#frozen ?? [];
    this.#frozen = undefined;
    for (const action of due) this.run(action);
  }

  /** The process goes on, and takes every moment for this one. */
  stopCounting(): void {
    this.#stoppedAtMs = this.nowMs();
  }

  kill(): void {
    this.#dead = true;
  }
}
