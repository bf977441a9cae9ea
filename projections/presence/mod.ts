/**
 * Which things are connected, and were, and what their connections went through.
 *
 * Main path: a session begins and ends with events of `session-<thingId>`; each is one row, and the
 * rows that hold at an instant say who was connected then. So are its subscriptions; refusals are
 * counted. `findings.ts` says what of it an operator would look for.
 *
 * Nothing here grows with what a device does: the newest of everything is kept.
 */
export type { Finding } from "./findings.ts";
export { presenceProjection, type PresenceWrite } from "./presence_projection.ts";
export {
  type OpenSession,
  type Presence,
  type PresenceQueries,
  presenceQueries,
} from "./presence_queries.ts";
export { PresenceStore } from "./presence_store.ts";
export type {
  RefusalRecord,
  SessionQueries,
  SessionRecord,
  SubscriptionRecord,
} from "./session_queries.ts";
