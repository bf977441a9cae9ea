import type { EventReader, EventStore } from "../event_store.ts";
import type { LogCopy } from "../stored_log.ts";
import type { ConnectionOptions } from "./connection.ts";
import type { EventStoreDbOptions } from "./eventstoredb_event_store.ts";

/*
 * Loaded only when asked for: the client costs every thread 60 ms and 20 MB, and most platforms keep
 * their log in a file.
 */

/** The log in an EventStoreDB or KurrentDB; throws EngineUnreachable if it stays away. */
export async function openEventStoreDb(options: EventStoreDbOptions): Promise<EventStore> {
  const { openStore } = await import("./eventstoredb_event_store.ts");
  return await openStore(options);
}

/** The reading half alone, for another thread. */
export async function openEventStoreDbReader(
  options: EventStoreDbOptions,
): Promise<EventReader & { close(): void }> {
  const { openReader } = await import("./eventstoredb_event_store.ts");
  return openReader(options);
}

/** The log as it is stored, or a copy of another one that is written there. */
export async function openEventStoreDbCopy(options: ConnectionOptions): Promise<LogCopy> {
  const { openCopy } = await import("./eventstoredb_event_store.ts");
  return await openCopy(options);
}
