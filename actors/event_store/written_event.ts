import { InvariantViolation } from "../errors.ts";
import { canonicalJson, dataBytesOf, type HashedEvent } from "./canonical.ts";
import type { NewEvent } from "./event_store.ts";

/** An event in the form that is hashed and stored. */
export interface WrittenEvent extends HashedEvent {
  /** Bytes of a message batch; JSON is short, and left as it is. */
  readonly batched: boolean;
}

/** Answers what has no canonical form instead of throwing it: it is one append's fault alone. */
export function writtenEvents(
  events: readonly NewEvent[],
  recordedAtMs: number,
): readonly WrittenEvent[] | InvariantViolation {
  try {
    return events.map(({ id, type, data, metadata }) => ({
      id,
      type,
      batched: data instanceof Uint8Array,
      dataBytes: dataBytesOf(data),
      metadataText: canonicalJson({ ...metadata, recordedAtMs }),
    }));
  } catch (error) {
    if (error instanceof InvariantViolation) return error;
    throw error;
  }
}
