/**
 * What a device's connections went through: the events of the `session-<thingId>` stream.
 *
 * Main path: an edge records a fact through the `SessionJournal`; the presence projection and the
 * history of the thing read them. These are facts reported by an edge, not decisions of an actor,
 * so they have no decider, and they are appended without an expected revision.
 *
 * The stream is bounded by `$maxCount`, so that a flapping device cannot bloat it.
 */
export { AppendingJournal, FACTS_PER_THING_MAX, sessionStream } from "./appending_journal.ts";
export type { SessionEvent, SessionEventType, SubscriptionOptions, TlsTerms } from "./events.ts";
export type { SessionJournal, SessionOrigin } from "./journal.ts";
