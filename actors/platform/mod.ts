/**
 * Time, chance, identifiers and the operator's log, each as a port small enough to fake.
 *
 * Main path: the composition root passes the system versions; the seeded simulation passes
 * `ManualClock` and `seededRandom`, and a whole run repeats from its seed.
 *
 * Nothing in `actors/` may call Date.now, Math.random or console directly.
 */
export { type Clock, ManualClock, monotonicClock, systemClock } from "./clock.ts";
export { derivedId, isUuid, newId, readUuid, writeUuid } from "./ids.ts";
export { type Logger, silentLogger } from "./logger.ts";
export { type Random, seededRandom, systemRandom } from "./random.ts";
