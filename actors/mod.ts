/**
 * The core: things, channels, users and domains as actors, the event log, the mailbox.
 *
 * Main path: an edge sends a command or a message; the actor decides; its events are appended to
 * the event store; everything else follows the log.
 *
 * This folder imports nothing of ours outside itself, and no projection or protocol may reach
 * around this door.
 */
export * from "./error_text.ts";
export * from "./errors.ts";
export * from "./context.ts";
export * from "./channel/mod.ts";
export * from "./claim/mod.ts";
export * from "./domain/mod.ts";
export * from "./durable_session/mod.ts";
export * from "./entity/mod.ts";
export * from "./event_store/mod.ts";
export * from "./kept_state/mod.ts";
export * from "./mailbox/mod.ts";
export * from "./message/mod.ts";
export * from "./moving/mod.ts";
export * from "./nodes/mod.ts";
export * from "./platform/mod.ts";
export * from "./recording/mod.ts";
export * from "./runtime/mod.ts";
export * from "./secrets/mod.ts";
export * from "./session/mod.ts";
export * from "./shared_subscription/mod.ts";
export * from "./thing/mod.ts";
export * from "./tracing/mod.ts";
export * from "./user/mod.ts";
