import type { EventStore, NewEvent } from "../event_store/mod.ts";
import type { DurableSessionEvent, KeptSession } from "./events.ts";
import { durableSessionStream } from "./load.ts";

/** A session as it was read, and the part of the platform that writes what became of it. */
interface Read {
  readonly session: KeptSession;
  readonly revision: number;
  readonly by: string;
}

interface Ground {
  readonly store: EventStore;
  readonly newId: () => string;
}

/**
 * Discards a session that nobody will come back to, and hides its events: who comes all the same finds
 * no session, in a stream that goes on counting. `revision` is what was read; throws
 * ConcurrencyConflict if the stream has gone on since. A stop in between leaves the events to be seen,
 * and they say that there is no session.
 */
export async function discardDurableSession(
  ground: Ground,
  { reason, ...read }: Read & { readonly reason: string },
): Promise<void> {
  const { domainId } = read.session;
  const revision = await append(ground, read, {
    type: "DurableSessionDiscarded",
    data: { domainId, reason },
  });
  const stream = durableSessionStream(read.session);
  await ground.store.softDelete(stream, { expectedRevision: { exact: revision } });
}

/**
 * Says that the session's connection is gone without a farewell, so that its time runs. Throws
 * ConcurrencyConflict if the stream has gone on since it was read.
 */
export async function loseDurableSession(
  ground: Ground,
  { atMs, ...read }: Read & { readonly atMs: number },
): Promise<void> {
  const { domainId } = read.session;
  await append(ground, read, { type: "DurableSessionLost", data: { domainId, atMs } });
}

async function append(
  { store, newId }: Ground,
  { session, revision, by }: Read,
  { type, data }: Exclude<
    DurableSessionEvent,
    { type: "DurableSessionKept" | "DurableSessionProgressed" }
  >,
): Promise<number> {
  const { domainId, connectionId } = session;
  const event: NewEvent = {
    id: newId(),
    type,
    data,
    metadata: {
      schemaVersion: 1,
      domainId,
      principal: { kind: "system", id: by },
      edge: "system",
      remoteAddress: "local",
      causationId: connectionId,
      correlationId: connectionId,
    },
  };
  const appended = await store.append(durableSessionStream(session), [event], {
    expectedRevision: { exact: revision },
  });
  return appended.revision;
}
