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
  /** Revisions of its stream that the server never held; absent where there are none. */
  readonly prior?: number;
}

/** An event as the server holds it, ours or not. */
export interface EsdbEvent {
  readonly stream: string;
  /** As the log counts. */
  readonly revision: number;
  /** By how much the server counts less: its streams begin at 0, those of a moved log may not. */
  readonly prior: number;
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

/** The end of a stream, as its next event needs it. */
export interface Head extends StreamHead {
  readonly recordedAtMs: number;
  /** By how much the server counts its revisions less than the log. */
  readonly prior: number;
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
  const prior = markOf({ metadata })?.prior ?? 0;
  return {
    stream,
    revision: Number(revision) + prior,
    prior,
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

function markOf({ metadata }: Pick<Resolved["event"] & object, "metadata">): Mark | undefined {
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
export function headAt(event: EsdbEvent): Head {
  const { hash, metadata } = recordedEvent(event, {
    upcasting: (_, data) => data,
    stored: true,
  });
  return {
    revision: event.revision,
    hash,
    deletedBefore: 0,
    recordedAtMs: metadata.recordedAtMs,
    prior: event.prior,
  };
}

/**
 * Chains events to the end of their stream. Their ids in EventStoreDB are made from their hashes: so
 * the server takes a repeat for one only if it is the same to the byte, and an event that two writers
 * took from one delivery is stored once, with a hash that the loser learns by being refused.
 */
export function chained(
  head: Head,
  { written, events }: {
    readonly written: readonly WrittenEvent[];
    readonly events: readonly NewEvent[];
  },
): { readonly proposed: EventData[]; readonly hash: Uint8Array } {
  let hash = head.hash;
  const proposed = written.map((event, index): EventData => {
    hash = eventHash(hash, event);
    return proposedEvent(event, { data: events[index]!.data, hash, prior: head.prior });
  });
  return { proposed, hash };
}

/** An event as the server is to hold it. */
export function proposedEvent(
  { id, type, metadataText }: WrittenEvent,
  { data, hash, prior }: {
    readonly data: NewEvent["data"];
    readonly hash: Uint8Array;
    readonly prior: number;
  },
): EventData {
  const hex = Buffer.from(hash).toString("hex");
  const mark: Mark = prior === 0 ? { id, hash: hex } : { id, hash: hex, prior };
  const metadata = { ...JSON.parse(metadataText) as EventMetadata, millrace: mark };
  const common = { id: idFrom(hash), type, metadata };
  return data instanceof Uint8Array
    ? binaryEvent({ ...common, data })
    : jsonEvent({ ...common, data });
}

/** RFC 9562, section 5.8: a UUID of version 8 holds what its maker puts there. */
function idFrom(hash: Uint8Array): string {
  // A copy, also of a Buffer, whose slices share its memory.
  const bytes = Uint8Array.from(hash.subarray(0, 16));
  bytes[6] = bytes[6]! & 0x0f | 0x80;
  bytes[8] = bytes[8]! & 0x3f | 0x80;
  return readUuid(bytes, 0);
}
