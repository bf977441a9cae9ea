import { FieldReader } from "./field_reader.ts";
import type { FrameReader } from "./frame_reader.ts";
import { malformed, notAllowed } from "./mqtt_error.ts";
import { NO_PROPERTIES, type Properties, readProperties } from "./properties.ts";
import { readText, wellFormed } from "./text.ts";

/** Protocol levels that are spoken: MQTT 3.1.1 and MQTT 5.0. */
export type ProtocolVersion = 4 | 5;

export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly properties: Readonly<Properties>;
}

export interface Connect {
  readonly version: ProtocolVersion;
  readonly clientId: string;
  /** Clean session of 3.1.1, clean start of 5.0. */
  readonly cleanStart: boolean;
  readonly keepAliveSeconds: number;
  readonly properties: Readonly<Properties>;
  readonly will?: Will;
  readonly username?: string;
  /** Any bytes; read as UTF-8, because keys are text. What is no UTF-8 is no key. */
  readonly password?: string;
}

const FLAG_RESERVED = 0x01;
const FLAG_CLEAN = 0x02;
const FLAG_WILL = 0x04;
const FLAG_WILL_RETAIN = 0x20;
const FLAG_PASSWORD = 0x40;
const FLAG_USERNAME = 0x80;

/** The protocol level of a CONNECT, whatever version it is of. Throws MqttError. */
export function readProtocolLevel(frame: FrameReader): number {
  const fields = FieldReader.of(frame);
  const name = readText(fields.binary());
  // [MQTT-3.1.2-1] [MQTT5-3.1.2-1]; MQIsdp is what MQTT 3.1 called itself, and deserves an answer.
  if (name !== "MQTT" && name !== "MQIsdp") {
    throw malformed(`Cannot read a CONNECT: its protocol is '${name}', 'MQTT' is spoken here`);
  }
  const level = fields.byte();
  return name === "MQTT" ? level : 3;
}

/** Reads a CONNECT whose level was found to be `version`. Throws MqttError. */
export function readConnect(frame: FrameReader, version: ProtocolVersion): Connect {
  const fields = FieldReader.of(frame);
  // [MQTT-2.2.2-2] [MQTT5-2.1.3-1]
  if ((frame.first & 0x0f) !== 0) throw malformed("Cannot read a CONNECT: its flags are not 0");
  // Of the first packet only its own fields say that it must have the shortest length.
  if (version === 5) frame.checkShortestLength();
  fields.binary();
  fields.byte();
  const flags = fields.byte();
  checkFlags(flags, version);
  const keepAliveSeconds = fields.u16();
  // [MQTT-3.1.3-1] [MQTT-3.1.3-3] [MQTT5-3.1.3-1] [MQTT5-3.1.3-3]: properties, client id, and
  // the fields that the flags announce.
  const properties = version === 5 ? readProperties(fields, "connect") : NO_PROPERTIES;
  const clientId = fields.text(); // [MQTT-3.1.3-4] [MQTT5-3.1.3-4]
  const will = (flags & FLAG_WILL) === 0 ? undefined : readWill(fields, flags, version);
  // [MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT-3.1.3-11]
  // [MQTT5-3.1.2-16] [MQTT5-3.1.2-17] [MQTT5-3.1.3-12]
  const username = (flags & FLAG_USERNAME) === 0 ? undefined : fields.text();
  // [MQTT-3.1.2-20] [MQTT-3.1.2-21] [MQTT5-3.1.2-18] [MQTT5-3.1.2-19]
  const password = (flags & FLAG_PASSWORD) === 0 ? undefined : passwordOf(fields.binary());
  fields.done();
  return {
    version,
    clientId,
    cleanStart: (flags & FLAG_CLEAN) !== 0,
    keepAliveSeconds,
    properties,
    ...(will === undefined ? {} : { will }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

function checkFlags(flags: number, version: ProtocolVersion): void {
  const willQos = flags >> 3 & 0b11;
  // [MQTT-3.1.2-3] [MQTT5-3.1.2-3]
  if ((flags & FLAG_RESERVED) !== 0) throw malformed("Cannot read a CONNECT: a reserved flag is 1");
  // [MQTT-3.1.2-14] [MQTT5-3.1.2-12]
  if (willQos === 3) throw malformed("Cannot read a CONNECT: its will QoS is 3");
  // [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-15] [MQTT5-3.1.2-11] [MQTT5-3.1.2-13]
  if ((flags & FLAG_WILL) === 0 && (willQos !== 0 || (flags & FLAG_WILL_RETAIN) !== 0)) {
    throw malformed("Cannot read a CONNECT: it has flags of a will and no will");
  }
  // [MQTT-3.1.2-22]; MQTT 5 allows it.
  if (version === 4 && (flags & FLAG_PASSWORD) !== 0 && (flags & FLAG_USERNAME) === 0) {
    throw malformed("Cannot read a CONNECT: a password without a username is not allowed");
  }
}

// [MQTT-3.1.2-9] [MQTT-3.1.3-10] [MQTT5-3.1.2-9] [MQTT5-3.1.3-11]
function readWill(fields: FieldReader, flags: number, version: ProtocolVersion): Will {
  const properties = version === 5 ? readProperties(fields, "will") : NO_PROPERTIES;
  const topic = fields.text();
  if (topic === "") throw notAllowed("Cannot read a CONNECT: the topic of its will is empty");
  return {
    topic,
    payload: fields.binary().slice(),
    qos: (flags >> 3 & 0b11) as 0 | 1 | 2,
    retain: (flags & FLAG_WILL_RETAIN) !== 0,
    properties,
  };
}

/** A password that is no text is no key of any thing: it is kept as one that cannot be found. */
function passwordOf(bytes: Uint8Array): string {
  return wellFormed(bytes) ?? "";
}
