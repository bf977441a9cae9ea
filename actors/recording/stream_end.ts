import type { EventReader, RecordedEvent } from "../event_store/mod.ts";

/** Events read at once when a repeat is looked for; a batch may hold 256 KiB. */
const SEARCH_PAGE_EVENTS = 64;
/** A repeat is looked for no further back: more frames than ever wait unacknowledged in a partition. */
export const SEARCH_EVENTS_MAX = 4_096;

/** Which section of which frame of the partition's line: both grow along a channel's stream. */
export interface LinePlace {
  readonly sequence: number;
  /** Index among the sections that its channel has in the frame. */
  readonly section: number;
}

/** Where a channel's stream of one day ends. */
export interface StreamEnd {
  readonly stream: string;
  /** -1 while the stream is empty. */
  revision: number;
  /** Of the newest event; undefined if no engine numbered it. */
  place: LinePlace | undefined;
}

export async function streamEnd(events: EventReader, stream: string): Promise<StreamEnd> {
  const [newest] = await events.readStream(stream, {
    direction: "backwards",
    limit: 1,
    stored: true,
  });
  return {
    stream,
    revision: newest?.revision ?? -1,
    place: newest === undefined ? undefined : placeOf(newest),
  };
}

/** Whether the stream has reached the place: then it was recorded, or refused, when it was its turn. */
export function hasReached(
  { place: reached }: StreamEnd,
  place: LinePlace | undefined,
): place is LinePlace {
  return reached !== undefined && place !== undefined && order(place, reached) <= 0;
}

/** The event that a section became; undefined if the stream passed over its place. */
export async function recordedAt(
  events: EventReader,
  { stream, place }: { readonly stream: string; readonly place: LinePlace },
): Promise<RecordedEvent | "too far back" | undefined> {
  let fromRevision: number | undefined;
  for (let looked = 0; looked < SEARCH_EVENTS_MAX; looked += SEARCH_PAGE_EVENTS) {
    const page = await events.readStream(stream, {
      direction: "backwards",
      ...(fromRevision === undefined ? {} : { fromRevision }),
      limit: SEARCH_PAGE_EVENTS,
      stored: true,
    });
    for (const event of page) {
      const stands = placeOf(event);
      const ahead = stands === undefined ? 1 : order(stands, place);
      if (ahead === 0) return event;
      if (ahead < 0) return undefined;
    }
    const oldest = page.at(-1);
    if (oldest === undefined || oldest.revision === 0) return undefined;
    fromRevision = oldest.revision - 1;
  }
  return "too far back";
}

function placeOf({ metadata }: RecordedEvent): LinePlace | undefined {
  const { mailboxSequence: sequence, mailboxSection: section = 0 } = metadata;
  return sequence === undefined ? undefined : { sequence, section };
}

function order(a: LinePlace, b: LinePlace): number {
  return a.sequence - b.sequence || a.section - b.section;
}
