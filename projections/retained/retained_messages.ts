import type { ContentKind, LogPlace, Message } from "../../actors/mod.ts";

/** The newest retained message of one topic. */
export interface RetainedMessage {
  readonly channelId: string;
  /** Where the message lies in the log. */
  readonly place: LogPlace;
  readonly subtopic: string;
  readonly qos: 0 | 1 | 2;
  /** Microseconds since the Unix epoch: what its expiry is counted from. */
  readonly receivedUs: number;
  readonly contentKind: ContentKind;
  /** The declared media type where `contentKind` is `opaque`; empty otherwise. */
  readonly contentType: string;
  /** As `encodeProperties` wrote them. */
  readonly properties?: Uint8Array;
  readonly payload: Uint8Array;
}

/** What is kept of a message; the bytes are copies. */
export function retainedOf(
  { channelId, position }: { readonly channelId: string; readonly position: number },
  message: Message,
): RetainedMessage {
  const { subtopic, qos, receivedUs, contentKind, contentType, properties, payload } = message;
  return {
    channelId,
    place: [position, message.index],
    subtopic,
    qos,
    receivedUs,
    contentKind,
    contentType,
    ...(properties === undefined ? {} : { properties: properties.slice() }),
    payload: payload.slice(),
  };
}

/** Reads retained messages; includes every one that was acknowledged before the call. */
export interface RetainedMessages {
  /** `filter` is relative to `messages/`. At most `RETAINED_PER_CHANNEL_MAX` come back. */
  matching(channelId: string, filter: string): Promise<readonly RetainedMessage[]>;
}
