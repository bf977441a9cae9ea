import type { Message } from "../../actors/mod.ts";
import {
  type LiveFeed,
  RenderedFrames,
  type RetainedMessage,
  retainedOf,
} from "../../projections/mod.ts";

/** Takes retained messages that are durable but not yet in the read model. */
export interface RetainedSink {
  remember(message: RetainedMessage): void;
}

/** Hands the messages of one stored batch to those who listen, and keeps the retained ones. */
export function deliverBatch(
  messages: readonly Message[],
  to: {
    readonly channelId: string;
    readonly position: number;
    readonly liveFeed: LiveFeed;
    readonly retained?: RetainedSink;
    /** Where QoS 0 did not go out when it came in: it came in at another node. */
    readonly withQos0?: boolean;
  },
): void {
  const { channelId, position, liveFeed, retained, withQos0 = false } = to;
  const listened = liveFeed.hasSubscribers(channelId);
  for (const message of messages) {
    if (message.retain && retained !== undefined) {
      retained.remember(retainedOf({ channelId, position }, message));
    }
    if (!listened || (message.qos === 0 && !withQos0)) continue;
    liveFeed.publish({
      channelId,
      subtopic: message.subtopic,
      origin: message.origin,
      receivedUs: message.receivedUs,
      qos: message.qos,
      retain: message.retain,
      ...(message.properties === undefined ? {} : { properties: message.properties }),
      contentKind: message.contentKind,
      contentType: message.contentType,
      payload: message.payload,
      ...(message.qos === 0 ? {} : { place: { position, index: message.index } }),
      rendered: new RenderedFrames(),
    });
  }
}
