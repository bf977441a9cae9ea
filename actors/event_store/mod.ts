/**
 * The event log: the source of truth, of which everything else is a view.
 *
 * Main path: an actor appends its events with the revision it expects; readers follow the global
 * log or read one stream. `event_store.ts` is the port; `sqlite/` is the embedded adapter.
 *
 * Old shapes of events end here: upcasting happens inside the read. Nothing outside an adapter may
 * know which engine holds the log.
 */
export * from "./event_store.ts";
