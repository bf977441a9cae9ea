import { ProtocolError } from "../../../actors/mod.ts";
import type { FrameReader } from "./frame_reader.ts";
import { PacketType } from "./packet_type.ts";

/** First bytes of the packets that hold a packet id and nothing else. */
export const PUBACK = PacketType.puback << 4;
export const PUBREC = PacketType.pubrec << 4;
// [MQTT-3.6.1-1]
export const PUBREL = PacketType.pubrel << 4 | 0b0010;
export const PUBCOMP = PacketType.pubcomp << 4;
// [MQTT-3.10.4-4]: the answer to an UNSUBSCRIBE has the same form.
export const UNSUBACK = PacketType.unsuback << 4;
export const ACK_BYTES = 4;

/** Reads the packet id of a PUBACK, PUBREC, PUBREL or PUBCOMP. Throws ProtocolError. */
export function readAck(frame: FrameReader): number {
  const { bytes, bodyStart, bodyEnd, first } = frame;
  // [MQTT-2.2.2-1] [MQTT-2.2.2-2] [MQTT-3.6.1-1]
  if ((first & 0x0f) !== (first >> 4 === PacketType.pubrel ? 0b0010 : 0)) {
    throw new ProtocolError("Cannot read an acknowledgement: its reserved flags are not as fixed");
  }
  if (bodyEnd - bodyStart !== 2) {
    throw new ProtocolError(
      `Cannot read an acknowledgement of ${bodyEnd - bodyStart} bytes: it has 2`,
    );
  }
  const packetId = bytes[bodyStart]! << 8 | bytes[bodyStart + 1]!;
  if (packetId === 0) throw new ProtocolError("Cannot read an acknowledgement: its packet id is 0");
  return packetId;
}

/** Writes an acknowledgement of 4 bytes at `at`. */
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
