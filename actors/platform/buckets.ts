/** Counts of values by size, as plain values that may cross a thread. */
export interface BucketCounts {
  /** Upper bounds, rising; each belongs to its bucket. */
  readonly bounds: readonly number[];
  /** How many fell into each bucket, and last how many were beyond all bounds; not cumulative. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

/** Of waits, in seconds: from what an idle disk takes to what a client gives up on. */
export const SECONDS_BOUNDS: readonly number[] = [
  ...[0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064],
  ...[0.125, 0.25, 0.5, 1, 2, 4, 8, 16],
];

/**
 * What a histogram shows, counted by plain numbers: a library's observe costs what a message costs,
 * so what happens for every batch, tick or request is counted here and rendered when it is asked for.
 */
export class Buckets implements BucketCounts {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[] = SECONDS_BOUNDS) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  /** `times` values of the same size at once. */
  observe(value: number, times = 1): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at++;
    this.counts[at]! += times;
    this.sum += value * times;
    this.count += times;
  }

  /** The time since `performance.now()` was `startedMs`. */
  observeSince(startedMs: number): void {
    this.observe((performance.now() - startedMs) / 1_000);
  }
}
