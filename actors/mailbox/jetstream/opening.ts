import type { JetStreamNode, JetStreamOptions } from "./jetstream_node.ts";

/**
 * What nodes share, at NATS. Throws EngineUnreachable if it stays away, UsageError if it cannot be
 * used. The client is loaded only when it is asked for: most platforms are one process.
 */
export async function openJetStream(options: JetStreamOptions): Promise<JetStreamNode> {
  const { openNode } = await import("./jetstream_node.ts");
  return await openNode(options);
}
