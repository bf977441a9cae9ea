/**
 * The mailbox that nodes share, in NATS JetStream; and over the same connection their leases and the
 * questions that they ask each other. docs/jetstream.md says how servers are laid out.
 *
 * Main path: `Posting` puts a frame on the stream and waits for its acknowledgement; the partition's
 * `PartitionConsumer`, on whichever node, handles it, tells all nodes and acknowledges it; `Following`
 * hears it on each node.
 *
 * Only this folder knows the client and its errors. What is told live may be lost, and must show as a
 * gap; what was acknowledged to a device must never be.
 */
export type { JetStreamNode, JetStreamOptions } from "./jetstream_node.ts";
export type { JetStreamStatus } from "./mailbox.ts";
export { openJetStream } from "./opening.ts";
