import { InvariantViolation } from "../errors.ts";
import { isUuid } from "../platform/mod.ts";
import { dataBytesOf } from "./canonical.ts";
import {
  EVENT_BYTES_MAX,
  EVENTS_PER_APPEND_MAX,
  type NewEvent,
  READ_LIMIT_MAX,
  type StreamLimits,
} from "./event_store.ts";

/*
 * What every adapter refuses before it asks its engine, so that no engine's own leniency (a
 * truncated name, a rounded number) reaches the log.
 */

/** Greatest value of a stream limit: what EventStoreDB's 32-bit `$maxCount` holds. */
export const STREAM_LIMIT_MAX = 2_147_483_647;

/** Throws what is wrong with an append, naming the stream, the field and the limit. */
export function checkAppend(stream: string, events: readonly NewEvent[]): void {
  checkStreamName(stream);
  if (events.length === 0 || events.length > EVENTS_PER_APPEND_MAX) {
    throw new InvariantViolation(
      `Cannot append ${events.length} events to '${stream}': 1 to ${EVENTS_PER_APPEND_MAX} are allowed`,
    );
  }
  const ids = new Set<string>();
  let bytes = 0;
  for (const { id, data } of events) {
    if (!isUuid(id)) {
      throw new InvariantViolation(
        `Cannot append event '${id}' to '${stream}': its id must be a UUID in lower case`,
      );
    }
    if (ids.has(id)) {
      throw new InvariantViolation(
        `Cannot append event '${id}' to '${stream}': its id stands twice in the append, it must be unique`,
      );
    }
    ids.add(id);
    bytes += dataBytesOf(data).length;
  }
  if (bytes <= EVENT_BYTES_MAX) return;
  throw new InvariantViolation(
    `Cannot append ${bytes} bytes of data to '${stream}': at most ${EVENT_BYTES_MAX} are allowed`,
  );
}

export function checkStreamLimits(stream: string, limits: StreamLimits): void {
  checkStreamName(stream);
  const { maxCount, maxAgeSeconds, truncateBefore } = limits;
  // A count or an age of none would hide the event that carries the numbering.
  for (
    const [field, value, least] of [
      ["maxCount", maxCount, 1],
      ["maxAgeSeconds", maxAgeSeconds, 1],
      ["truncateBefore", truncateBefore, 0],
    ] as const
  ) {
    if (value === undefined) continue;
    if (Number.isInteger(value) && value >= least && value <= STREAM_LIMIT_MAX) continue;
    throw new InvariantViolation(
      `Cannot limit '${stream}': ${field} is '${value}', it must be a whole number from ${least} to ${STREAM_LIMIT_MAX}`,
    );
  }
}

export function checkReadLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= READ_LIMIT_MAX) return;
  throw new InvariantViolation(
    `Cannot read events with limit '${limit}': it must be from 1 to ${READ_LIMIT_MAX}`,
  );
}

export function checkPosition(position: number): void {
  if (Number.isSafeInteger(position) && position >= 0) return;
  throw new InvariantViolation(
    `Cannot read the log after '${position}': it must be a position, or 0 for the beginning`,
  );
}

// Half a surrogate pair becomes U+FFFD in UTF-8: two names would be one stream. A NUL ends a text early.
function checkStreamName(stream: string): void {
  if (stream !== "" && stream.isWellFormed() && !stream.includes("\0")) return;
  throw new InvariantViolation(
    `Cannot use stream name '${stream}': it must be well-formed text without NUL, and not empty`,
  );
}
