/**
 * Where messages of all protocols enter the platform.
 *
 * Main path: an edge publishes through a route; `TickingIngress` adds the message to the open tick;
 * the tick closes and goes to the mailbox, one frame a partition; when all of them are durable the
 * live subscribers get the messages and the waiters are settled. Where nodes share the mailbox a
 * post tells nothing of positions: `RecordedTail` hears what every node recorded, and delivers.
 *
 * Nothing is refused for content here: edges check what their protocol promises. No I/O but the post.
 */
export * from "./ingress.ts";
export { type IngressGround, TickingIngress } from "./ticking_ingress.ts";
export { RecordedTail, type TailGround } from "./recorded_tail.ts";
export type { IngressCounters } from "./counters.ts";
export type { EdgeTracing } from "./edge_traces.ts";
export type { RetainedSink } from "./live_delivery.ts";
