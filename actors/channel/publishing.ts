import { assertNever, reject, type Rejection } from "../errors.ts";
import { EVENT_BYTES_MAX } from "../event_store/mod.ts";
import type { ChannelState } from "./state.ts";

/** What one batch brings to one channel. */
export interface PublishedSection {
  readonly messageCount: number;
  /** Bytes of the section as it would be stored. */
  readonly byteLength: number;
}

/**
 * Whether a channel takes messages. They bypass `decide`, because they go to the channel's day
 * streams and change nothing that a later decision reads. Who may publish was checked by the edge.
 */
export function decidePublishing(
  state: ChannelState,
  section: PublishedSection,
): Rejection | undefined {
  switch (state.status) {
    case "absent":
    case "removed":
      return reject(
        "not_found",
        "Cannot publish: the channel does not exist or was removed",
      );
    case "disabled":
      return reject("forbidden", "Cannot publish: the channel is disabled, enable it first");
    case "enabled":
      return checkSection(section);
    default:
      return assertNever(state);
  }
}

function checkSection({ messageCount, byteLength }: PublishedSection): Rejection | undefined {
  if (messageCount < 1) return reject("invalid", "Cannot publish: the batch holds no message");
  if (byteLength <= EVENT_BYTES_MAX) return undefined;
  return reject(
    "too_large",
    `Cannot publish ${byteLength} bytes at once: at most ${EVENT_BYTES_MAX} are allowed`,
  );
}

const CATEGORY = "messages";
/** Length of `YYYY-MM-DD`. */
const DAY_LENGTH = 10;
const STREAM_PATTERN = /^messages-.+-\d{4}-\d{2}-\d{2}$/;

/** The stream that holds what is said on a channel on the UTC day of `atMs`. */
export function messageStream(channelId: string, atMs: number): string {
  return messageStreamPrefix(channelId) + new Date(atMs).toISOString().slice(0, DAY_LENGTH);
}

/** With what the names of all days of a channel begin; they sort by day. */
export function messageStreamPrefix(channelId: string): string {
  return `${CATEGORY}-${channelId}-`;
}

/** The channel whose messages a stream of them holds. */
export function messageChannel(stream: string): string {
  return stream.slice(CATEGORY.length + 1, -(DAY_LENGTH + 1));
}

/** The UTC day `YYYY-MM-DD` of a stream of messages; undefined for any other stream. */
export function messageDay(stream: string): string | undefined {
  return STREAM_PATTERN.test(stream) ? stream.slice(-DAY_LENGTH) : undefined;
}
