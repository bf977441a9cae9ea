import {
  ENTITY_EVENT_TYPES,
  ENTITY_STREAM_PREFIXES,
  type EntityChange,
  entityChange,
  type EntityKind,
  entityOf,
} from "../entity/mod.ts";
import type { Projection } from "../runner/mod.ts";

/** One step in the description of an entity, and when it came. */
export interface DirectoryWrite {
  readonly kind: EntityKind;
  readonly domainId: string;
  readonly id: string;
  readonly change: EntityChange;
  readonly position: number;
  readonly atMs: number;
  /** Who did it. */
  readonly by: string;
}

export const directoryProjection: Projection<DirectoryWrite> = {
  name: "directory",
  version: 1,
  streamPrefixes: ENTITY_STREAM_PREFIXES,
  handles: ENTITY_EVENT_TYPES,
  project(event) {
    const { kind, id } = entityOf(event.stream);
    return [{
      kind,
      domainId: event.metadata.domainId,
      id,
      change: entityChange(event),
      position: event.position,
      atMs: event.metadata.recordedAtMs,
      by: event.metadata.principal.id,
    }];
  },
};
