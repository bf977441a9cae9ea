import { Histogram } from "prom-client";
import type { Clock } from "../../../actors/mod.ts";
import { METRICS } from "./catalogue.ts";

/** How often the loop is asked: 50 timers a second cost nothing that could be measured. */
const EVERY_MS = 20;
/** A longer stall, or a machine that slept, counts as this much: it bounds the work of one sample. */
const STALL_MS_MAX = 10_000;
const BUCKETS_SECONDS = [1, 2, 5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1_000]
  .map((ms) => ms / 1_000);

export interface LoopLag {
  readonly histogram: Histogram;
  stop(): void;
}

/**
 * Measures how much later than asked the thread gets to its timers, as long as it is not stopped.
 * `clock` should not be one that people set.
 *
 * A stall counts once for each sample that it kept from being taken, with what was left of it then.
 * So a percentile says what something waits that comes at any instant; a stall of a second would
 * otherwise be one sample of thousands.
 */
export function watchLoopLag(clock: Clock): LoopLag {
  const histogram = new Histogram({
    name: "millrace_event_loop_lag_seconds",
    help: METRICS.event_loop_lag_seconds.help,
    buckets: BUCKETS_SECONDS,
    registers: [],
  });
  let cancel = (): void => {};
  const arm = () => {
    const dueMs = clock.nowMs() + EVERY_MS;
    cancel = clock.schedule(EVERY_MS, () => {
      const lateMs = Math.min(Math.max(clock.nowMs() - dueMs, 0), STALL_MS_MAX);
      for (let leftMs = lateMs; leftMs >= 0; leftMs -= EVERY_MS) histogram.observe(leftMs / 1_000);
      arm();
    });
  };
  arm();
  return { histogram, stop: () => cancel() };
}
