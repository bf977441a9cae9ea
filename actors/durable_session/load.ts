import type { EventReader, RecordedEvent } from "../event_store/mod.ts";
import { readKept } from "../kept_state/mod.ts";
import { derivedId } from "../platform/mod.ts";
import type { DurableSessionEvent, KeptSession, ReleasedId } from "./events.ts";
import { foldDurableSession } from "./state.ts";

/** Begins the name of every stream that holds a session. */
export const DURABLE_PREFIX = "durable-";

/** Whose session it is: a client id belongs to one thing. */
export interface DurableSessionKey {
  readonly thingId: string;
  readonly clientId: string;
}

/** Client ids are any text, so the stream's name is derived from them. */
export function durableSessionStream({ thingId, clientId }: DurableSessionKey): string {
  return `${DURABLE_PREFIX}${derivedId(`${thingId}\n${clientId}`)}`;
}

export interface LoadedSession {
  /** Undefined if there is none, or it was discarded. */
  readonly session: KeptSession | undefined;
  /** Of the stream's newest event; -1 if it has none. */
  readonly revision: number;
  /** What the client released since the newest full state, and where in the log that stands. */
  readonly released: readonly ReleasedId[];
}

/** Reads backwards to the newest full state, and folds what follows it. */
export function loadDurableSession(
  events: EventReader,
  key: DurableSessionKey,
): Promise<LoadedSession> {
  return loadDurableStream(events, durableSessionStream(key));
}

export async function loadDurableStream(
  events: EventReader,
  stream: string,
): Promise<LoadedSession> {
  const kept = await readKept(events, {
    stream,
    isState: (type) => type !== "DurableSessionProgressed" && type !== "DurableSessionLost",
  });
  // The stream holds nothing else.
  const oldestFirst = kept as unknown as (RecordedEvent & DurableSessionEvent)[];
  return {
    session: foldDurableSession(oldestFirst),
    revision: oldestFirst.at(-1)?.revision ?? -1,
    released: oldestFirst.flatMap(releasedIn),
  };
}

function releasedIn(event: RecordedEvent & DurableSessionEvent): readonly ReleasedId[] {
  switch (event.type) {
    case "DurableSessionKept":
      return event.data.released ?? [];
    case "DurableSessionProgressed":
      return event.data.released.map((packetId) => ({ packetId, position: event.position }));
    case "DurableSessionLost":
    case "DurableSessionDiscarded":
      return [];
  }
}
