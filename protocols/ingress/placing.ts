import type { MessageHead, PublishRoute } from "./ingress.ts";
import { hasRoom, type OpenBatch, type Tick } from "./tick.ts";

/** Bytes of a record without payload, and of an origin and a subtopic without their texts, at most. */
const RECORD_BYTES_MAX = 17;
const ENTRY_BYTES_MAX = 36;
/** Of one UTF-16 code unit. */
const UTF8_BYTES_MAX = 3;

/** A route with the places it found in the batch that it last wrote to. */
export interface Route extends PublishRoute {
  tick: Tick | undefined;
  batch: OpenBatch | undefined;
  originIndex: number;
  subtopicIndex: number;
}

/** Finds the batch that takes the next `bytes` of a route, and the route's places in its tables. */
export function placed(route: Route, tick: Tick, bytes: number): Route & { batch: OpenBatch } {
  const current = route.batch;
  const usable = current !== undefined && route.tick === tick && !current.closed;
  if (usable && hasRoom(current, bytes)) {
    return route as Route & { batch: OpenBatch };
  }
  const batch = tick.batchOf(route.channelId, bytes + entryBytes(route));
  const heldBytes = batch.writer.count === 0 ? 0 : batch.writer.byteLength;
  let originIndex = batch.origins.get(route.origin);
  if (originIndex === undefined) {
    originIndex = batch.writer.origin(route.origin);
    batch.origins.set(route.origin, originIndex);
  }
  route.tick = tick;
  route.batch = batch;
  route.originIndex = originIndex;
  route.subtopicIndex = batch.writer.subtopic(route.subtopic);
  tick.byteLength += batch.writer.byteLength - heldBytes;
  return route as Route & { batch: OpenBatch };
}

/** Most bytes of a record beside its payload, with the entry of its content type. */
export function recordBytes(
  { contentType, properties }: Pick<MessageHead, "contentType" | "properties">,
): number {
  return RECORD_BYTES_MAX +
    (contentType === undefined ? 0 : 1 + UTF8_BYTES_MAX * contentType.length) +
    (properties === undefined ? 0 : 2 + properties.length);
}

/** Most bytes that a route adds to the tables of a batch. */
function entryBytes({ subtopic, origin }: PublishRoute): number {
  return ENTRY_BYTES_MAX + UTF8_BYTES_MAX * (subtopic.length + origin.remoteAddress.length);
}
