import { ProtocolError } from "../../../actors/mod.ts";
import type { FrameReader } from "./frame_reader.ts";
import { PacketType } from "./packet_type.ts";

/** A PUBLISH inside the bytes of its frame; one object serves all messages of a connection. */
export interface PublishHead {
  qos: 0 | 1 | 2;
  retain: boolean;
  duplicate: boolean;
  /** 0 for QoS 0. */
  packetId: number;
  topicStart: number;
  topicEnd: number;
  /** The payload ends with the frame. */
  payloadStart: number;
}

export function newPublishHead(): PublishHead {
  return {
    qos: 0,
    retain: false,
    duplicate: false,
    packetId: 0,
    topicStart: 0,
    topicEnd: 0,
    payloadStart: 0,
  };
}

/** Reads the current frame into `head`; the topic is only located. Throws ProtocolError. */
export function readPublish(frame: FrameReader, head: PublishHead): void {
  const { bytes, first, bodyStart, bodyEnd } = frame;
  const qos = first >> 1 & 0b11;
  const duplicate = (first & 0b1000) !== 0;
  // [MQTT-3.3.1-4]
  if (qos === 3) throw new ProtocolError("Cannot read a PUBLISH: its QoS is 3, at most 2 exists");
  // [MQTT-3.3.1-2]
  if (duplicate && qos === 0) {
    throw new ProtocolError("Cannot read a PUBLISH: a message of QoS 0 is marked as a duplicate");
  }
  if (bodyEnd - bodyStart < 2) throw tooShort();
  const topicStart = bodyStart + 2;
  const topicEnd = topicStart + (bytes[bodyStart]! << 8 | bytes[bodyStart + 1]!);
  let payloadStart = topicEnd;
  let packetId = 0;
  // [MQTT-2.3.1-5]: QoS 0 has no packet id.
  if (qos > 0) {
    payloadStart += 2;
    packetId = bytes[topicEnd]! << 8 | bytes[topicEnd + 1]!;
  }
  if (payloadStart > bodyEnd) throw tooShort();
  // [MQTT-4.7.3-1]
  if (topicStart === topicEnd) throw new ProtocolError("Cannot read a PUBLISH: its topic is empty");
  // [MQTT-2.3.1-1]
  if (qos > 0 && packetId === 0) {
    throw new ProtocolError("Cannot read a PUBLISH: its packet id is 0");
  }
  head.qos = qos as 0 | 1 | 2;
  head.retain = (first & 1) !== 0;
  head.duplicate = duplicate;
  head.packetId = packetId;
  head.topicStart = topicStart;
  head.topicEnd = topicEnd;
  head.payloadStart = payloadStart;
}

function tooShort(): ProtocolError {
  return new ProtocolError("Cannot read a PUBLISH: it ends before its topic and packet id do");
}

/**
 * Writes a PUBLISH as a frame of its own. For QoS 1 and 2 the packet id is 0 until
 * {@link setPacketId}, so that all subscribers share the frame.
 */
export function writePublish(
  topic: Uint8Array,
  message: { readonly qos: 0 | 1 | 2; readonly retain: boolean; readonly payload: Uint8Array },
): Uint8Array {
  const { qos, retain, payload } = message;
  const length = 2 + topic.length + (qos > 0 ? 2 : 0) + payload.length;
  const lengthBytes = length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : 4;
  const frame = new Uint8Array(1 + lengthBytes + length);
  // [MQTT-3.3.1-3] [MQTT-4.3.1-1]: DUP is 0 on the way out, whatever it was on the way in; and as
  // nothing is sent twice on one connection, [MQTT-3.3.1-1] never sets it.
  frame[0] = PacketType.publish << 4 | qos << 1 | (retain ? 1 : 0);
  let at = 1;
  for (let rest = length; at <= lengthBytes; rest >>= 7) {
    frame[at] = at === lengthBytes ? rest : rest & 0x7f | 0x80;
    at++;
  }
  frame[at++] = topic.length >> 8;
  frame[at++] = topic.length & 0xff;
  frame.set(topic, at);
  frame.set(payload, frame.length - payload.length);
  return frame;
}

/** Sets the packet id of the frame of QoS 1 or 2 that {@link writePublish} made, copied to `at`. */
export function setPacketId(target: Uint8Array, at: number, packetId: number): void {
  let body = at + 1;
  while (target[body++]! >= 0x80);
  const idAt = body + 2 + (target[body]! << 8 | target[body + 1]!);
  target[idAt] = packetId >> 8;
  target[idAt + 1] = packetId & 0xff;
}
