/**
 * Everything that is read: views of the log that can be thrown away and rebuilt.
 *
 * Main path: the runner follows the log, hands each event to the projections, and writes what they
 * answer together with its checkpoint; queries read those tables.
 *
 * Nothing here decides anything, and nothing here writes an event.
 */
export * from "./access/mod.ts";
export * from "./channel_log/mod.ts";
export * from "./directory/mod.ts";
export * from "./durable_sessions/mod.ts";
export * from "./entity/mod.ts";
export * from "./history/mod.ts";
export * from "./live/mod.ts";
export * from "./measurements/mod.ts";
export * from "./presence/mod.ts";
export * from "./retained/mod.ts";
export * from "./runner/mod.ts";
export * from "./worker/mod.ts";
