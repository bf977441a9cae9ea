/**
 * What the events of things, channels, users and domains mean for their descriptions.
 *
 * Main path: the access and the directory projection ask `entityChange` about each event, and fold
 * the answers with `changedFields` into what they keep.
 *
 * Pure: one place that knows every lifecycle event, so that two views cannot read one differently.
 */
export {
  changedFields,
  ENTITY_EVENT_TYPES,
  ENTITY_KINDS,
  ENTITY_STREAM_PREFIXES,
  type EntityChange,
  entityChange,
  type EntityKind,
  entityOf,
  NOTED_EVENT_TYPES,
} from "./entity_change.ts";
