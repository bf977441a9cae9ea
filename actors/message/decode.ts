import { InvariantViolation } from "../errors.ts";
import { readUuid } from "../platform/mod.ts";
import {
  BATCH_FLAG_RETAINED,
  CONTENT_KINDS,
  FORMAT_VERSION,
  HEADER_BYTES,
  KIND_OPAQUE,
  PROTOCOLS,
  RECORD_KIND_SHIFT,
  RECORD_QOS_MASK,
  RECORD_RETAIN,
} from "./format.ts";
import type { Message, MessageOrigin } from "./message.ts";

const decoder = new TextDecoder();

export interface DecodedBatch {
  readonly hasRetained: boolean;
  /** In the order in which the channel received them; payloads are views into the given bytes. */
  readonly messages: readonly Message[];
}

/** Reads the bytes that {@link MessageBatchWriter.finish} made; throws InvariantViolation on others. */
export function decodeMessageBatch(bytes: Uint8Array): DecodedBatch {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return decode(bytes, view);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InvariantViolation(
      `Cannot decode a message batch of ${bytes.length} bytes: it ends early`,
      { cause },
    );
  }
}

function decode(bytes: Uint8Array, view: DataView): DecodedBatch {
  const version = view.getUint8(0);
  if (version !== FORMAT_VERSION) {
    throw new InvariantViolation(
      `Cannot decode a message batch: version is '${version}', known is '${FORMAT_VERSION}'`,
    );
  }
  const count = view.getUint32(2);
  const baseUs = view.getFloat64(10);
  const tables = decodeTables(bytes, view, view.getUint32(6));
  const messages: Message[] = new Array(count);
  let at = HEADER_BYTES;
  for (let index = 0; index < count; index++) {
    const origin = tables.origins[view.getUint16(at)];
    const subtopic = tables.subtopics[view.getUint16(at + 2)];
    const flags = view.getUint8(at + 4);
    const receivedUs = baseUs + view.getUint32(at + 5);
    const kind = flags >> RECORD_KIND_SHIFT;
    at += 9;
    let contentType = "";
    if (kind === KIND_OPAQUE) {
      contentType = tables.contentTypes[view.getUint16(at)] ?? "";
      at += 2;
    }
    const payloadBytes = view.getUint32(at);
    at += 4;
    if (origin === undefined || subtopic === undefined || at + payloadBytes > bytes.length) {
      throw new RangeError("record points outside its batch");
    }
    messages[index] = {
      origin,
      index,
      subtopic,
      receivedUs,
      qos: (flags & RECORD_QOS_MASK) as 0 | 1 | 2,
      retain: (flags & RECORD_RETAIN) !== 0,
      contentKind: CONTENT_KINDS[kind] ?? "unspecified",
      contentType,
      payload: bytes.subarray(at, at + payloadBytes),
    };
    at += payloadBytes;
  }
  return { hasRetained: (view.getUint8(1) & BATCH_FLAG_RETAINED) !== 0, messages };
}

interface Tables {
  readonly origins: readonly MessageOrigin[];
  readonly subtopics: readonly string[];
  readonly contentTypes: readonly string[];
}

function decodeTables(bytes: Uint8Array, view: DataView, tablesAt: number): Tables {
  let at = tablesAt;
  const origins: MessageOrigin[] = new Array(view.getUint16(at));
  at += 2;
  for (let i = 0; i < origins.length; i++) {
    const addressBytes = view.getUint8(at + 33);
    origins[i] = {
      publisher: readUuid(bytes, at),
      correlationId: readUuid(bytes, at + 16),
      protocol: PROTOCOLS[view.getUint8(at + 32)] ?? "mqtt",
      remoteAddress: decoder.decode(bytes.subarray(at + 34, at + 34 + addressBytes)),
    };
    at += 34 + addressBytes;
  }
  const subtopics: string[] = new Array(view.getUint16(at));
  at += 2;
  for (let i = 0; i < subtopics.length; i++) {
    const length = view.getUint16(at);
    subtopics[i] = decoder.decode(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  const contentTypes: string[] = new Array(view.getUint16(at));
  at += 2;
  for (let i = 0; i < contentTypes.length; i++) {
    const length = view.getUint8(at);
    contentTypes[i] = decoder.decode(bytes.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { origins, subtopics, contentTypes };
}
