import { Buffer } from "node:buffer";
import mqttPacket from "mqtt-packet";
import { ProtocolError } from "../../../actors/mod.ts";
import { checkFields, type FieldKind } from "./fields.ts";
import type { FrameReader } from "./frame_reader.ts";
import { PacketType } from "./packet_type.ts";
import { readText } from "./text.ts";

export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

export interface Connect {
  readonly clientId: string;
  readonly cleanSession: boolean;
  readonly keepAliveSeconds: number;
  readonly will?: Will;
  readonly username?: string;
  /** Any bytes; read as UTF-8, because keys are text. */
  readonly password?: string;
}

export interface TopicRequest {
  readonly filter: string;
  readonly qos: 0 | 1 | 2;
}

export interface Subscribe {
  readonly packetId: number;
  readonly requests: readonly TopicRequest[];
}

export interface Unsubscribe {
  readonly packetId: number;
  readonly filters: readonly string[];
}

/** Level of MQTT 3.1.1. */
export const PROTOCOL_LEVEL = 4;

const passwordDecoder = new TextDecoder();

/** The protocol level of a CONNECT, whatever version it is of. Throws ProtocolError. */
export function readProtocolLevel(frame: FrameReader): number {
  const { bytes, bodyStart, bodyEnd } = frame;
  const nameEnd = bodyStart + 2 + (bytes[bodyStart]! << 8 | bytes[bodyStart + 1]!);
  if (nameEnd >= bodyEnd) throw new ProtocolError("Cannot read a CONNECT: it is too short");
  const name = readText(bytes.subarray(bodyStart + 2, nameEnd));
  // [MQTT-3.1.2-1]; MQIsdp is what MQTT 3.1 called itself, and deserves an answer.
  if (name !== "MQTT" && name !== "MQIsdp") {
    throw new ProtocolError(
      `Cannot read a CONNECT: its protocol is '${name}', 'MQTT' is spoken here`,
    );
  }
  return name === "MQTT" ? bytes[nameEnd]! : 3;
}

/** Reads a CONNECT of MQTT 3.1.1. Throws ProtocolError. */
export function readConnect(frame: FrameReader): Connect {
  const flags = frame.bytes[frame.bodyStart + 7]!;
  const hasWill = (flags & 0x04) !== 0;
  const hasUsername = (flags & 0x80) !== 0;
  const hasPassword = (flags & 0x40) !== 0;
  // [MQTT-3.1.2-14]
  if ((flags & 0x18) === 0x18) throw new ProtocolError("Cannot read a CONNECT: its will QoS is 3");
  // [MQTT-3.1.2-22]
  if (hasPassword && !hasUsername) {
    throw new ProtocolError("Cannot read a CONNECT: a password without a username is not allowed");
  }
  // [MQTT-3.1.3-1] [MQTT-3.1.3-3] [MQTT-3.1.2-9] [MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT-3.1.2-20]
  // [MQTT-3.1.2-21]: the client id, and exactly the fields that the flags announce.
  const kinds: FieldKind[] = ["text"];
  if (hasWill) kinds.push("text", "binary");
  if (hasUsername) kinds.push("text");
  if (hasPassword) kinds.push("binary");
  checkFields(frame, { at: frame.bodyStart + 10, kinds, repeated: false });
  // [MQTT-3.1.2-3] [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-15]: mqtt-packet looks at these.
  const packet = parse(frame, "connect");
  const { will, username, password } = packet;
  return {
    clientId: packet.clientId,
    cleanSession: packet.clean === true,
    keepAliveSeconds: packet.keepalive ?? 0,
    ...(will === undefined ? {} : {
      will: {
        topic: will.topic,
        payload: new Uint8Array(will.payload as Buffer),
        qos: will.qos ?? 0,
        retain: will.retain === true,
      },
    }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: passwordDecoder.decode(password) }),
  };
}

/** Throws ProtocolError. */
export function readSubscribe(frame: FrameReader): Subscribe {
  checkFields(frame, { at: frame.bodyStart + 2, kinds: ["text", "byte"], repeated: true });
  // [MQTT-3.8.1-1] [MQTT-3.8.3-4]: mqtt-packet looks at flags, reserved bits and QoS.
  const { messageId, subscriptions } = parse(frame, "subscribe");
  return {
    packetId: checkedPacketId(messageId),
    requests: subscriptions.map(({ topic, qos }) => ({ filter: topic, qos })),
  };
}

/** Throws ProtocolError. */
export function readUnsubscribe(frame: FrameReader): Unsubscribe {
  checkFields(frame, { at: frame.bodyStart + 2, kinds: ["text"], repeated: true });
  // [MQTT-3.10.1-1]: mqtt-packet looks at the flags.
  const { messageId, unsubscriptions } = parse(frame, "unsubscribe");
  return { packetId: checkedPacketId(messageId), filters: unsubscriptions };
}

/** Checks a PINGREQ or DISCONNECT, which hold nothing. Throws ProtocolError. */
export function readEmpty(frame: FrameReader): void {
  // [MQTT-3.14.1-1] [MQTT-2.2.2-2]
  if ((frame.first & 0x0f) !== 0 || frame.bodyEnd !== frame.bodyStart) {
    throw new ProtocolError("Cannot read a PINGREQ or DISCONNECT: its flags or length are not 0");
  }
}

export function writeConnack(returnCode: number): Uint8Array {
  // [MQTT-3.2.2-1] [MQTT-3.2.2-3] [MQTT-3.2.2-4]: no session is kept, so none is ever present.
  return mqttPacket.generate({ cmd: "connack", returnCode, sessionPresent: false });
}

/** The answer in MQTT 5's own form, which its clients can read: unsupported protocol version. */
export function writeConnackOfVersion5(): Uint8Array {
  return mqttPacket.generate({ cmd: "connack", reasonCode: 0x84, sessionPresent: false }, {
    protocolVersion: 5,
  });
}

/** `granted` holds a QoS or 0x80 for each filter, in their order [MQTT-3.9.3-1] [MQTT-3.9.3-2]. */
export function writeSuback(packetId: number, granted: readonly number[]): Uint8Array {
  return mqttPacket.generate({ cmd: "suback", messageId: packetId, granted: [...granted] });
}

export function writePingresp(): Uint8Array {
  return new Uint8Array([PacketType.pingresp << 4, 0]);
}

type Parsed<C extends mqttPacket.PacketCmd> = Extract<mqttPacket.Packet, { cmd: C }>;

function parse<C extends mqttPacket.PacketCmd>(frame: FrameReader, cmd: C): Parsed<C> {
  let parsed: mqttPacket.Packet | undefined;
  let failure: unknown;
  const parser = mqttPacket.parser({ protocolVersion: PROTOCOL_LEVEL });
  parser.on("packet", (packet) => parsed = packet);
  parser.on("error", (error) => failure = error);
  try {
    // A copy: mqtt-packet keeps views of what it is given.
    parser.parse(Buffer.from(frame.bytes.subarray(frame.frameStart, frame.bodyEnd)));
  } catch (error) {
    failure = error;
  }
  if (failure !== undefined || parsed?.cmd !== cmd) {
    const why = failure instanceof Error ? failure.message : "it is malformed";
    throw new ProtocolError(`Cannot read a ${cmd.toUpperCase()}: ${why}`);
  }
  return parsed as Parsed<C>;
}

function checkedPacketId(packetId: number | undefined): number {
  // [MQTT-2.3.1-1]
  if (packetId === undefined || packetId <= 0) {
    throw new ProtocolError("Cannot read a packet: its packet id is 0 or missing");
  }
  return packetId;
}
