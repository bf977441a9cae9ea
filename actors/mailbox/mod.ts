/**
 * What stands between edges and channel actors: a durable, partitioned line of message frames.
 *
 * Main path: ingress posts one frame for each partition that received something in a tick; the
 * partition's one consumer decides and stores it; the post resolves, and the devices are answered.
 *
 * `mailbox.ts` and `dead_letters.ts` are the ports, `in_process/` the embedded adapter, `jetstream/`
 * the one that nodes share. Nothing here looks into a batch.
 */
export * from "./dead_letters.ts";
export * from "./mailbox.ts";
export { InProcessMailbox } from "./in_process/mod.ts";
export {
  type JetStreamNode,
  type JetStreamOptions,
  type JetStreamStatus,
  openJetStream,
} from "./jetstream/mod.ts";
