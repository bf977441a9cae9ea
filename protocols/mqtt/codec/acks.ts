import { FieldReader } from "./field_reader.ts";
import type { FrameReader } from "./frame_reader.ts";
import type { ProtocolVersion } from "./connect.ts";
import { malformed, notAllowed } from "./mqtt_error.ts";
import { PacketType } from "./packet_type.ts";
import { readProperties } from "./properties.ts";

/** First bytes of the packets that answer others by their packet id. */
export const PUBACK = PacketType.puback << 4;
export const PUBREC = PacketType.pubrec << 4;
// [MQTT-3.6.1-1] [MQTT5-3.6.1-1]
export const PUBREL = PacketType.pubrel << 4 | 0b0010;
export const PUBCOMP = PacketType.pubcomp << 4;
// [MQTT-3.10.4-4]: the answer to an UNSUBSCRIBE of 3.1.1 has the same form.
export const UNSUBACK = PacketType.unsuback << 4;
/** Bytes of an acknowledgement without a reason. */
export const ACK_BYTES = 4;

/** A PUBACK, PUBREC, PUBREL or PUBCOMP; one object serves all of a connection. */
export interface Ack {
  packetId: number;
  /** 0 in MQTT 3.1.1, and where it was left out. */
  reasonCode: number;
}

/** Reasons of each packet type, sections 3.4.2.1 to 3.7.2.1. */
const RECEIVED_REASONS = new Set([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]);
const RELEASE_REASONS = new Set([0x00, 0x92]);

/** Reads the current frame into `ack`. Throws MqttError. */
export function readAck(frame: FrameReader, ack: Ack, version: ProtocolVersion): void {
  const { bytes, bodyStart, bodyEnd, first } = frame;
  const type = first >> 4;
  // [MQTT-2.2.2-1] [MQTT-2.2.2-2] [MQTT-3.6.1-1] [MQTT5-2.1.3-1] [MQTT5-3.6.1-1]
  if ((first & 0x0f) !== (type === PacketType.pubrel ? 0b0010 : 0)) {
    throw malformed("Cannot read an acknowledgement: its reserved flags are not as fixed");
  }
  const length = bodyEnd - bodyStart;
  if (length < 2 || (version === 4 && length !== 2)) {
    throw malformed(`Cannot read an acknowledgement of ${length} bytes: it has 2`);
  }
  ack.packetId = bytes[bodyStart]! << 8 | bytes[bodyStart + 1]!;
  ack.reasonCode = length === 2 ? 0 : readReason(frame, type);
  // [MQTT-2.3.1-1]
  if (ack.packetId === 0) throw notAllowed("Cannot read an acknowledgement: its packet id is 0");
}

function readReason(frame: FrameReader, type: number): number {
  const fields = new FieldReader(frame.bytes, {
    start: frame.bodyStart + 2,
    end: frame.bodyEnd,
  });
  const reasonCode = fields.byte();
  if (fields.left > 0) readProperties(fields, "ack");
  fields.done();
  const releases = type === PacketType.pubrel || type === PacketType.pubcomp;
  // [MQTT5-3.4.2-1] [MQTT5-3.5.2-1] [MQTT5-3.6.2-1] [MQTT5-3.7.2-1]
  if (!(releases ? RELEASE_REASONS : RECEIVED_REASONS).has(reasonCode)) {
    throw notAllowed(
      `Cannot read an acknowledgement: '0x${reasonCode.toString(16)}' is no reason of it`,
    );
  }
  return reasonCode;
}

/** Writes an acknowledgement of 4 bytes at `at` [MQTT-2.3.1-6] [MQTT5-2.2.1-5]. */
export function writeAck(
  target: Uint8Array,
  ack: { readonly at: number; readonly first: number; readonly packetId: number },
): void {
  const { at, first, packetId } = ack;
  target[at] = first;
  target[at + 1] = 2;
  target[at + 2] = packetId >> 8;
  target[at + 3] = packetId & 0xff;
}
