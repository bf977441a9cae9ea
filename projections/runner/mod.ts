/**
 * How views follow the log: the shape of a projection, of its read model, and the loop between them.
 *
 * Main path: the runner reads a page of the log after a checkpoint, asks each projection that stands
 * there what to write, and hands writes and checkpoint to its read model in one transaction.
 *
 * An event is never skipped: a projection that fails is tried again, then stands still and is red.
 */
export * from "./projection.ts";
export type { Followed } from "./follower.ts";
export { APPLY_ATTEMPTS_MAX } from "./failing.ts";
export { ProjectionRunner, type RunnerGround } from "./runner.ts";
export { type ProjectionStatus, statusOfAll } from "./status.ts";
