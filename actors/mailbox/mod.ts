/**
 * What stands between edges and channel actors: a durable, partitioned line of message frames.
 *
 * Main path: ingress posts one frame for each partition that received something in a tick; the
 * partition's one consumer decides and stores it; the post resolves, and the devices are answered.
 *
 * `mailbox.ts` is the port, `in_process/` the embedded adapter. Nothing here looks into a batch.
 */
export * from "./mailbox.ts";
export { InProcessMailbox } from "./in_process/mod.ts";
