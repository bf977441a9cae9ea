import { constants, zstdCompressSync } from "node:zlib";
import type { WrittenEvent } from "../written_event.ts";
import { ENCODING_BYTES, ENCODING_JSON, ENCODING_ZSTD } from "./schema.ts";

/** Below it, compression costs more than it saves. */
const COMPRESSED_BYTES_MIN = 512;
/** Kept only if at least an eighth is saved. */
const COMPRESSED_SHARE_MAX = 7 / 8;

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
