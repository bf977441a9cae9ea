/**
 * The newest retained message of each topic ([MQTT-3.3.1-5] and following).
 *
 * Main path: the retained projection keeps them by channel and subtopic; at a SUBSCRIBE the edge
 * asks `RecentRetained`, which lays what is durable but not yet projected over the read model.
 *
 * Only batches whose metadata counts a retained message are opened.
 */
export * from "./retained_messages.ts";
export { RecentRetained, type RecentRetainedGround } from "./recent_retained.ts";
export { storedAsOf } from "./stored_as_of.ts";
export {
  RETAINED_PER_CHANNEL_MAX,
  retainedProjection,
  type RetainedQueries,
  retainedQueries,
  RetainedStore,
  type RetainedWrite,
} from "./retained_store.ts";
