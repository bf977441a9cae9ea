import type { EventReader, RecordedEvent, StreamLimits } from "./event_store.ts";

/*
 * The port by which a log is copied into another engine: what the log's own port hides, because no
 * platform may see or set it. Events keep their ids, revisions and hashes, so that chains still verify.
 * Only one process may have the logs open, and no platform runs on either.
 */

/** Where a stream ends, and what of it is hidden. */
export interface StreamEnding {
  /** Of the last event, shown or hidden; -1 if there never was one. */
  readonly revision: number;
  /** Of the last event. */
  readonly hash: Uint8Array;
  readonly limits: StreamLimits;
  /** Revision of the first event that a read shows after a soft delete; 0 if there was none. */
  readonly deletedBefore: number;
}

/** A log as it is stored: hidden events too, and no event upcast. */
export interface StoredLog {
  readonly events: EventReader;
  ending(stream: string): Promise<StreamEnding>;
  /** At which position this log holds the very event that another one holds; undefined if it does not. */
  placeOf(event: RecordedEvent): Promise<number | undefined>;
  close(): Promise<void>;
}

/** A log that can say which streams it has. */
export interface ListedLog extends StoredLog {
  /** In ascending order, those behind `after`; also streams that have nothing but limits. */
  streams(page: { readonly after: string; readonly limit: number }): readonly string[];
}

/** A log that is written as a copy of another one. */
export interface LogCopy extends StoredLog {
  /** True if events get the positions that they had; otherwise the engine numbers them anew. */
  readonly keepsPositions: boolean;
  /**
   * Events of the origin, in the order of its log, each once. Durable when it resolves. Throws
   * InvariantViolation if an event does not chain to the one before it, or comes to another place in
   * its stream. The first event of a stream that has let its oldest go begins its chain here, on trust.
   */
  add(events: readonly RecordedEvent[]): Promise<void>;
  /** Once all events are there: sets what `ending` says beside revision and hash. */
  settle(stream: string, ending: StreamEnding): Promise<void>;
}

/** What is wrong with `event` as the next of a stream that ends at `head`; `hash` is what it should be. */
export function misplaced(
  event: RecordedEvent,
  { revision, hash }: { readonly revision: number; readonly hash: Uint8Array },
): string | undefined {
  const begins = revision < 0;
  if (!begins && event.revision !== revision + 1) {
    return `revision ${
      revision + 1
    } of its stream is missing; if the origin has let it go since a part was copied, begin again with an empty target`;
  }
  if (begins && event.revision > 0) return undefined;
  const same = hash.every((byte, index) => byte === event.hash[index]);
  return same ? undefined : "it does not chain to the event before it";
}
