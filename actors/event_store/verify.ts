import { expectedHash, FIRST_HASH } from "./canonical.ts";
import type { RecordedEvent } from "./event_store.ts";

/** What is wrong with a stream, at the first place where it is. */
export interface ChainBreak {
  readonly stream: string;
  /** Of the event that is altered, inserted or out of order, or of the first one that is gone. */
  readonly revision: number;
  /** The offending event; where one was removed, the one that follows the gap. */
  readonly eventId: string;
  readonly what: "altered" | "removed" | "reordered" | "inserted";
}

/** How far a stream was checked; carry it from page to page. */
export interface ChainCursor {
  readonly revision: number;
  readonly hash: Uint8Array;
}

export const CHAIN_START: ChainCursor = { revision: -1, hash: FIRST_HASH };

/**
 * Checks events of one stream, read as `stored`, against what comes before them. Answers the break,
 * or the cursor for the next page. A stream whose older events were let go is checked from a cursor
 * that was kept: the revision and hash of its first event, which is then skipped.
 */
export function verifyStream(
  events: readonly RecordedEvent[],
  from: ChainCursor = CHAIN_START,
): ChainCursor | ChainBreak {
  let cursor = from;
  for (const [index, event] of events.entries()) {
    if (!follows(cursor, event)) return breakAt(events.slice(index), cursor);
    cursor = { revision: event.revision, hash: event.hash };
  }
  return cursor;
}

function follows(cursor: ChainCursor, event: RecordedEvent): boolean {
  return event.revision === cursor.revision + 1 && chains(cursor, event);
}

function chains(cursor: ChainCursor, event: RecordedEvent): boolean {
  return sameBytes(expectedHash(cursor.hash, event), event.hash);
}

/** Names the break at the first of `rest` by what comes after it in the same page. */
function breakAt(rest: readonly RecordedEvent[], cursor: ChainCursor): ChainBreak {
  const [event, ...later] = rest as [RecordedEvent, ...RecordedEvent[]];
  const next = cursor.revision + 1;
  const broken = (what: ChainBreak["what"], revision = event.revision): ChainBreak => ({
    stream: event.stream,
    revision,
    eventId: event.id,
    what,
  });
  if (event.revision < cursor.revision) return broken("reordered");
  if (event.revision === cursor.revision) return broken("inserted");
  if (event.revision > next) {
    return later.some(({ revision }) => revision === next)
      ? broken("reordered")
      : broken("removed", next);
  }
  // The number fits and the hash does not: whoever forged it may have renumbered what follows.
  // What belongs behind a later event was moved; what belongs nowhere here was put in.
  if (later.some((candidate) => chains(candidate, event))) return broken("reordered");
  if (later[0] !== undefined && chains(cursor, later[0])) return broken("inserted");
  if (later.some((candidate) => chains(cursor, candidate))) return broken("reordered");
  return broken("altered");
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
