import type { ProtocolVersion } from "./connect.ts";
import { FieldReader } from "./field_reader.ts";
import { MqttError } from "./mqtt_error.ts";
import { PacketType } from "./packet_type.ts";
import { varintBytes, writeVarint } from "./publish.ts";

/** What stands in place of every byte of a secret. */
const MASK = 0x2a;
/** Bytes of a fixed header: type, and up to 4 of length. */
const HEADER_BYTES_MAX = 5;

const FLAG_WILL = 0x04;
const FLAG_PASSWORD = 0x40;
const FLAG_USERNAME = 0x80;
const AUTHENTICATION_DATA = 0x16;

/** How a property's value is laid out, by its identifier (section 2.2.2.2 of MQTT 5.0). */
const BYTES_OF_PROPERTY: Readonly<Record<number, number>> = {
  0x01: 1,
  0x02: 4,
  0x11: 4,
  0x13: 2,
  0x17: 1,
  0x18: 4,
  0x19: 1,
  0x21: 2,
  0x22: 2,
  0x23: 2,
  0x24: 1,
  0x25: 1,
  0x27: 4,
  0x28: 1,
  0x29: 1,
  0x2a: 1,
};
const SUBSCRIPTION_IDENTIFIER = 0x0b;
const USER_PROPERTY = 0x26;

/** The part of some bytes that one packet takes. */
export interface FrameRange {
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
}

/** The whole packets at the beginning of `bytes`; what is cut off, or is none, ends it. */
export function* framesIn(bytes: Uint8Array): Generator<FrameRange> {
  for (let start = 0; start < bytes.length;) {
    const bodyStart = bodyStartOf(bytes, start);
    if (bodyStart === undefined) return;
    const end = bodyStart + lengthOf(bytes, { start: start + 1, end: bodyStart });
    if (end > bytes.length) return;
    yield { start, bodyStart, end };
    start = end;
  }
}

export interface Recordable {
  /** A packet of its own, as the protocol allows it. */
  readonly bytes: Uint8Array;
  /** Bytes of payload that were left out. */
  readonly payloadBytesCut?: number;
}

/**
 * A copy of a packet without what proves an identity (password, authentication data), which is
 * overwritten in place, and, unless they are asked for, without payloads. A packet whose secrets
 * cannot be found is overwritten whole.
 */
export function recordable(
  bytes: Uint8Array,
  options: {
    readonly frame: FrameRange;
    readonly version: ProtocolVersion;
    readonly payloads: boolean;
  },
): Recordable {
  const { frame, version, payloads } = options;
  const copy = bytes.slice(frame.start, frame.end);
  const bodyStart = frame.bodyStart - frame.start;
  const body = new FieldReader(copy, { start: bodyStart, end: copy.length });
  try {
    switch (copy[0]! >> 4) {
      case PacketType.connect:
        maskConnect(body, { version, payloads });
        break;
      case PacketType.connack:
        body.part(2);
        if (version === 5) maskProperties(body);
        break;
      case PacketType.auth:
        if (body.left === 0) break;
        body.part(1);
        maskProperties(body);
        break;
      case PacketType.publish:
        if (!payloads) return withoutPayload(copy, { body, bodyStart, version });
    }
  } catch (error) {
    if (!(error instanceof MqttError)) throw error;
    copy.fill(MASK, bodyStart);
  }
  return { bytes: copy };
}

function maskConnect(
  body: FieldReader,
  { version, payloads }: { readonly version: ProtocolVersion; readonly payloads: boolean },
): void {
  body.binary();
  body.byte();
  const flags = body.byte();
  body.u16();
  if (version === 5) maskProperties(body);
  body.binary();
  if ((flags & FLAG_WILL) !== 0) {
    if (version === 5) maskProperties(body);
    body.binary();
    const payload = body.binary();
    if (!payloads) payload.fill(MASK);
  }
  if ((flags & FLAG_USERNAME) !== 0) body.binary();
  if ((flags & FLAG_PASSWORD) !== 0) body.binary().fill(MASK);
  body.done();
}

function maskProperties(body: FieldReader): void {
  const length = body.varint();
  const start = body.at;
  body.part(length);
  const block = new FieldReader(body.bytes, { start, end: body.at });
  while (block.left > 0) {
    const id = block.varint();
    const bytes = BYTES_OF_PROPERTY[id];
    if (bytes !== undefined) block.part(bytes);
    else if (id === SUBSCRIPTION_IDENTIFIER) block.varint();
    else {
      const value = block.binary();
      if (id === AUTHENTICATION_DATA) value.fill(MASK);
      if (id === USER_PROPERTY) block.binary();
    }
  }
}

function withoutPayload(
  copy: Uint8Array,
  { body, bodyStart, version }: {
    readonly body: FieldReader;
    readonly bodyStart: number;
    readonly version: ProtocolVersion;
  },
): Recordable {
  body.binary();
  if ((copy[0]! & 0b0110) !== 0) body.u16();
  if (version === 5) body.part(body.varint());
  const kept = copy.subarray(bodyStart, body.at);
  const bytes = new Uint8Array(1 + varintBytes(kept.length) + kept.length);
  bytes[0] = copy[0]!;
  bytes.set(kept, writeVarint(bytes, { at: 1, value: kept.length }));
  return { bytes, payloadBytesCut: copy.length - body.at };
}

function bodyStartOf(bytes: Uint8Array, start: number): number | undefined {
  for (let at = start + 1; at < Math.min(start + HEADER_BYTES_MAX, bytes.length); at++) {
    if (bytes[at]! < 0x80) return at + 1;
  }
  return undefined;
}

function lengthOf(
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
): number {
  let length = 0;
  for (let at = end - 1; at >= start; at--) length = length << 7 | bytes[at]! & 0x7f;
  return length;
}
