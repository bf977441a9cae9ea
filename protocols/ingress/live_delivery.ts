import type { Message } from "../../actors/mod.ts";
import type { LiveFeed } from "../../projections/mod.ts";

/** Takes retained messages that are durable but not yet in the read model. */
export interface RetainedSink {
  remember(
    message: {
      readonly channelId: string;
      readonly subtopic: string;
      readonly qos: 0 | 1 | 2;
      readonly payload: Uint8Array;
    },
    position: number,
  ): void;
}

/** Hands the messages of one stored batch to those who listen, and keeps the retained ones. */
export function deliverBatch(
  messages: readonly Message[],
  to: {
    readonly channelId: string;
    readonly position: number;
    readonly liveFeed: LiveFeed;
    readonly retained?: RetainedSink;
  },
): void {
  const { channelId, position, liveFeed, retained } = to;
  const listened = liveFeed.hasSubscribers(channelId);
  for (const message of messages) {
    if (message.retain && retained !== undefined) {
      const { subtopic, qos, payload } = message;
      retained.remember({ channelId, subtopic, qos, payload: payload.slice() }, position);
    }
    if (!listened || message.qos === 0) continue;
    liveFeed.publish({
      channelId,
      subtopic: message.subtopic,
      origin: message.origin,
      receivedUs: message.receivedUs,
      qos: message.qos,
      contentKind: message.contentKind,
      contentType: message.contentType,
      payload: message.payload,
      place: { position, index: message.index },
      rendered: new Map(),
    });
  }
}
