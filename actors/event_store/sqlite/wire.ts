import type { ExpectedRevision, JsonObject, NewEvent } from "../event_store.ts";
import type { AppendRequest } from "./engine.ts";

/*
 * A group of appends on its way to the writer's thread: one buffer that is transferred, because
 * cloning many small objects costs more than writing them. Layout: u32 length of the head, the head
 * as JSON, then the bytes of all message batches one after another.
 */

interface EventHead {
  readonly id: string;
  readonly type: string;
  readonly metadata: NewEvent["metadata"];
  readonly json?: JsonObject;
  readonly byteLength?: number;
}

interface RequestHead {
  readonly stream: string;
  readonly expectedRevision: ExpectedRevision;
  readonly events: readonly EventHead[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeGroup(requests: readonly AppendRequest[]): ArrayBuffer {
  let batchBytes = 0;
  const heads: RequestHead[] = requests.map(({ stream, expectedRevision, events }) => ({
    stream,
    expectedRevision,
    events: events.map(({ id, type, metadata, data }): EventHead => {
      if (!(data instanceof Uint8Array)) return { id, type, metadata, json: data };
      batchBytes += data.length;
      return { id, type, metadata, byteLength: data.length };
    }),
  }));
  const head = encoder.encode(JSON.stringify(heads));
  const group = new Uint8Array(4 + head.length + batchBytes);
  new DataView(group.buffer).setUint32(0, head.length);
  group.set(head, 4);
  let at = 4 + head.length;
  for (const { events } of requests) {
    for (const { data } of events) {
      if (!(data instanceof Uint8Array)) continue;
      group.set(data, at);
      at += data.length;
    }
  }
  return group.buffer;
}

export function decodeGroup(buffer: ArrayBuffer): readonly AppendRequest[] {
  const headBytes = new DataView(buffer).getUint32(0);
  const heads = JSON.parse(
    decoder.decode(new Uint8Array(buffer, 4, headBytes)),
  ) as readonly RequestHead[];
  let at = 4 + headBytes;
  return heads.map(({ stream, expectedRevision, events }) => ({
    stream,
    expectedRevision,
    events: events.map(({ id, type, metadata, json, byteLength }) => {
      if (json !== undefined) return { id, type, metadata, data: json };
      const data = new Uint8Array(buffer, at, byteLength ?? 0);
      at += data.length;
      return { id, type, metadata, data };
    }),
  }));
}
