import { type EventMetadata, type JsonObject, type NewEvent, newId } from "../../../actors/mod.ts";

export const METADATA: EventMetadata = {
  schemaVersion: 1,
  domainId: "00000000-0000-7000-8000-00000000d000",
  principal: { kind: "system", id: "test" },
  edge: "system",
  remoteAddress: "local",
  causationId: "00000000-0000-7000-8000-00000000c000",
  correlationId: "00000000-0000-7000-8000-00000000c001",
};

export function event(data: JsonObject | Uint8Array = {}, type = "Happened"): NewEvent {
  return { id: newId(), type, data, metadata: METADATA };
}

/** `count` events that carry their number as `n`. */
export function numbered(count: number, from = 0): readonly NewEvent[] {
  return Array.from({ length: count }, (_, index) => event({ n: from + index }));
}
