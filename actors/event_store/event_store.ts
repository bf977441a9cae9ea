import type { EdgeName, Principal } from "../context.ts";
import type { Engine } from "../platform/mod.ts";

/*
 * The port of the event log. It offers what EventStoreDB and SQLite can both promise, and no more;
 * tests/actors/event_store/event_store_contract.ts is its executable form, and every adapter passes
 * that file unchanged.
 *
 * Words: a *revision* is a 0-based place in one stream, a *position* a place in the global log.
 * Positions grow, but not by one: never compute with them, only compare and resume.
 */

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** Most bytes of one event's data and of one append; EventStoreDB refuses more than 1 MiB. */
export const EVENT_BYTES_MAX = 1_000_000;
/** Most events of one append: it becomes one transaction. */
export const EVENTS_PER_APPEND_MAX = 1_000;
/** Most events that one read returns: longer reads are pages. */
export const READ_LIMIT_MAX = 4_096;

/** Who, from where, because of what: no event exists without it. */
export interface EventMetadata {
  /** Version of the shape of `data`; readers see the newest, whatever was stored. */
  readonly schemaVersion: number;
  readonly domainId: string;
  readonly principal: Principal;
  readonly edge: EdgeName;
  /** `ip:port` of the peer; `local` for the system's own parts. */
  readonly remoteAddress: string;
  /** Command, request or packet that caused the event. */
  readonly causationId: string;
  readonly correlationId: string;
  /** Only on `MessagesPublished`: how many messages, and how many of them are to be retained. */
  readonly messageCount?: number;
  readonly retainedCount?: number;
  /**
   * Only on `MessagesPublished`, where the mailbox numbers its frames: the frame, and which of the
   * channel's sections in it (absent: the first). Both grow along a stream of messages.
   */
  readonly mailboxSequence?: number;
  readonly mailboxSection?: number;
}

/** An event on its way into the log. */
export interface NewEvent {
  /** UUID. A second append of the same ids to the same stream changes nothing. */
  readonly id: string;
  readonly type: string;
  /** JSON, or bytes that the log keeps as they are (message batches). */
  readonly data: JsonObject | Uint8Array;
  readonly metadata: EventMetadata;
}

/** An event as the log holds it, in the newest shape of its type. */
export interface RecordedEvent {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject | Uint8Array;
  readonly metadata: EventMetadata & {
    /** Milliseconds since the Unix epoch, set by the log's writer; never falls from one position to the next. */
    readonly recordedAtMs: number;
  };
  /** SHA-256, 32 bytes, over the previous event's hash in this stream and this event as it was stored. */
  readonly hash: Uint8Array;
}

/** `exact` names the revision of the stream's last event. */
export type ExpectedRevision = "no_stream" | "any" | { readonly exact: number };

export interface AppendResult {
  /** Revision of the last event of the append. */
  readonly revision: number;
  /** Position of the last event of the append. */
  readonly position: number;
}

export interface StreamReadOptions {
  readonly direction?: "forwards" | "backwards";
  /** First revision to return; absent means the beginning (forwards) or the end (backwards). */
  readonly fromRevision?: number;
  /** 1..READ_LIMIT_MAX. */
  readonly limit: number;
  /** True returns data and type as they were stored, without upcasting: what the hash covers. */
  readonly stored?: boolean;
}

export interface LogReadOptions {
  /** Exclusive; 0 starts at the beginning. */
  readonly after: number;
  /** 1..READ_LIMIT_MAX. */
  readonly limit: number;
  /** Only streams whose name begins with one of these; absent means all. */
  readonly streamPrefixes?: readonly string[];
}

/** One page of the global log. */
export interface LogPage {
  readonly events: readonly RecordedEvent[];
  /** Resume after this position: everything up to it was seen or did not match. */
  readonly reached: number;
  /** True if nothing more was there at the time of the read. */
  readonly atEnd: boolean;
}

/** What hides the older events of a stream from stream reads; the global log shows them until a scavenge. */
export interface StreamLimits {
  readonly maxCount?: number;
  readonly maxAgeSeconds?: number;
  /** Revision of the first event that stays. */
  readonly truncateBefore?: number;
}

/** A state that saves reading a stream from its start; never the truth. */
export interface Snapshot {
  /** The state after this revision. */
  readonly revision: number;
  /** Version of the state's shape: another one than the reader's own is ignored. */
  readonly version: number;
  readonly state: JsonObject;
}

/** The reading half; projections hold nothing more. */
export interface EventReader {
  /** A stream that does not exist, or was soft-deleted and not written since, reads as empty. */
  readStream(stream: string, options: StreamReadOptions): Promise<readonly RecordedEvent[]>;
  /**
   * Revision of the first event that `readStream` shows; of an emptied stream, that of its next event.
   * Whatever came before it is hidden or gone: 0 if nothing is.
   */
  firstRevision(stream: string): Promise<number>;
  /**
   * The event at a position that was read before; undefined once it is gone. What a limit of its
   * stream hides, it may still show.
   */
  eventAt(position: number): Promise<RecordedEvent | undefined>;
  /** In the order of the log. Never misses or repeats an event, however many are appended meanwhile. */
  readAll(options: LogReadOptions): Promise<LogPage>;
  /** Pages from `after` on, for ever; ends when `signal` aborts. Never yields an empty page. */
  subscribeToAll(
    options: Omit<LogReadOptions, "limit"> & { readonly signal: AbortSignal },
  ): AsyncIterable<LogPage>;
  /** Position of the newest event; 0 if there is none. */
  lastPosition(): Promise<number>;
  /** Resolves once the log has an event after `position`, or when `signal` aborts. */
  grownBeyond(position: number, signal: AbortSignal): Promise<void>;
}

export interface EventStore extends EventReader, Engine {
  /**
   * All events or none, durable when the promise resolves. Throws ConcurrencyConflict if the stream
   * is not where `expectedRevision` says, StorageFull if there is no room, TransientError if the
   * outcome is unknown: then repeat with the same ids and the same expected revision.
   */
  append(
    stream: string,
    events: readonly NewEvent[],
    options: { readonly expectedRevision: ExpectedRevision },
  ): Promise<AppendResult>;
  /** Replaces the limits; an empty object takes them away. */
  setStreamLimits(stream: string, limits: StreamLimits): Promise<void>;
  streamLimits(stream: string): Promise<StreamLimits>;
  /** Hides every event; the next append continues the numbering. */
  softDelete(
    stream: string,
    options: { readonly expectedRevision: ExpectedRevision },
  ): Promise<void>;
  readSnapshot(stream: string): Promise<Snapshot | undefined>;
  /** Keeps the newest; an older revision than the kept one is ignored. */
  saveSnapshot(stream: string, snapshot: Snapshot): Promise<void>;
  /** Frees the space of hidden events up to `through`, which every reader of the log has passed. */
  scavenge(options: { readonly through: number }): Promise<{ readonly eventsRemoved: number }>;
  close(): Promise<void>;
}
