/**
 * The core: things, channels, users and domains as actors, the event log, the mailbox.
 *
 * Main path: an edge sends a command or a message; the actor decides; its events are appended to
 * the event store; everything else follows the log.
 *
 * This folder imports nothing of ours outside itself, and no projection or protocol may reach
 * around this door.
 */
export * from "./errors.ts";
export * from "./context.ts";
export * from "./event_store/mod.ts";
export * from "./message/mod.ts";
export * from "./platform/mod.ts";
export * from "./session/mod.ts";
