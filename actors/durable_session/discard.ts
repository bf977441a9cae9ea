import type { EventStore, JsonObject } from "../event_store/mod.ts";
import type { KeptSession } from "./events.ts";
import { durableSessionStream } from "./load.ts";

/**
 * Discards a session that nobody will come back to, and hides its events: who comes all the same finds
 * no session, in a stream that goes on counting. `revision` is what was read; throws
 * ConcurrencyConflict if the stream has gone on since. A stop in between leaves the events to be seen,
 * and they say that there is no session.
 */
export async function discardDurableSession(
  { store, newId }: { readonly store: EventStore; readonly newId: () => string },
  discarded: {
    readonly session: KeptSession;
    readonly revision: number;
    readonly reason: string;
    /** The part of the platform that does it. */
    readonly by: string;
  },
): Promise<void> {
  const { session, reason, by } = discarded;
  const { domainId, connectionId } = session;
  const stream = durableSessionStream(session);
  const data: JsonObject = { domainId, reason };
  const { revision } = await store.append(stream, [{
    id: newId(),
    type: "DurableSessionDiscarded",
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
  }], { expectedRevision: { exact: discarded.revision } });
  await store.softDelete(stream, { expectedRevision: { exact: revision } });
}
