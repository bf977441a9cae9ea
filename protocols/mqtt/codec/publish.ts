import type { ProtocolVersion } from "./connect.ts";
import { FieldReader } from "./field_reader.ts";
import type { FrameReader } from "./frame_reader.ts";
import { malformed, type MqttError, notAllowed } from "./mqtt_error.ts";
import { PacketType } from "./packet_type.ts";
import { NO_PROPERTIES, type Properties, readProperties } from "./properties.ts";

/** A PUBLISH inside the bytes of its frame; one object serves all messages of a connection. */
export interface PublishHead {
  qos: 0 | 1 | 2;
  retain: boolean;
  duplicate: boolean;
  /** 0 for QoS 0. */
  packetId: number;
  /** Holds the topic: the frame's bytes, or those that an alias stands for. */
  topicSource: Uint8Array;
  topicStart: number;
  topicEnd: number;
  properties: Readonly<Properties>;
  /** The payload ends with the frame. */
  payloadStart: number;
}

const NO_BYTES = new Uint8Array(0);

export function newPublishHead(): PublishHead {
  return {
    qos: 0,
    retain: false,
    duplicate: false,
    packetId: 0,
    topicSource: NO_BYTES,
    topicStart: 0,
    topicEnd: 0,
    properties: NO_PROPERTIES,
    payloadStart: 0,
  };
}

/** Reads the current frame into `head`; the topic is only located. Throws MqttError. */
export function readPublish(frame: FrameReader, head: PublishHead, version: ProtocolVersion): void {
  const { bytes, first, bodyStart, bodyEnd } = frame;
  const qos = first >> 1 & 0b11;
  const duplicate = (first & 0b1000) !== 0;
  // [MQTT-3.3.1-4] [MQTT5-3.3.1-4]
  if (qos === 3) throw malformed("Cannot read a PUBLISH: its QoS is 3, at most 2 exists");
  // [MQTT-3.3.1-2] [MQTT5-3.3.1-2]
  if (duplicate && qos === 0) {
    throw malformed("Cannot read a PUBLISH: a message of QoS 0 is marked as a duplicate");
  }
  if (bodyEnd - bodyStart < 2) throw tooShort();
  const topicStart = bodyStart + 2;
  const topicEnd = topicStart + (bytes[bodyStart]! << 8 | bytes[bodyStart + 1]!);
  let payloadStart = topicEnd;
  let packetId = 0;
  // [MQTT-2.3.1-5] [MQTT5-2.2.1-2]: QoS 0 has no packet id.
  if (qos > 0) {
    payloadStart += 2;
    packetId = bytes[topicEnd]! << 8 | bytes[topicEnd + 1]!;
  }
  if (payloadStart > bodyEnd) throw tooShort();
  // [MQTT-2.3.1-1] [MQTT5-2.2.1-3]
  if (qos > 0 && packetId === 0) throw notAllowed("Cannot read a PUBLISH: its packet id is 0");
  head.qos = qos as 0 | 1 | 2;
  head.retain = (first & 1) !== 0;
  head.duplicate = duplicate;
  head.packetId = packetId;
  head.topicSource = bytes;
  head.topicStart = topicStart;
  head.topicEnd = topicEnd;
  head.properties = NO_PROPERTIES;
  head.payloadStart = payloadStart;
  if (version === 5) readPublishProperties(frame, head);
  // [MQTT-4.7.3-1]; in MQTT 5 an alias may stand for it.
  if (topicStart === topicEnd && head.properties.topicAlias === undefined) {
    throw notAllowed("Cannot read a PUBLISH: its topic is empty");
  }
}

function readPublishProperties(frame: FrameReader, head: PublishHead): void {
  // Most messages have none, and then a byte says so.
  if (head.payloadStart < frame.bodyEnd && frame.bytes[head.payloadStart] === 0) {
    head.payloadStart++;
    return;
  }
  const fields = new FieldReader(frame.bytes, {
    start: head.payloadStart,
    end: frame.bodyEnd,
  });
  head.properties = readProperties(fields, "publish");
  head.payloadStart = fields.at;
}

function tooShort(): MqttError {
  return malformed("Cannot read a PUBLISH: it ends before its topic and packet id do");
}

/**
 * Writes a PUBLISH as a frame of its own. For QoS 1 and 2 the packet id is 0 until
 * {@link setPacketId}, so that all subscribers share the frame. `properties` is the block of MQTT 5
 * without its length; 3.1.1 has none.
 */
export function writePublish(
  topic: Uint8Array,
  message: {
    readonly qos: 0 | 1 | 2;
    readonly retain: boolean;
    readonly payload: Uint8Array;
    readonly properties?: Uint8Array;
  },
  take: (byteLength: number) => Uint8Array = ownBytes,
): Uint8Array {
  const { qos, retain, payload, properties } = message;
  const blockBytes = properties === undefined
    ? 0
    : varintBytes(properties.length) + properties.length;
  const length = 2 + topic.length + (qos > 0 ? 2 : 0) + blockBytes + payload.length;
  const frame = take(1 + varintBytes(length) + length);
  // [MQTT-3.3.1-3] [MQTT-4.3.1-1] [MQTT5-3.3.1-3] [MQTT5-4.3.1-1] [MQTT5-4.3.2-2] [MQTT5-4.3.3-2]: DUP
  // is 0 on the way out, whatever it was on the way in; what is sent again gets it then.
  frame[0] = PacketType.publish << 4 | qos << 1 | (retain ? 1 : 0);
  let at = writeVarint(frame, { at: 1, value: length });
  frame[at++] = topic.length >> 8;
  frame[at++] = topic.length & 0xff;
  frame.set(topic, at);
  at += topic.length + (qos > 0 ? 2 : 0);
  if (properties !== undefined) {
    frame.set(properties, writeVarint(frame, { at, value: properties.length }));
  }
  frame.set(payload, frame.length - payload.length);
  return frame;
}

function ownBytes(byteLength: number): Uint8Array {
  return new Uint8Array(byteLength);
}

/** Sets the packet id of the frame of QoS 1 or 2 that {@link writePublish} made, copied to `at`. */
export function setPacketId(target: Uint8Array, at: number, packetId: number): void {
  let body = at + 1;
  while (target[body++]! >= 0x80);
  const idAt = body + 2 + (target[body]! << 8 | target[body + 1]!);
  target[idAt] = packetId >> 8;
  target[idAt + 1] = packetId & 0xff;
}

/** The variable byte integer at `at` in bytes that this edge wrote, and where it ends. */
export function readVarintAt(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let shift = 0;; shift += 7) {
    const byte = bytes[at++]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, next: at };
  }
}

export function varintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;
}

/** Answers where it ends. */
export function writeVarint(
  target: Uint8Array,
  number: { readonly at: number; readonly value: number },
): number {
  let { at, value: rest } = number;
  for (; rest >= 0x80; rest >>= 7) target[at++] = rest & 0x7f | 0x80;
  target[at] = rest;
  return at + 1;
}
