import { Buffer } from "node:buffer";
import mqttPacket from "mqtt-packet";
import type { ProtocolVersion } from "./connect.ts";
import { PacketType } from "./packet_type.ts";

/**
 * What a server says of itself and its answer; only MQTT 5 carries it. There are no user properties
 * [MQTT5-3.2.2-20] [MQTT5-3.14.2-4] and no response information [MQTT5-3.1.2-28] among it, and
 * nothing that is not served [MQTT5-3.2.2-9].
 */
export interface AnswerProperties {
  readonly sessionExpiryInterval?: number;
  readonly receiveMaximum?: number;
  readonly maximumPacketSize?: number;
  readonly topicAliasMaximum?: number;
  readonly assignedClientIdentifier?: string;
  readonly serverKeepAlive?: number;
  readonly reasonString?: string;
  readonly authenticationMethod?: string;
  readonly authenticationData?: Uint8Array;
}

/** `code` is a return code of 3.1.1 or a reason code of 5.0. */
export function writeConnack(
  version: ProtocolVersion,
  answer: {
    readonly code: number;
    readonly sessionPresent?: boolean;
    readonly properties?: AnswerProperties;
    /** Of the largest packet that the client takes. */
    readonly bytesMax?: number;
  },
): Uint8Array {
  const { code, properties = {}, bytesMax = Infinity } = answer;
  // [MQTT-3.2.2-4] [MQTT5-3.2.2-1] [MQTT5-3.2.2-6]: a refusal never says that a session is present.
  const sessionPresent = code === 0 && answer.sessionPresent === true;
  if (version === 4) return generated({ cmd: "connack", returnCode: code, sessionPresent }, 4);
  return withinBytes(bytesMax, properties, (properties) => ({
    cmd: "connack",
    reasonCode: code,
    sessionPresent,
    properties: given(properties),
  }));
}

/** An answer of MQTT 5 may say why in words: where the client wants them, and they fit. */
export interface Words {
  readonly reasonString?: string | undefined;
  /** Of the largest packet that may have words; 0 if the client wants none [MQTT5-3.1.2-29]. */
  readonly wordsBytesMax?: number;
}

/**
 * `codes` holds a code for each filter, in their order [MQTT-3.9.3-1] [MQTT-3.9.3-2] [MQTT5-3.9.3-1].
 * Words go where they do not fit [MQTT5-3.9.2-1] [MQTT5-3.9.2-2].
 */
export function writeSuback(
  version: ProtocolVersion,
  answer: { readonly packetId: number; readonly codes: readonly number[] } & Words,
): Uint8Array {
  const { packetId: messageId, codes } = answer;
  const suback: mqttPacket.Packet = { cmd: "suback", messageId, granted: [...codes] };
  return version === 4 ? generated(suback, 4) : withWords(suback, answer);
}

/**
 * Of MQTT 5: a reason for each filter, in their order [MQTT5-3.11.3-1]. The codes say all there is
 * to say, so there are no words [MQTT5-3.11.2-1] [MQTT5-3.11.2-2].
 */
export function writeUnsuback(packetId: number, codes: readonly number[]): Uint8Array {
  return generated({ cmd: "unsuback", messageId: packetId, granted: [...codes] }, 5);
}

/**
 * An acknowledgement that failed or warns, of MQTT 5. `first` is its first byte. Words go where they
 * do not fit: [MQTT5-3.4.2-2] [MQTT5-3.4.2-3] [MQTT5-3.5.2-2] [MQTT5-3.5.2-3] [MQTT5-3.6.2-2]
 * [MQTT5-3.6.2-3] [MQTT5-3.7.2-2] [MQTT5-3.7.2-3].
 */
export function writeReasonedAck(
  first: number,
  ack: { readonly packetId: number; readonly reasonCode: number } & Words,
): Uint8Array {
  const { packetId: messageId, reasonCode } = ack;
  return withWords({ cmd: ACK_NAMES[first >> 4]!, messageId, reasonCode }, ack);
}

function withWords(
  packet: mqttPacket.Packet,
  { reasonString, wordsBytesMax = 0 }: Words,
): Uint8Array {
  if (reasonString !== undefined && wordsBytesMax > 0) {
    const words = generated({ ...packet, properties: { reasonString } } as mqttPacket.Packet, 5);
    if (words.length <= wordsBytesMax) return words;
  }
  return generated(packet, 5);
}

const ACK_NAMES: Readonly<Record<number, "puback" | "pubrec" | "pubrel" | "pubcomp">> = {
  [PacketType.puback]: "puback",
  [PacketType.pubrec]: "pubrec",
  [PacketType.pubrel]: "pubrel",
  [PacketType.pubcomp]: "pubcomp",
};

/** Only MQTT 5 lets a server say why it ends a connection; it names no expiry [MQTT5-3.14.2-2]. */
export function writeDisconnect(
  reasonCode: number,
  { reasonString, bytesMax }: { readonly reasonString: string; readonly bytesMax: number },
): Uint8Array {
  return withinBytes(bytesMax, { reasonString }, (properties) => ({
    cmd: "disconnect",
    reasonCode,
    properties: given(properties),
  }));
}

export function writeAuth(reasonCode: number, properties: AnswerProperties): Uint8Array {
  return generated({ cmd: "auth", reasonCode, properties: given(properties) }, 5);
}

export function writePingresp(): Uint8Array {
  return new Uint8Array([PacketType.pingresp << 4, 0]);
}

/** mqtt-packet's types want a Buffer where bytes would do, and no member that is undefined. */
function given(
  { authenticationData, ...properties }: AnswerProperties,
): Omit<AnswerProperties, "authenticationData"> & { readonly authenticationData?: Buffer } {
  return authenticationData === undefined
    ? properties
    : { ...properties, authenticationData: Buffer.from(authenticationData) };
}

/** [MQTT5-3.2.2-19] [MQTT5-3.14.2-3]: without the words where they make the packet too large. */
function withinBytes(
  bytesMax: number,
  properties: AnswerProperties,
  packet: (properties: AnswerProperties) => mqttPacket.Packet,
): Uint8Array {
  const whole = generated(packet(properties), 5);
  if (whole.length <= bytesMax) return whole;
  const { reasonString: _, ...rest } = properties;
  return generated(packet(rest), 5);
}

function generated(packet: mqttPacket.Packet, protocolVersion: ProtocolVersion): Uint8Array {
  return mqttPacket.generate(packet, { protocolVersion });
}
