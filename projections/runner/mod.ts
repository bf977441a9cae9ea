/**
 * How views follow the log: the shape of a projection, of its read model, and the loop between them.
 *
 * Main path: the runner reads a page of the log after the slowest checkpoint, asks the projection
 * what to write, and hands writes and checkpoint to the read model in one transaction.
 *
 * An event is never skipped: a projection that fails is tried again, then stands still and is red.
 */
export * from "./projection.ts";
