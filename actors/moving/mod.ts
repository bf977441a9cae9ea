/**
 * Moves an event log into another engine, while no platform runs on either.
 *
 * Main path: `copyLog` adds what the copy does not hold yet, wherever it was cut off; `compareLogs`
 * goes through both, event by event, and `compareEndings` stream by stream; then `tellPlaces` tells
 * the sessions whose states hold positions where they are in the copy.
 *
 * The origin is never written. No event is changed: what has to be different is appended.
 */
export { copyLog, type MoveProgress } from "./copy_log.ts";
export { type Compared, compareLogs } from "./compare_logs.ts";
export { type ComparedEndings, compareEndings } from "./compare_endings.ts";
export { positionsKept, tellPlaces } from "./kept_places.ts";
