/**
 * The event log in EventStoreDB or KurrentDB, through the official client; docs/eventstoredb.md.
 *
 * Main path: `EsdbWriter` lets appends go in rounds, each chained to the end of its stream that `Heads`
 * knows; `EsdbConnection` repeats what was not answered; `EsdbReader` reads pages and follows the log.
 *
 * Only this folder knows the client and its errors. Only one process may write, as with a file: the
 * instants of two could cross. Never tombstone a stream, never write one without the hash.
 */
export type { EventStoreDbOptions } from "./eventstoredb_event_store.ts";
export { openEventStoreDb, openEventStoreDbCopy, openEventStoreDbReader } from "./opening.ts";
