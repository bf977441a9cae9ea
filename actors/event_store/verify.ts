import { expectedHash, FIRST_HASH } from "./canonical.ts";
import type { RecordedEvent } from "./event_store.ts";

/** What is wrong with a stream, at the first place where it is. */
export interface ChainBreak {
  readonly stream: string;
  readonly revision: number;
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
 * or the cursor for the next page. A start behind revision 0 (older events were scavenged) is taken
 * on trust from the first event's neighbour: give the cursor that was kept.
 */
export function verifyStream(
  events: readonly RecordedEvent[],
  from: ChainCursor = CHAIN_START,
): ChainCursor | ChainBreak {
  let { revision, hash } = from;
  for (const event of events) {
    const broken = (what: ChainBreak["what"]): ChainBreak => ({
      stream: event.stream,
      revision: event.revision,
      eventId: event.id,
      what,
    });
    if (event.revision > revision + 1) return broken("removed");
    if (event.revision <= revision) {
      return broken(event.revision === revision ? "inserted" : "reordered");
    }
    if (!sameBytes(expectedHash(hash, event), event.hash)) return broken("altered");
    revision = event.revision;
    hash = event.hash;
  }
  return { revision, hash };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
