import canonicalize from "canonicalize";
import { createHash } from "node:crypto";
import { InvariantViolation } from "../errors.ts";
import { writeUuid } from "../platform/mod.ts";
import type { JsonObject, RecordedEvent } from "./event_store.ts";

/** The hash before a stream's first event. */
export const FIRST_HASH: Uint8Array = new Uint8Array(32);

const encoder = new TextEncoder();
const ID_BYTES = 16;
const LENGTH_BYTES = 4;

/** RFC 8785: one text for one value, whoever writes it. */
export function canonicalJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvariantViolation(`Cannot write canonical JSON: ${reason}`, { cause });
  }
  if (text === undefined) {
    throw new InvariantViolation("Cannot write canonical JSON: the value has no JSON form");
  }
  return text;
}

/** The bytes of an event that its hash covers; docs/event-format.md, section "Hash chain". */
export interface HashedEvent {
  readonly id: string;
  readonly type: string;
  /** RFC 8785 JSON in UTF-8, or the bytes of a message batch. */
  readonly dataBytes: Uint8Array;
  /** RFC 8785 JSON, `recordedAtMs` included. */
  readonly metadataText: string;
}

/** SHA-256 of the previous hash, the id, and the length-prefixed type, data and metadata. */
export function eventHash(previousHash: Uint8Array, event: HashedEvent): Uint8Array {
  const type = encoder.encode(event.type);
  const metadata = encoder.encode(event.metadataText);
  const head = new Uint8Array(ID_BYTES + LENGTH_BYTES);
  writeUuid(head, 0, event.id);
  new DataView(head.buffer).setUint32(ID_BYTES, type.length);
  return createHash("sha256")
    .update(previousHash)
    .update(head)
    .update(type)
    .update(lengthPrefix(event.dataBytes.length))
    .update(event.dataBytes)
    .update(lengthPrefix(metadata.length))
    .update(metadata)
    .digest();
}

function lengthPrefix(length: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}

/** The hash that an event should have, given the one before it; for events read as `stored`. */
export function expectedHash(previousHash: Uint8Array, event: RecordedEvent): Uint8Array {
  return eventHash(previousHash, {
    id: event.id,
    type: event.type,
    dataBytes: dataBytesOf(event.data),
    metadataText: canonicalJson(event.metadata),
  });
}

export function dataBytesOf(data: JsonObject | Uint8Array): Uint8Array {
  return data instanceof Uint8Array ? data : encoder.encode(canonicalJson(data));
}
