/**
 * What operators ask: does it live, can it work, what has it done, how is it used.
 *
 * Main path: `/health` and `/ready` for supervisors, `/metrics` for Prometheus, `/docs` for people.
 *
 * Nothing here changes anything, and nothing here shows who said what.
 */
export { type Labelled, type MetricName, METRICS, type MetricValue } from "./catalogue.ts";
export { type LoopLag, watchLoopLag } from "./loop_lag.ts";
export { type MetricSources, type MetricValues, platformMetrics } from "./metrics.ts";
export { registerOperations } from "./ops.ts";
