/**
 * Sessions that outlive their connection, by thing: whose they are, whether their client is there,
 * when they end and how far back they reach.
 *
 * Main path: the projection follows the full states in `durable-<id>`; each is the one row of its
 * session, which goes when the session is discarded. `durableSessionQueries` counts those of a thing
 * and finds those whose time may be over.
 *
 * Nothing here ends a session: a row is as old as what was followed, and the stream decides.
 */
export {
  durableSessionsProjection,
  type DurableSessionWrite,
} from "./durable_sessions_projection.ts";
export {
  type DurableSessionQueries,
  durableSessionQueries,
  type DurableSessionRecord,
} from "./durable_session_queries.ts";
export { DurableSessionStore } from "./durable_session_store.ts";
