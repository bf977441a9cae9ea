import { constants, zstdCompressSync } from "node:zlib";
import { InvariantViolation } from "../../errors.ts";
import { canonicalJson, dataBytesOf, type HashedEvent } from "../canonical.ts";
import type { NewEvent } from "../event_store.ts";
import { ENCODING_BYTES, ENCODING_JSON, ENCODING_ZSTD } from "./schema.ts";

/** Below it, compression costs more than it saves. */
const COMPRESSED_BYTES_MIN = 512;
/** Kept only if at least an eighth is saved. */
const COMPRESSED_SHARE_MAX = 7 / 8;

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

/** What `events.data` holds of it. */
export function packed(
  { batched, dataBytes }: WrittenEvent,
): { readonly encoding: number; readonly bytes: Uint8Array } {
  if (!batched) return { encoding: ENCODING_JSON, bytes: dataBytes };
  if (dataBytes.length >= COMPRESSED_BYTES_MIN) {
    const smaller = zstdCompressSync(dataBytes, {
      params: { [constants.ZSTD_c_compressionLevel]: 1 },
    });
    if (smaller.length <= dataBytes.length * COMPRESSED_SHARE_MAX) {
      return { encoding: ENCODING_ZSTD, bytes: smaller };
    }
  }
  return { encoding: ENCODING_BYTES, bytes: dataBytes };
}
