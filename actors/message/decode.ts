import { InvariantViolation } from "../errors.ts";
import { readUuid } from "../platform/mod.ts";
import {
  BATCH_FLAG_RETAINED,
  CONTENT_KINDS,
  FORMAT_VERSION,
  FORMAT_VERSION_EMPTY_LEVELS,
  HEADER_BYTES,
  ORIGIN_HEAD_BYTES,
  PROTOCOLS,
  RECORD_HEAD_BYTES,
  RECORD_KIND_MASK,
  RECORD_KIND_SHIFT,
  RECORD_PACKET_ID,
  RECORD_PROPERTIES,
  RECORD_QOS_MASK,
  RECORD_RETAIN,
} from "./format.ts";
import type { Message, MessageOrigin } from "./message.ts";
import { hasOnlyEmptyLevels } from "./subtopic.ts";

// [MQTT-1.5.3-3]: a U+FEFF at the beginning of a topic is part of it.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

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
      `Cannot decode a message batch of ${bytes.length} bytes: ${cause.message}`,
      { cause },
    );
  }
}

function decode(bytes: Uint8Array, view: DataView): DecodedBatch {
  const version = view.getUint8(0);
  if (version < FORMAT_VERSION || version > FORMAT_VERSION_EMPTY_LEVELS) {
    throw new InvariantViolation(
      `Cannot decode a message batch: version is '${version}', ` +
        `known are '${FORMAT_VERSION}' to '${FORMAT_VERSION_EMPTY_LEVELS}'`,
    );
  }
  const count = view.getUint32(2);
  const tablesAt = view.getUint32(6);
  // Before anything of that length is made.
  if (HEADER_BYTES + count * RECORD_HEAD_BYTES > tablesAt) {
    throw new RangeError(`${count} records do not fit before its tables`);
  }
  const records = new RecordReader({
    bytes,
    view,
    tablesAt,
    baseUs: view.getFloat64(10),
    flagsUnknown: version === FORMAT_VERSION ? RECORD_PACKET_ID | RECORD_PROPERTIES : 0,
    ...decodeTables(bytes, view, { tablesAt, version }),
  });
  const messages: Message[] = new Array(count);
  for (let index = 0; index < count; index++) messages[index] = records.next(index);
  if (records.at !== tablesAt) throw new RangeError("its tables do not follow its records");
  return { hasRetained: (view.getUint8(1) & BATCH_FLAG_RETAINED) !== 0, messages };
}

interface OpenedBatch extends Tables {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly tablesAt: number;
  readonly baseUs: number;
  /** Flags of a record that this version of the layout does not have. */
  readonly flagsUnknown: number;
}

/** Reads one record after the other. */
class RecordReader {
  readonly #batch: OpenedBatch;
  at = HEADER_BYTES;

  constructor(batch: OpenedBatch) {
    this.#batch = batch;
  }

  next(index: number): Message {
    const { bytes, view, tablesAt, origins, subtopics, baseUs, flagsUnknown } = this.#batch;
    const start = this.at;
    const origin = origins[view.getUint16(start)];
    const subtopic = subtopics[view.getUint16(start + 2)];
    const flags = view.getUint8(start + 4);
    const qos = flags & RECORD_QOS_MASK;
    this.at = start + 9;
    const contentKind = CONTENT_KINDS[flags >> RECORD_KIND_SHIFT & RECORD_KIND_MASK];
    const contentType = contentKind === "opaque" ? this.#contentType() : "";
    const properties = (flags & RECORD_PROPERTIES) === 0 ? undefined : this.#properties();
    const packetId = (flags & RECORD_PACKET_ID) === 0 ? undefined : this.#u16();
    const payloadStart = this.at + 4;
    const payloadEnd = payloadStart + view.getUint32(this.at);
    this.at = payloadEnd;
    if (
      origin === undefined || subtopic === undefined || contentType === undefined ||
      contentKind === undefined || qos > 2 || (flags & flagsUnknown) !== 0 ||
      payloadEnd > tablesAt
    ) {
      throw new RangeError(`record ${index} points outside it, or holds what is not known`);
    }
    return {
      origin,
      index,
      subtopic,
      receivedUs: baseUs + view.getUint32(start + 5),
      qos: qos as 0 | 1 | 2,
      retain: (flags & RECORD_RETAIN) !== 0,
      contentKind,
      contentType,
      ...(properties === undefined ? {} : { properties }),
      ...(packetId === undefined ? {} : { packetId }),
      payload: bytes.subarray(payloadStart, payloadEnd),
    };
  }

  #contentType(): string | undefined {
    return this.#batch.contentTypes[this.#u16()];
  }

  #u16(): number {
    this.at += 2;
    return this.#batch.view.getUint16(this.at - 2);
  }

  #properties(): Uint8Array {
    const length = this.#u16();
    this.at += length;
    return this.#batch.bytes.subarray(this.at - length, this.at);
  }
}

interface Tables {
  readonly origins: readonly MessageOrigin[];
  readonly subtopics: readonly string[];
  readonly contentTypes: readonly string[];
}

function decodeTables(
  bytes: Uint8Array,
  view: DataView,
  { tablesAt, version }: { readonly tablesAt: number; readonly version: number },
): Tables {
  let at = tablesAt;
  const text = (length: number): string => {
    if (at + length > bytes.length) throw new RangeError("its tables end early");
    const decoded = decoder.decode(bytes.subarray(at, at + length));
    at += length;
    return decoded;
  };
  const tableOf = <T>(entry: () => T): readonly T[] => {
    const length = view.getUint16(at);
    at += 2;
    return Array.from({ length }, entry);
  };
  const origins = tableOf(() => {
    const protocol = PROTOCOLS[view.getUint8(at + 32)];
    if (protocol === undefined) throw new RangeError("it holds a protocol that is not known");
    const addressBytes = view.getUint8(at + 33);
    const publisher = readUuid(bytes, at);
    const correlationId = readUuid(bytes, at + 16);
    at += ORIGIN_HEAD_BYTES;
    return { publisher, correlationId, protocol, remoteAddress: text(addressBytes) };
  });
  const subtopics = tableOf(() => {
    at += 2;
    const subtopic = text(view.getUint16(at - 2));
    const lacksSlash = version < FORMAT_VERSION_EMPTY_LEVELS && hasOnlyEmptyLevels(subtopic);
    return lacksSlash ? `${subtopic}/` : subtopic;
  });
  const contentTypes = tableOf(() => {
    at += 1;
    return text(view.getUint8(at - 1));
  });
  if (at !== bytes.length) throw new RangeError("it goes on after its tables");
  return { origins, subtopics, contentTypes };
}
