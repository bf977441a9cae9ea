/**
 * Sessions that outlive their connection: subscriptions, a place in the log, and what is under way.
 *
 * Main path: an edge opens a `StateWriter` for a session, which appends what changes to `durable-<id>`.
 * When the client comes back, `loadDurableSession` reads the newest full state and folds what follows.
 *
 * No message is copied here: what a client missed lies in the streams of its channels. The size of
 * a session does not depend on how much that is.
 */
export { discardDurableSession, loseDurableSession } from "./discard.ts";
export type * from "./events.ts";
export { type Expiring, isSessionOver, NEVER_EXPIRES, sessionEndsMs } from "./expiry.ts";
export { foldDurableSession } from "./state.ts";
export {
  DURABLE_PREFIX,
  type DurableSessionKey,
  durableSessionStream,
  loadDurableSession,
  loadDurableStream,
  type LoadedSession,
} from "./load.ts";
export { movedPlace, movedSession, movedThrough, type PlacesElsewhere } from "./moved.ts";
