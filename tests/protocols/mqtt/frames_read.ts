import { Buffer } from "node:buffer";
import {
  FrameReader,
  newPublishHead,
  PacketType,
  type ProtocolVersion,
  readAck,
  readAuth,
  readConnect,
  readDisconnect,
  readEmpty,
  readProtocolLevel,
  readPublish,
  readSubscribe,
  readUnsubscribe,
} from "../../../protocols/mqtt/codec/mod.ts";

export const LIMITS = { packetBytesMax: 1_000, readBytesMin: 16, readBytesMax: 256 };

export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
}

/** Reads frames from bytes that arrive in chunks, as plain values. */
export function readAll(
  chunks: readonly Uint8Array[],
  options: { readonly version?: ProtocolVersion; readonly packetBytesMax?: number } = {},
): unknown[] {
  const { version = 4, packetBytesMax = LIMITS.packetBytesMax } = options;
  const frames = new FrameReader({ ...LIMITS, packetBytesMax });
  frames.shortestLengths = version === 5;
  const read: unknown[] = [];
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const room = frames.room();
      const part = chunk.subarray(at, at + room.length);
      room.set(part);
      frames.filled(part.length);
      at += part.length;
      while (frames.next()) read.push(readFrame(frames, version));
    }
  }
  return read;
}

/** All at once, byte by byte, and in two parts at every place. */
export function everySplit(bytes: Uint8Array): Uint8Array[][] {
  const splits = [[bytes], [...bytes].map((byte) => new Uint8Array([byte]))];
  for (let at = 1; at < bytes.length; at++) {
    splits.push([bytes.subarray(0, at), bytes.subarray(at)]);
  }
  return splits;
}

function readFrame(frames: FrameReader, version: ProtocolVersion): unknown {
  switch (frames.first >> 4) {
    case PacketType.connect:
      readProtocolLevel(frames);
      return readConnect(frames, version);
    case PacketType.publish:
      return publishOf(frames, version);
    case PacketType.subscribe:
      return readSubscribe(frames, version);
    case PacketType.unsubscribe:
      return readUnsubscribe(frames, version);
    case PacketType.pingreq:
      readEmpty(frames);
      return frames.first >> 4;
    case PacketType.disconnect: {
      const disconnect = readDisconnect(frames, version);
      return version === 4 ? frames.first >> 4 : disconnect;
    }
    case PacketType.auth:
      return readAuth(frames);
    default: {
      const ack = { packetId: 0, reasonCode: 0 };
      readAck(frames, ack, version);
      return version === 4
        ? { first: frames.first, packetId: ack.packetId }
        : { first: frames.first, ...ack };
    }
  }
}

function publishOf(frames: FrameReader, version: ProtocolVersion): unknown {
  const head = newPublishHead();
  readPublish(frames, head, version);
  const { qos, retain, duplicate, packetId, topicStart, topicEnd, payloadStart } = head;
  const topic = Buffer.from(frames.bytes.slice(topicStart, topicEnd)).toString();
  const payload = frames.bytes.slice(payloadStart, frames.bodyEnd);
  const fields = { topic, qos, retain, duplicate, packetId, payload };
  return version === 4 ? fields : { ...fields, properties: head.properties };
}
