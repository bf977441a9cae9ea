import { FieldReader } from "./field_reader.ts";
import { malformed, MqttError, notAllowed } from "./mqtt_error.ts";
import { ReasonCode } from "./reason_codes.ts";

/** What properties belong to: a packet that clients send, or the will inside a CONNECT. */
export type PropertyHost =
  | "connect"
  | "will"
  | "publish"
  | "ack"
  | "subscribe"
  | "unsubscribe"
  | "disconnect"
  | "auth";

/** Properties by the names that mqtt-packet gives them; absent ones were not sent. */
export interface Properties {
  payloadFormatIndicator?: number;
  messageExpiryInterval?: number;
  contentType?: string;
  responseTopic?: string;
  correlationData?: Uint8Array;
  subscriptionIdentifier?: number;
  sessionExpiryInterval?: number;
  authenticationMethod?: string;
  authenticationData?: Uint8Array;
  requestProblemInformation?: number;
  willDelayInterval?: number;
  requestResponseInformation?: number;
  reasonString?: string;
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  topicAlias?: number;
  /** In their order [MQTT5-3.3.2-18] [MQTT5-3.1.3-10]. */
  userProperties?: (readonly [string, string])[];
  maximumPacketSize?: number;
}

type Name = keyof Properties;
type Kind = "flag" | "u16" | "u32" | "varint" | "text" | "binary" | "pair";

interface Property {
  readonly name: Name;
  readonly kind: Kind;
  readonly hosts: readonly PropertyHost[];
  /** Zero is no value of it, and refused with this code. */
  readonly zeroIs?: ReasonCode;
}

const EVERYWHERE: readonly PropertyHost[] = [
  "connect",
  "will",
  "publish",
  "ack",
  "subscribe",
  "unsubscribe",
  "disconnect",
  "auth",
];
const MESSAGE: readonly PropertyHost[] = ["publish", "will"];
const { protocolError, topicAliasInvalid } = ReasonCode;

/** Section 2.2.2.2 of MQTT 5.0, without what only servers send. */
const PROPERTIES: Readonly<Record<number, Property>> = {
  0x01: { name: "payloadFormatIndicator", kind: "flag", hosts: MESSAGE },
  0x02: { name: "messageExpiryInterval", kind: "u32", hosts: MESSAGE },
  0x03: { name: "contentType", kind: "text", hosts: MESSAGE }, // [MQTT5-3.3.2-19]
  0x08: { name: "responseTopic", kind: "text", hosts: MESSAGE }, // [MQTT5-3.3.2-13]
  0x09: { name: "correlationData", kind: "binary", hosts: MESSAGE },
  0x0b: {
    name: "subscriptionIdentifier",
    kind: "varint",
    hosts: ["subscribe"], // [MQTT5-3.3.4-6]
    zeroIs: protocolError,
  },
  0x11: { name: "sessionExpiryInterval", kind: "u32", hosts: ["connect", "disconnect"] },
  0x15: { name: "authenticationMethod", kind: "text", hosts: ["connect", "auth"] },
  0x16: { name: "authenticationData", kind: "binary", hosts: ["connect", "auth"] },
  0x17: { name: "requestProblemInformation", kind: "flag", hosts: ["connect"] },
  0x18: { name: "willDelayInterval", kind: "u32", hosts: ["will"] },
  0x19: { name: "requestResponseInformation", kind: "flag", hosts: ["connect"] },
  0x1f: { name: "reasonString", kind: "text", hosts: ["ack", "disconnect", "auth"] },
  0x21: { name: "receiveMaximum", kind: "u16", hosts: ["connect"], zeroIs: protocolError },
  0x22: { name: "topicAliasMaximum", kind: "u16", hosts: ["connect"] },
  0x23: { name: "topicAlias", kind: "u16", hosts: ["publish"], zeroIs: topicAliasInvalid }, // [MQTT5-3.3.2-8]
  0x26: { name: "userProperties", kind: "pair", hosts: EVERYWHERE },
  0x27: { name: "maximumPacketSize", kind: "u32", hosts: ["connect"], zeroIs: protocolError },
};

/** What only servers send: known, and a protocol error in any packet of a client. */
const SERVER_PROPERTIES = new Set([0x12, 0x13, 0x1a, 0x1c, 0x24, 0x25, 0x28, 0x29, 0x2a]);

export const NO_PROPERTIES: Readonly<Properties> = {};

/** Reads a block of properties with the length before it. Throws MqttError. */
export function readProperties(fields: FieldReader, host: PropertyHost): Readonly<Properties> {
  const length = fields.varint();
  if (length === 0) return NO_PROPERTIES; // [MQTT5-2.2.2-1]
  const end = fields.at + length;
  if (length > fields.left) throw malformed("Cannot read properties: they end after the packet");
  const block = new FieldReader(fields.bytes, { start: fields.at, end });
  fields.at = end;
  const properties: Properties = {};
  while (block.left > 0) readProperty(block, properties, host);
  if (
    properties.authenticationData !== undefined && properties.authenticationMethod === undefined
  ) {
    throw notAllowed("Cannot take authentication data: the authentication method is missing");
  }
  checkResponseTopic(properties);
  return properties;
}

function checkResponseTopic({ responseTopic }: Properties): void {
  if (responseTopic === undefined) return;
  // [MQTT5-4.7.3-1]
  if (responseTopic === "") throw notAllowed("Cannot take the response topic: it is empty");
  // [MQTT5-3.3.2-14]
  if (/[+#]/.test(responseTopic)) {
    throw notAllowed(`Cannot take the response topic '${responseTopic}': it has a wildcard`);
  }
}

function readProperty(block: FieldReader, properties: Properties, host: PropertyHost): void {
  const id = block.varint();
  const property = PROPERTIES[id];
  if (property === undefined) {
    const text = `Cannot read properties: '0x${id.toString(16)}' is not one of a client's`;
    throw SERVER_PROPERTIES.has(id) ? notAllowed(text) : malformed(text);
  }
  const { name, kind, hosts, zeroIs } = property;
  if (!hosts.includes(host)) {
    throw notAllowed(`Cannot take the property '${name}': it does not belong to this packet`);
  }
  if (kind === "pair") {
    (properties.userProperties ??= []).push([block.text(), block.text()]); // [MQTT5-1.5.7-1]
    return;
  }
  if (properties[name] !== undefined) {
    throw notAllowed(`Cannot take the property '${name}': it stands there twice`);
  }
  const value = valueOf(block, kind);
  if (kind === "flag" && (value as number) > 1) {
    throw notAllowed(`Cannot take the property '${name}': it is ${value}, 0 or 1 is allowed`);
  }
  if (zeroIs !== undefined && value === 0) {
    throw new MqttError(`Cannot take the property '${name}': it must not be 0`, zeroIs);
  }
  (properties as Record<string, unknown>)[name] = value;
}

function valueOf(block: FieldReader, kind: Exclude<Kind, "pair">): number | string | Uint8Array {
  switch (kind) {
    case "flag":
      return block.byte();
    case "u16":
      return block.u16();
    case "u32":
      return block.u32();
    case "varint":
      return block.varint();
    case "text":
      return block.text();
    case "binary":
      return block.binary().slice();
  }
}
