import type { Clock } from "../../../actors/mod.ts";
import { RATE_BUCKETS_MAX, RATE_BURST_SECONDS } from "../limits.ts";

/** Says how often something may happen: so many a second, and those of some seconds at once. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly perSecond: number;
  readonly #tokensMax: number;
  #tokens: number;
  #atMs: number;

  constructor({ clock, perSecond }: { readonly clock: Clock; readonly perSecond: number }) {
    this.#clock = clock;
    this.perSecond = perSecond;
    // At a rate so low that the burst is less than one, one must still come through.
    this.#tokensMax = Math.max(perSecond * RATE_BURST_SECONDS, 1);
    this.#tokens = this.#tokensMax;
    this.#atMs = clock.nowMs();
  }

  /** True while the next one would be too many. */
  get isSpent(): boolean {
    this.#refill();
    return this.#tokens < 1;
  }

  /** False if it was too many; then it does not count. */
  take(): boolean {
    if (this.isSpent) return false;
    this.#tokens--;
    return true;
  }

  /** Resolves when one more may happen, unless another takes it first. */
  refilled(): Promise<void> {
    if (!this.isSpent) return Promise.resolve();
    const delayMs = Math.ceil((1 - this.#tokens) * 1_000 / this.perSecond);
    return new Promise((resolve) => this.#clock.schedule(delayMs, resolve));
  }

  #refill(): void {
    const nowMs = this.#clock.nowMs();
    // The clock of the machine may be set back.
    const passedMs = Math.max(0, nowMs - this.#atMs);
    const tokens = this.#tokens + passedMs * this.perSecond / 1_000;
    this.#tokens = Math.min(tokens, this.#tokensMax);
    this.#atMs = nowMs;
  }
}

/** A bucket for each name. Those that were asked for longest ago are forgotten past a number. */
export class TokenBuckets {
  readonly #terms: { readonly clock: Clock; readonly perSecond: number };
  readonly #bucketsMax: number;
  /** In the order of their last use. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(
    { clock, perSecond, bucketsMax = RATE_BUCKETS_MAX }: {
      readonly clock: Clock;
      readonly perSecond: number;
      readonly bucketsMax?: number;
    },
  ) {
    this.#terms = { clock, perSecond };
    this.#bucketsMax = bucketsMax;
  }

  of(name: string): TokenBucket {
    const bucket = this.#buckets.get(name) ?? new TokenBucket(this.#terms);
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    if (this.#buckets.size > this.#bucketsMax) {
      this.#buckets.delete(this.#buckets.keys().next().value!);
    }
    return bucket;
  }
}
