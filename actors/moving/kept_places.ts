import {
  DURABLE_PREFIX,
  loadDurableStream,
  movedSession,
  type PlacesElsewhere,
} from "../durable_session/mod.ts";
import type {
  EventStore,
  JsonObject,
  ListedLog,
  NewEvent,
  RecordedEvent,
} from "../event_store/mod.ts";
import { derivedId } from "../platform/mod.ts";
import { loadSharedStream, movedSubscription, SHARED_PREFIX } from "../shared_subscription/mod.ts";

/*
 * Sessions and shared subscriptions keep places in the log, and an engine that numbers anew has them
 * elsewhere. Their events stay as they are; behind them comes the same state in the new numbers, and
 * whoever loads a state reads no further back than the newest.
 */

/** Streams of one look at the list. */
const STREAMS_PER_PAGE = 256;
const PRINCIPAL = { kind: "system", id: "move" } as const;

interface KeptPlaces {
  readonly stream: string;
  /** Of the stream's last event. */
  readonly revision: number;
  readonly domainId: string;
  /** What says the same of it in the other log. */
  moved(places: PlacesElsewhere): readonly { readonly type: string; readonly data: object }[];
}

/** Every position that a state of the log holds and that somebody may still go by. */
export async function positionsKept(from: ListedLog): Promise<ReadonlySet<number>> {
  const positions = new Set<number>();
  const asked = (position: number) => {
    positions.add(position);
    return position;
  };
  for await (const kept of keptPlaces(from)) kept.moved({ at: asked, through: asked });
  return positions;
}

/**
 * Appends to each such stream of the copy where it stands there; answers how many there are. May be
 * repeated: what is there already is found.
 */
export async function tellPlaces(
  { from, store, places }: {
    readonly from: ListedLog;
    /** The copy, opened as a platform opens it. */
    readonly store: EventStore;
    readonly places: PlacesElsewhere;
  },
): Promise<number> {
  let count = 0;
  for await (const kept of keptPlaces(from)) {
    const { stream, revision } = kept;
    const events = kept.moved(places).map((event, index) => told(event, { kept, index }));
    await store.append(stream, events, { expectedRevision: { exact: revision } });
    count++;
  }
  return count;
}

/** True for what a move has added. */
export function isTold({ metadata: { principal } }: RecordedEvent): boolean {
  return principal.kind === PRINCIPAL.kind && principal.id === PRINCIPAL.id;
}

function told(
  { type, data }: { readonly type: string; readonly data: object },
  { kept: { stream, revision, domainId }, index }: {
    readonly kept: KeptPlaces;
    readonly index: number;
  },
): NewEvent {
  const causationId = derivedId(`move\n${stream}\n${revision}`);
  return {
    id: derivedId(`move\n${stream}\n${revision}\n${index}`),
    type,
    // What was read from the log is plain values all the way down.
    data: data as JsonObject,
    metadata: {
      schemaVersion: 1,
      domainId,
      principal: PRINCIPAL,
      edge: "system",
      remoteAddress: "local",
      causationId,
      correlationId: causationId,
    },
  };
}

async function* keptPlaces(from: ListedLog): AsyncIterable<KeptPlaces> {
  for (const stream of streamsOf(from, DURABLE_PREFIX)) {
    const { session, revision, released } = await loadDurableStream(from.events, stream);
    if (session === undefined) continue;
    const { domainId } = session;
    const moved = (places: PlacesElsewhere) => [{
      type: "DurableSessionKept",
      data: movedSession({ session, released }, places),
    }];
    yield { stream, revision, domainId, moved };
  }
  for (const stream of streamsOf(from, SHARED_PREFIX)) {
    const loaded = await loadSharedStream(from.events, stream);
    if (loaded.kept === undefined) continue;
    const { kept: { domainId }, revision } = loaded;
    yield { stream, revision, domainId, moved: (places) => movedSubscription(loaded, places) };
  }
}

function* streamsOf(from: ListedLog, prefix: string): Iterable<string> {
  for (let after = prefix;;) {
    const names = from.streams({ after, limit: STREAMS_PER_PAGE });
    for (const name of names) {
      if (!name.startsWith(prefix)) return;
      yield name;
    }
    if (names.length < STREAMS_PER_PAGE) return;
    after = names.at(-1)!;
  }
}
