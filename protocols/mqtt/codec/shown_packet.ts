import { Buffer } from "node:buffer";
import mqttPacket from "mqtt-packet";
import type { JsonObject, JsonValue } from "../../../actors/mod.ts";
import type { ProtocolVersion } from "./connect.ts";
import { PacketType } from "./packet_type.ts";
import { wellFormed } from "./text.ts";

/** Members of mqtt-packet's objects that tell how it reads, not what the packet says. */
const INTERNAL = new Set(["cmd", "length", "protocolId", "protocolVersion"]);

/** The flags of a PUBLISH, which it gives to every packet. */
const PUBLISH_FLAGS = new Set(["qos", "dup", "retain"]);

const TYPES = new Map<number, string>(
  Object.entries(PacketType).map(([name, type]) => [type, name]),
);

export interface ShownPacket {
  /** As the specification names it, in lower case. */
  readonly type: string;
  readonly fields: JsonObject;
}

/**
 * What a packet of either side says, for people to read. mqtt-packet reads it, which forgives more
 * than a server may; what even it cannot read says so.
 */
export function shownPacket(bytes: Uint8Array, version: ProtocolVersion): ShownPacket {
  const type = TYPES.get(bytes[0]! >> 4) ?? "reserved";
  const shown: { packet?: mqttPacket.Packet; error?: string } = {};
  const parser = mqttPacket.parser({ protocolVersion: version });
  parser.on("packet", (packet) => shown.packet ??= packet);
  parser.on("error", (error) => shown.error ??= String(error));
  parser.parse(Buffer.from(bytes));
  if (shown.packet === undefined) {
    return { type, fields: { unreadable: shown.error ?? "it ends too early" } };
  }
  const fields = Object.entries(shown.packet)
    .filter(([name, value]) => !INTERNAL.has(name) && isSaid(value))
    .filter(([name]) => type === "publish" || !PUBLISH_FLAGS.has(name))
    .map(([name, value]) => [name, jsonOf(value)] as const);
  return { type, fields: Object.fromEntries(fields) };
}

function isSaid(value: unknown): boolean {
  return value !== null && value !== undefined && typeof value !== "function";
}

/** Bytes that are text as text, others in base64. */
function jsonOf(value: unknown): JsonValue {
  if (value instanceof Uint8Array) {
    return wellFormed(value) ?? { base64: Buffer.from(value).toString("base64") };
  }
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).filter(([, inner]) => isSaid(inner))
        .map(([name, inner]) => [name, jsonOf(inner)]),
    );
  }
  return typeof value === "number" || typeof value === "boolean" ? value : String(value);
}
