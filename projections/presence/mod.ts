/**
 * Which things are connected, and were.
 *
 * Main path: a session begins and ends with events of `session-<thingId>`; each is one row, and the
 * rows that hold at an instant say who was connected then.
 *
 * What a session did in between is history, not presence.
 */
export {
  type OpenSession,
  type Presence,
  presenceProjection,
  type PresenceQueries,
  presenceQueries,
  PresenceStore,
  type PresenceWrite,
} from "./presence.ts";
