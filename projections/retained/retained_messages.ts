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

/** Messages of one page: one question to another thread, which holds up nobody else for long. */
export const RETAINED_PAGE_MESSAGES_MAX = 256;
/** Bytes of their payloads and properties, if it is more than one: what a subscriber is held for. */
export const RETAINED_PAGE_BYTES_MAX = 128 * 1024;

export interface PageBounds {
  readonly messagesMax: number;
  readonly bytesMax: number;
}

/** A page may be asked for behind any place; this one is before all. */
export const BEFORE_ALL: LogPlace = [-1, 0];

/** What is wanted of one channel. */
export interface RetainedQuestion {
  readonly channelId: string;
  /** Relative to `messages/`. */
  readonly filter: string;
  /** Only messages behind this place. */
  readonly after: LogPlace;
  /** Only messages up to this position of the log. */
  readonly until: number;
  readonly bounds: PageBounds;
}

/** Messages in the order of the log. */
export interface RetainedPage {
  readonly messages: readonly RetainedMessage[];
  /** Where the next page begins; absent if there is none. */
  readonly next?: LogPlace;
}

/** As many as one page may hold, and always the first. */
export function pageOf(
  messages: Iterable<RetainedMessage>,
  { messagesMax, bytesMax }: PageBounds,
): RetainedPage {
  const page: RetainedMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    bytes += message.payload.length + (message.properties?.length ?? 0);
    const last = page.at(-1);
    if (last !== undefined && (page.length >= messagesMax || bytes > bytesMax)) {
      return { messages: page, next: last.place };
    }
    page.push(message);
  }
  return { messages: page };
}

/** Below zero if `a` comes before `b` in the log. */
export function comparePlaces(a: LogPlace, b: LogPlace): number {
  return a[0] - b[0] || a[1] - b[1];
}

/** Reads retained messages as they are wanted, so that what nobody has taken yet waits on the disk. */
export interface RetainedMessages {
  /** Position up to which every retained message was told to those who listened then. */
  readonly toldThrough: number;
  /**
   * Pages in the order of the log; none is empty. What was acknowledged before is in them, as far as
   * it lies no later than `until`. A message that is replaced before its page is read gives way to
   * the one that replaced it: if that lies beyond `until`, only those who listen live get it.
   */
  matching(
    channelId: string,
    wanted: { readonly filter: string; readonly until: number },
  ): AsyncIterable<readonly RetainedMessage[]>;
}
