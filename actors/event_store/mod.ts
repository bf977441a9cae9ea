/**
 * The event log: the source of truth, of which everything else is a view.
 *
 * Main path: an actor appends its events with the revision it expects; readers follow the global
 * log or read one stream. `event_store.ts` is the port; `sqlite/` is the embedded adapter,
 * `eventstoredb/` the one for a cluster.
 *
 * Old shapes of events end here: upcasting happens inside the read. Nothing outside an adapter may
 * know which engine holds the log.
 */
export * from "./event_store.ts";
export { canonicalJson, eventHash, expectedHash, FIRST_HASH } from "./canonical.ts";
export { type EventStoreMeasures, newEventStoreMeasures } from "./measures.ts";
export { type Upcaster, type Upcasting, upcastingWith } from "./upcasting.ts";
export { CHAIN_START, type ChainBreak, type ChainCursor, verifyStream } from "./verify.ts";
export { scavengeRegularly } from "./scavenging.ts";
export type { ListedLog, LogCopy, StoredLog, StreamEnding } from "./stored_log.ts";
export * from "./eventstoredb/mod.ts";
export * from "./sqlite/mod.ts";
