import { InvariantViolation } from "../errors.ts";

/** What a publisher said of its message beside topic and payload. */
export interface MessageProperties {
  /** 1 if the publisher promises that the payload is UTF-8. */
  readonly payloadFormatIndicator?: number;
  /** Seconds after its reception from which on nobody should get it any more. */
  readonly expirySeconds?: number;
  /** Media type, verbatim. */
  readonly contentType?: string;
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
  /** Names may repeat; the order is the publisher's. */
  readonly userProperties?: readonly (readonly [string, string])[];
}

/*
 * Stored as the property block of an MQTT 5.0 PUBLISH (section 2.2.2), without its length: what
 * most subscribers get is then what lies in the log. The expiry comes first, so that it can be found
 * and counted down without reading the rest.
 */
const EXPIRY = 0x02;
const PAYLOAD_FORMAT = 0x01;
const CONTENT_TYPE = 0x03;
const RESPONSE_TOPIC = 0x08;
const CORRELATION_DATA = 0x09;
const USER_PROPERTY = 0x26;

/** Bytes of one message's properties: a u16 holds their length. */
export const PROPERTIES_BYTES_MAX = 65_535;

const encoder = new TextEncoder();
// [MQTT5-1.5.4-3]: a U+FEFF at the beginning of a text is part of it.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The block, or undefined if there is nothing to say. */
export function encodeProperties(properties: MessageProperties): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  const { expirySeconds, payloadFormatIndicator, correlationData } = properties;
  if (expirySeconds !== undefined) parts.push(expiryBlock(expirySeconds));
  if (payloadFormatIndicator !== undefined) {
    parts.push(new Uint8Array([PAYLOAD_FORMAT, payloadFormatIndicator]));
  }
  const field = (id: number, ...values: readonly Uint8Array[]) => {
    parts.push(new Uint8Array([id]));
    for (const value of values) {
      parts.push(new Uint8Array([value.length >> 8, value.length & 0xff]), value);
    }
  };
  const { contentType, responseTopic, userProperties = [] } = properties;
  if (contentType !== undefined) field(CONTENT_TYPE, encoder.encode(contentType));
  if (responseTopic !== undefined) field(RESPONSE_TOPIC, encoder.encode(responseTopic));
  if (correlationData !== undefined) field(CORRELATION_DATA, correlationData);
  for (const [name, value] of userProperties) {
    field(USER_PROPERTY, encoder.encode(name), encoder.encode(value));
  }
  return parts.length === 0 ? undefined : joined(parts);
}

/** Reads what {@link encodeProperties} wrote; throws InvariantViolation on anything else. */
export function decodeProperties(block: Uint8Array): MessageProperties {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const properties: { -readonly [name in keyof MessageProperties]: MessageProperties[name] } = {};
  const userProperties: [string, string][] = [];
  let at = 0;
  const binary = (): Uint8Array => {
    const start = at + 2;
    at = start + view.getUint16(at);
    if (at > block.length) throw new RangeError("a field ends after the block");
    return block.slice(start, at);
  };
  const text = () => decoder.decode(binary());
  try {
    while (at < block.length) {
      const id = block[at++]!;
      if (id === EXPIRY) {
        properties.expirySeconds = view.getUint32(at);
        at += 4;
      } else if (id === PAYLOAD_FORMAT) properties.payloadFormatIndicator = view.getUint8(at++);
      else if (id === CONTENT_TYPE) properties.contentType = text();
      else if (id === RESPONSE_TOPIC) properties.responseTopic = text();
      else if (id === CORRELATION_DATA) properties.correlationData = binary();
      else if (id === USER_PROPERTY) userProperties.push([text(), text()]);
      else throw new RangeError(`'${id}' is no property of a message`);
    }
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
    throw new InvariantViolation(`Cannot decode message properties: ${cause.message}`, { cause });
  }
  return userProperties.length === 0 ? properties : { ...properties, userProperties };
}

/** Seconds after reception, or undefined if the message never expires. */
export function expirySecondsOf(block: Uint8Array | undefined): number | undefined {
  if (block === undefined || block[0] !== EXPIRY) return undefined;
  return new DataView(block.buffer, block.byteOffset, block.byteLength).getUint32(1);
}

function expiryBlock(seconds: number): Uint8Array {
  const block = new Uint8Array(5);
  block[0] = EXPIRY;
  new DataView(block.buffer).setUint32(1, seconds);
  return block;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
