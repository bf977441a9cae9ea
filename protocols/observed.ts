import { type EventStore, type Mailbox, systemClock } from "../actors/mod.ts";
import type { ReadModels } from "../projections/mod.ts";
import { type Counting, platformCounts } from "./counts.ts";
import { HttpCounters, type HttpGround, platformMetrics, watchLoopLag } from "./http/mod.ts";

/** What the HTTP edge needs to tell operators how the platform is. */
export interface Observed extends Pick<HttpGround, "engines" | "counters" | "metrics" | "version"> {
  stop(): void;
}

/** Watches the parts that the composition root put together. */
export function observed(
  parts: Omit<Counting, "http"> & {
    readonly eventStore: EventStore;
    readonly mailbox: Mailbox;
    readonly readModels: Pick<ReadModels, "status" | "timeSeriesStatus">;
    readonly version: string;
  },
): Observed {
  const { eventStore, mailbox, readModels, version } = parts;
  const loopLag = watchLoopLag({ ...systemClock, nowMs: () => performance.now() });
  const counters = new HttpCounters();
  const engines = {
    eventStore: () => eventStore.status(),
    mailbox: () => mailbox.status(),
    timeSeries: () => readModels.timeSeriesStatus(),
  };
  return {
    engines,
    counters,
    version,
    metrics: platformMetrics({
      readModels,
      engines,
      version,
      loopLag,
      counts: () => platformCounts({ ...parts, http: counters }),
    }),
    stop: () => loopLag.stop(),
  };
}
