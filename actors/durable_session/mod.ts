/**
 * Sessions that outlive their connection: subscriptions, a place in the log, and what is under way.
 *
 * Main path: an edge opens a `SessionWriter` for a session and notes what changes; the writer
 * appends it to `durable-<id>`, one append at a time, and tells when it cannot be lost any more. When
 * the client comes back, `loadDurableSession` reads the newest full state and folds what follows.
 *
 * No message is copied here: what a client missed lies in the streams of its channels. The size of
 * a session does not depend on how much that is.
 */
export { discardDurableSession } from "./discard.ts";
export type * from "./events.ts";
export { type Expiring, isSessionOver, NEVER_EXPIRES, sessionEndsMs } from "./expiry.ts";
export { foldDurableSession } from "./state.ts";
export {
  DURABLE_EVENTS_MAX,
  type DurableSessionKey,
  durableSessionStream,
  loadDurableSession,
  type LoadedSession,
} from "./load.ts";
export { SessionWriter, type SessionWriterGround } from "./session_writer.ts";
