/** The newest retained message of one topic. */
export interface RetainedMessage {
  readonly channelId: string;
  readonly subtopic: string;
  readonly qos: 0 | 1 | 2;
  readonly payload: Uint8Array;
}

/** Reads retained messages; includes every one that was acknowledged before the call. */
export interface RetainedMessages {
  /** `filter` is relative to `messages/`. At most `RETAINED_PER_CHANNEL_MAX` come back. */
  matching(channelId: string, filter: string): Promise<readonly RetainedMessage[]>;
}
