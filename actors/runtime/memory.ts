import { InvariantViolation } from "../errors.ts";
import type { EventStore, JsonObject, RecordedEvent } from "../event_store/mod.ts";
import type { ActorKind, DomainEvent } from "./decider.ts";
import { ACTIVATION_PAGE_EVENTS, HANDLED_COMMANDS_MAX } from "./limits.ts";

/** Where the events of one command ended. */
export interface Place {
  /** Revision of the stream's last event; -1 if there is none. */
  readonly revision: number;
  /** Position of that event in the global log; 0 if there is none. */
  readonly position: number;
}

/** What an active actor holds: the state, where it stands, and which commands led there. */
export interface Memory<S> extends Place {
  readonly state: S;
  /** By command id, oldest first. */
  readonly handled: ReadonlyMap<string, Place>;
}

/** Where the past of an actor is read. */
export type ActorPast = Pick<EventStore, "readStream" | "readSnapshot">;

/** Rebuilds an actor from its newest usable snapshot and the events after it. */
export async function activate<C, E extends DomainEvent, S>(
  store: ActorPast,
  options: { readonly kind: ActorKind<C, E, S>; readonly stream: string },
): Promise<Memory<S>> {
  const { kind, stream } = options;
  let memory = await fromSnapshot(store, options);
  for (;;) {
    const page = await store.readStream(stream, {
      fromRevision: memory.revision + 1,
      limit: ACTIVATION_PAGE_EVENTS,
    });
    for (const event of page) memory = follow(memory, kind, event);
    if (page.length < ACTIVATION_PAGE_EVENTS) return memory;
  }
}

/** The state as the log has it, whatever this process remembers of the actor. */
export async function stateFromLog<C, E extends DomainEvent, S>(
  store: ActorPast,
  { kind, id }: { readonly kind: ActorKind<C, E, S>; readonly id: string },
): Promise<S> {
  return (await activate(store, { kind, stream: streamOf(kind, id) })).state;
}

export function streamOf(kind: { readonly category: string }, id: string): string {
  return `${kind.category}-${id}`;
}

async function fromSnapshot<C, E extends DomainEvent, S>(
  store: ActorPast,
  options: { readonly kind: ActorKind<C, E, S>; readonly stream: string },
): Promise<Memory<S>> {
  const { kind, stream } = options;
  const snapshot = await store.readSnapshot(stream);
  if (snapshot === undefined || snapshot.version !== kind.snapshotVersion) {
    return { state: kind.decider.initialState, revision: -1, position: 0, handled: new Map() };
  }
  // Written by `toSnapshotState` under this very snapshot version, and read as plain JSON.
  const kept = snapshot.state as unknown as KeptMemory<S>;
  return {
    state: kept.state,
    revision: snapshot.revision,
    position: kept.position,
    handled: new Map(kept.handled.map(([id, place]) => [id, place])),
  };
}

interface KeptMemory<S> {
  readonly state: S;
  readonly position: number;
  readonly handled: readonly (readonly [string, Place])[];
}

export function toSnapshotState<S>(memory: Memory<S>): JsonObject {
  const kept: KeptMemory<S> = {
    state: memory.state,
    position: memory.position,
    handled: [...memory.handled],
  };
  // A state holds plain values only, which no type says: interfaces have no index signature.
  return kept as unknown as JsonObject;
}

function follow<C, E extends DomainEvent, S>(
  memory: Memory<S>,
  kind: ActorKind<C, E, S>,
  event: RecordedEvent,
): Memory<S> {
  if (event.revision !== memory.revision + 1) {
    throw new InvariantViolation(
      `Cannot activate '${event.stream}': after revision ${memory.revision} comes ${event.revision}`,
    );
  }
  const place = { revision: event.revision, position: event.position };
  const { type, data } = event;
  return {
    ...place,
    state: kind.decider.evolve(memory.state, { type, data } as E),
    handled: remember(memory.handled, event.metadata.causationId, place),
  };
}

/** The newest {@link HANDLED_COMMANDS_MAX} command ids, this one included. */
export function remember(
  handled: ReadonlyMap<string, Place>,
  commandId: string,
  place: Place,
): ReadonlyMap<string, Place> {
  const next = new Map(handled);
  next.delete(commandId);
  next.set(commandId, place);
  if (next.size > HANDLED_COMMANDS_MAX) next.delete(next.keys().next().value!);
  return next;
}
