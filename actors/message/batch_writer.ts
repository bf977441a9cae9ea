import { InvariantViolation } from "../errors.ts";
import { writeUuid } from "../platform/mod.ts";
import {
  BATCH_FLAG_RETAINED,
  CONTENT_KINDS,
  FORMAT_VERSION,
  FORMAT_VERSION_EMPTY_LEVELS,
  FORMAT_VERSION_PROPERTIES,
  HEADER_BYTES,
  KIND_OPAQUE,
  ORIGIN_HEAD_BYTES,
  PROTOCOLS,
  RECORD_HEAD_BYTES,
  RECORD_KIND_SHIFT,
  RECORD_PACKET_ID,
  RECORD_PROPERTIES,
  RECORD_RETAIN,
  REMOTE_ADDRESS_BYTES_MAX,
  TABLE_ENTRIES_MAX,
} from "./format.ts";
import type { ContentKind, MessageOrigin } from "./message.ts";
import { hasOnlyEmptyLevels } from "./subtopic.ts";

const INITIAL_BYTES = 4096;
const encoder = new TextEncoder();

/** What of a message is neither its payload nor in one of the batch's tables. */
export interface RecordHead {
  /** From {@link MessageBatchWriter.origin} of the same writer. */
  readonly originIndex: number;
  /** From {@link MessageBatchWriter.subtopic} of the same writer. */
  readonly subtopicIndex: number;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly contentKind: ContentKind;
  /** Media type, used only where `contentKind` is `opaque`. */
  readonly contentType?: string;
  /** Microseconds since the Unix epoch. */
  readonly receivedUs: number;
  /** At most PROPERTIES_BYTES_MAX bytes. */
  readonly properties?: Uint8Array;
  readonly packetId?: number;
}

interface EncodedOrigin {
  readonly origin: MessageOrigin;
  readonly address: Uint8Array;
}

/** Texts that records name by their place; each stands in it once. */
class TextTable {
  readonly #lengthBytes: 1 | 2;
  readonly #places = new Map<string, number>();
  readonly #texts: Uint8Array[] = [];
  byteLength = 2;

  constructor(lengthBytes: 1 | 2) {
    this.#lengthBytes = lengthBytes;
  }

  get size(): number {
    return this.#texts.length;
  }

  placeOf(text: string): number {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    const bytes = encoder.encode(text).subarray(0, this.#lengthBytes === 1 ? 255 : 65_535);
    this.byteLength += this.#lengthBytes + bytes.length;
    this.#places.set(text, this.#texts.length);
    return this.#texts.push(bytes) - 1;
  }

  /** Writes at `offset`; answers the offset after it. */
  write(target: Uint8Array, offset: number): number {
    const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
    view.setUint16(offset, this.#texts.length);
    let at = offset + 2;
    for (const bytes of this.#texts) {
      if (this.#lengthBytes === 1) view.setUint8(at, bytes.length);
      else view.setUint16(at, bytes.length);
      target.set(bytes, at + this.#lengthBytes);
      at += this.#lengthBytes + bytes.length;
    }
    return at;
  }
}

/**
 * The open batch of one channel. Edges keep the indexes that `origin` and `subtopic` return for as
 * long as they hold the same writer, so that a message costs one copy of its payload.
 */
export class MessageBatchWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = HEADER_BYTES;
  #count = 0;
  #flags = 0;
  #version = FORMAT_VERSION;
  #baseUs = 0;
  readonly #origins: EncodedOrigin[] = [];
  #originBytes = 2;
  readonly #subtopics = new TextTable(2);
  readonly #contentTypes = new TextTable(1);

  get count(): number {
    return this.#count;
  }

  /** Bytes that `finish` would return now, tables included. */
  get byteLength(): number {
    return this.#length + this.#originBytes + this.#subtopics.byteLength +
      this.#contentTypes.byteLength;
  }

  get hasRetained(): boolean {
    return (this.#flags & BATCH_FLAG_RETAINED) !== 0;
  }

  /** True once a table cannot take another entry: close the batch and open the next. */
  get isFull(): boolean {
    return this.#origins.length >= TABLE_ENTRIES_MAX || this.#subtopics.size >= TABLE_ENTRIES_MAX ||
      this.#contentTypes.size >= TABLE_ENTRIES_MAX;
  }

  origin(origin: MessageOrigin): number {
    const address = encoder.encode(origin.remoteAddress).subarray(0, REMOTE_ADDRESS_BYTES_MAX);
    this.#originBytes += ORIGIN_HEAD_BYTES + address.length;
    return this.#origins.push({ origin, address }) - 1;
  }

  subtopic(subtopic: string): number {
    if (hasOnlyEmptyLevels(subtopic)) this.#needs(FORMAT_VERSION_EMPTY_LEVELS);
    return this.#subtopics.placeOf(subtopic);
  }

  /** Copies `source[start, end)` in as the payload of the next message. */
  add(head: RecordHead, source: Uint8Array, start: number, end: number): void {
    const kind = CONTENT_KINDS.indexOf(head.contentKind);
    const payloadBytes = end - start;
    const { properties, packetId } = head;
    const propertiesBytes = properties === undefined ? 0 : 2 + properties.length;
    this.#reserve(RECORD_HEAD_BYTES + 4 + propertiesBytes + payloadBytes);
    if (this.#count === 0) this.#baseUs = head.receivedUs;
    const view = this.#view;
    let at = this.#length;
    view.setUint16(at, head.originIndex);
    view.setUint16(at + 2, head.subtopicIndex);
    view.setUint8(
      at + 4,
      head.qos | (head.retain ? RECORD_RETAIN : 0) | kind << RECORD_KIND_SHIFT |
        (properties === undefined ? 0 : RECORD_PROPERTIES) |
        (packetId === undefined ? 0 : RECORD_PACKET_ID),
    );
    view.setUint32(at + 5, Math.max(0, head.receivedUs - this.#baseUs));
    at += 9;
    if (kind === KIND_OPAQUE) {
      view.setUint16(at, this.#contentTypes.placeOf(head.contentType ?? ""));
      at += 2;
    }
    if (properties !== undefined) {
      this.#needs(FORMAT_VERSION_PROPERTIES);
      view.setUint16(at, properties.length);
      this.#bytes.set(properties, at + 2);
      at += propertiesBytes;
    }
    if (packetId !== undefined) {
      this.#needs(FORMAT_VERSION_PROPERTIES);
      view.setUint16(at, packetId);
      at += 2;
    }
    view.setUint32(at, payloadBytes);
    at += 4;
    // A plain loop beats `set(subarray())` for the few dozen bytes of a reading: no view is made.
    if (payloadBytes <= 64) {
      for (let i = start; i < end; i++) this.#bytes[at++] = source[i]!;
    } else {
      this.#bytes.set(source.subarray(start, end), at);
      at += payloadBytes;
    }
    this.#length = at;
    this.#count++;
    if (head.retain) this.#flags |= BATCH_FLAG_RETAINED;
  }

  /** Writes header and tables and returns the canonical bytes; the writer must not be used again. */
  finish(): Uint8Array {
    if (this.#count === 0) {
      throw new InvariantViolation("Cannot close a message batch: it holds no message");
    }
    const tablesAt = this.#length;
    this.#reserve(this.byteLength - tablesAt);
    const view = this.#view;
    this.#length = this.#writeOrigins();
    this.#length = this.#subtopics.write(this.#bytes, this.#length);
    this.#length = this.#contentTypes.write(this.#bytes, this.#length);
    view.setUint8(0, this.#version);
    view.setUint8(1, this.#flags);
    view.setUint32(2, this.#count);
    view.setUint32(6, tablesAt);
    view.setFloat64(10, this.#baseUs);
    return this.#bytes.subarray(0, this.#length);
  }

  #writeOrigins(): number {
    let at = this.#length;
    this.#view.setUint16(at, this.#origins.length);
    at += 2;
    for (const { origin, address } of this.#origins) {
      writeUuid(this.#bytes, at, origin.publisher);
      writeUuid(this.#bytes, at + 16, origin.correlationId);
      this.#bytes[at + 32] = PROTOCOLS.indexOf(origin.protocol);
      this.#bytes[at + 33] = address.length;
      this.#bytes.set(address, at + ORIGIN_HEAD_BYTES);
      at += ORIGIN_HEAD_BYTES + address.length;
    }
    return at;
  }

  /** The version is the lowest that can tell all that is in the batch. */
  #needs(version: number): void {
    if (version > this.#version) this.#version = version;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
