import type { JsonObject } from "../event_store/mod.ts";
import type { Rejection } from "../errors.ts";

/** An event as deciders see it; the runtime adds id and metadata. */
export interface DomainEvent {
  readonly type: string;
  readonly data: JsonObject;
}

/**
 * The rules of one kind of actor: synchronous, total and pure. Time, ids and authority arrive in the
 * command. No events means that the command changes nothing, which is a success.
 */
export interface Decider<C, E extends DomainEvent, S> {
  readonly initialState: S;
  decide(command: C, state: S): readonly E[] | Rejection;
  evolve(state: S, event: E): S;
}

/** What the runtime must know of a kind of actor beside its rules. */
export interface ActorKind<C, E extends DomainEvent, S> {
  /** The stream of an actor is `<category>-<id>`. Never rename. */
  readonly category: string;
  readonly decider: Decider<C, E, S>;
  /** Version of the shape of each event type it writes; 1 where absent. */
  readonly schemaVersions: Readonly<Partial<Record<E["type"], number>>>;
  /** Raise it when the shape of the state changes: older snapshots are then ignored. */
  readonly snapshotVersion: number;
  /** The domain that the actor's events belong to; asked once the first event has evolved. */
  domainOf(state: S): string;
}
