import { Buckets } from "../platform/mod.ts";

/** What an adapter measures of itself; whoever opens it may keep one and show it. */
export interface EventStoreMeasures {
  /** Seconds from the call of an append until it is durable, waiting in line counted. */
  readonly append: Buckets;
  /** Seconds of what makes it durable: SQLite's COMMIT with its flush, or EventStoreDB's answer. */
  readonly commit: Buckets;
  /** Appends that one commit made durable. */
  readonly commitAppends: Buckets;
}

const APPENDS_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

export function newEventStoreMeasures(): EventStoreMeasures {
  return {
    append: new Buckets(),
    commit: new Buckets(),
    commitAppends: new Buckets(APPENDS_BOUNDS),
  };
}
