import { FieldReader } from "./field_reader.ts";
import type { FrameReader } from "./frame_reader.ts";
import type { ProtocolVersion } from "./connect.ts";
import { malformed, notAllowed } from "./mqtt_error.ts";
import { NO_PROPERTIES, type Properties, readProperties } from "./properties.ts";

type Qos = 0 | 1 | 2;

/** One filter with its options; those of MQTT 3.1.1 are as MQTT 5 would name what it does. */
export interface TopicRequest {
  readonly filter: string;
  readonly qos: Qos;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  /** 0: send retained messages, 1: only to a new subscription, 2: not at all. */
  readonly retainHandling: 0 | 1 | 2;
}

export interface Subscribe {
  readonly packetId: number;
  readonly properties: Readonly<Properties>;
  readonly requests: readonly TopicRequest[];
}

export interface Unsubscribe {
  readonly packetId: number;
  readonly properties: Readonly<Properties>;
  readonly filters: readonly string[];
}

const FLAGS = 0b0010;
const NO_LOCAL = 0b0000_0100;
const RETAIN_AS_PUBLISHED = 0b0000_1000;
const RESERVED_5 = 0b1100_0000;
const RESERVED_4 = 0b1111_1100;

/** Throws MqttError. */
export function readSubscribe(frame: FrameReader, version: ProtocolVersion): Subscribe {
  const fields = fieldsOf(frame);
  const packetId = readPacketId(fields);
  const properties = version === 5 ? readProperties(fields, "subscribe") : NO_PROPERTIES;
  const requests: TopicRequest[] = [];
  while (fields.left > 0) requests.push(readRequest(fields, version));
  // [MQTT-3.8.3-3] [MQTT5-3.8.3-2]
  if (requests.length === 0) throw notAllowed("Cannot read a SUBSCRIBE: it has no filter");
  return { packetId, properties, requests };
}

function readRequest(fields: FieldReader, version: ProtocolVersion): TopicRequest {
  const filter = fields.text(); // [MQTT-3.8.3-1] [MQTT5-3.8.3-1]
  const options = fields.byte();
  // [MQTT-3.8.3-4] [MQTT5-3.8.3-5]
  if ((options & (version === 5 ? RESERVED_5 : RESERVED_4)) !== 0) {
    throw malformed("Cannot read a SUBSCRIBE: reserved bits of its options are not 0");
  }
  const qos = options & 0b11;
  const retainHandling = options >> 4 & 0b11;
  // Section 3.8.3.1 of MQTT 5.0 calls it a protocol error, as it does the next.
  if (qos === 3) throw notAllowed("Cannot read a SUBSCRIBE: its QoS is 3");
  if (retainHandling === 3) throw notAllowed("Cannot read a SUBSCRIBE: its retain handling is 3");
  return {
    filter,
    qos: qos as Qos,
    noLocal: (options & NO_LOCAL) !== 0,
    retainAsPublished: (options & RETAIN_AS_PUBLISHED) !== 0,
    retainHandling: retainHandling as 0 | 1 | 2,
  };
}

/** Throws MqttError. */
export function readUnsubscribe(frame: FrameReader, version: ProtocolVersion): Unsubscribe {
  const fields = fieldsOf(frame);
  const packetId = readPacketId(fields);
  const properties = version === 5 ? readProperties(fields, "unsubscribe") : NO_PROPERTIES;
  const filters: string[] = [];
  while (fields.left > 0) filters.push(fields.text()); // [MQTT-3.10.3-1] [MQTT5-3.10.3-1]
  // [MQTT-3.10.3-2] [MQTT5-3.10.3-2]
  if (filters.length === 0) throw notAllowed("Cannot read an UNSUBSCRIBE: it has no filter");
  return { packetId, properties, filters };
}

// [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT5-3.8.1-1] [MQTT5-3.10.1-1]
function fieldsOf(frame: FrameReader): FieldReader {
  if ((frame.first & 0x0f) !== FLAGS) {
    throw malformed("Cannot read a SUBSCRIBE or UNSUBSCRIBE: its flags are not as fixed");
  }
  return FieldReader.of(frame);
}

// [MQTT-2.3.1-1] [MQTT5-2.2.1-3]
function readPacketId(fields: FieldReader): number {
  const packetId = fields.u16();
  if (packetId === 0) throw notAllowed("Cannot read a packet: its packet id is 0");
  return packetId;
}
