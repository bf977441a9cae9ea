/**
 * Time, chance, identifiers and the operator's log, each as a port small enough to fake; and how long
 * to wait for an engine that is away.
 *
 * Main path: the composition root passes the system versions; the seeded simulation passes
 * `ManualClock` and `seededRandom`, and a whole run repeats from its seed.
 *
 * Nothing in `actors/` may call Date.now, Math.random or console directly.
 */
export { backOffMs, pause, settledWithin } from "./back_off.ts";
export { type BucketCounts, Buckets, SECONDS_BOUNDS } from "./buckets.ts";
export { type Clock, ManualClock, monotonicClock, systemClock } from "./clock.ts";
export type { Engine, EngineStatus } from "./engine_status.ts";
export { isThere } from "./files.ts";
export { derivedId, isUuid, newId, readUuid, writeUuid } from "./ids.ts";
export { type Logger, silentLogger } from "./logger.ts";
export { redacted, REDACTED_DEPTH_MAX, REMOVED, withoutSecrets } from "./redaction.ts";
export { type Random, seededRandom, systemRandom } from "./random.ts";
