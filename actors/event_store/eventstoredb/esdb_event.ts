import { binaryEvent, type EventData, jsonEvent } from "@eventstore/db-client";
import { Buffer } from "node:buffer";
import { InvariantViolation } from "../../errors.ts";
import { readUuid } from "../../platform/mod.ts";
import { eventHash } from "../canonical.ts";
import type { EventMetadata, JsonObject, NewEvent, RecordedEvent } from "../event_store.ts";
import type { StreamHead } from "../stream_head.ts";
import type { Upcasting } from "../upcasting.ts";
import type { WrittenEvent } from "../written_event.ts";

/** What EventStoreDB's metadata of an event holds beside ours. */
interface Mark {
  readonly id: string;
  /** Hexadecimal. */
  readonly hash: string;
}

/** An event as the server holds it, ours or not. */
export interface EsdbEvent {
  readonly stream: string;
  readonly revision: number;
  /** Undefined where the server does not tell it. */
  readonly position: number | undefined;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
}

/** What the client gives for each event of whatever read. */
export interface Resolved {
  readonly event?: {
    readonly streamId: string;
    readonly revision: bigint;
    readonly position?: { readonly commit: bigint };
    readonly type: string;
    readonly data: unknown;
    readonly metadata?: unknown;
  };
}

type StoredMetadata = EventMetadata & { readonly recordedAtMs: number; readonly millrace: Mark };

/** A position that old servers leave out of stream reads arrives as this or more. */
const POSITION_MAX = BigInt(Number.MAX_SAFE_INTEGER);

export function esdbEvent({ event }: Resolved): EsdbEvent {
  if (event === undefined) {
    throw new InvariantViolation("Cannot read an event: EventStoreDB answered a link to nothing");
  }
  const { streamId: stream, revision, type, data, metadata, position } = event;
  const known = position !== undefined && position.commit <= POSITION_MAX;
  return {
    stream,
    revision: Number(revision),
    position: known ? Number(position.commit) : undefined,
    type,
    data,
    metadata,
  };
}

/** The log holds the server's own events too, settings, snapshots, and what other programs wrote. */
export function isOfLog(event: EsdbEvent): boolean {
  return markOf(event) !== undefined;
}

function markOf({ metadata }: EsdbEvent): Mark | undefined {
  if (typeof metadata !== "object" || metadata === null) return undefined;
  return (metadata as Partial<StoredMetadata>).millrace;
}

export function recordedEvent(
  event: EsdbEvent,
  { upcasting, stored }: { readonly upcasting: Upcasting; readonly stored: boolean },
): RecordedEvent {
  const { stream, revision, type } = event;
  const mark = markOf(event);
  if (mark === undefined) {
    throw new InvariantViolation(
      `Cannot read event ${revision} of '${stream}': another program wrote it, only Millrace may`,
    );
  }
  const { millrace: _, ...metadata } = event.metadata as StoredMetadata;
  const { id, hash } = mark;
  const place = { position: positionIn(event), stream, revision, id, type };
  const common = { ...place, hash: new Uint8Array(Buffer.from(hash, "hex")) };
  if (event.data instanceof Uint8Array) return { ...common, data: event.data, metadata };
  const data = event.data as JsonObject;
  if (stored) return { ...common, data, metadata };
  const newest = upcasting(type, { data, schemaVersion: metadata.schemaVersion });
  return {
    ...common,
    data: newest.data,
    metadata: { ...metadata, schemaVersion: newest.schemaVersion },
  };
}

export function positionIn({ position, stream, revision }: EsdbEvent): number {
  if (position !== undefined) return position;
  throw new InvariantViolation(
    `Cannot place event ${revision} of '${stream}': this EventStoreDB tells no positions in stream reads, run 22.6 or later`,
  );
}

/** The end of a stream whose last event this is. */
export function headAt(event: EsdbEvent): StreamHead & { readonly recordedAtMs: number } {
  const { hash, metadata } = recordedEvent(event, {
    upcasting: (_, data) => data,
    stored: true,
  });
  return {
    revision: event.revision,
    hash,
    deletedBefore: 0,
    recordedAtMs: metadata.recordedAtMs,
  };
}

/**
 * Chains events to the end of their stream. Their ids in EventStoreDB are made from their hashes: so
 * the server takes a repeat for one only if it is the same to the byte, and an event that two writers
 * took from one delivery is stored once, with a hash that the loser learns by being refused.
 */
export function chained(
  head: StreamHead,
  { written, events }: {
    readonly written: readonly WrittenEvent[];
    readonly events: readonly NewEvent[];
  },
): { readonly proposed: EventData[]; readonly hash: Uint8Array } {
  let hash = head.hash;
  const proposed = written.map((event, index): EventData => {
    hash = eventHash(hash, event);
    const mark: Mark = { id: event.id, hash: Buffer.from(hash).toString("hex") };
    const metadata = { ...JSON.parse(event.metadataText) as EventMetadata, millrace: mark };
    const common = { id: idFrom(hash), type: event.type, metadata };
    const { data } = events[index]!;
    return data instanceof Uint8Array
      ? binaryEvent({ ...common, data })
      : jsonEvent({ ...common, data });
  });
  return { proposed, hash };
}

/** RFC 9562, section 5.8: a UUID of version 8 holds what its maker puts there. */
function idFrom(hash: Uint8Array): string {
  // A copy, also of a Buffer, whose slices share its memory.
  const bytes = Uint8Array.from(hash.subarray(0, 16));
  bytes[6] = bytes[6]! & 0x0f | 0x80;
  bytes[8] = bytes[8]! & 0x3f | 0x80;
  return readUuid(bytes, 0);
}
