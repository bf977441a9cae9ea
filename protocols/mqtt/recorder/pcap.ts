import { connectionEnds, type Ends, segment, SYN_FLAGS } from "./segments.ts";
import type { RecordedPacket } from "./recording.ts";

/** libpcap's format with microseconds: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html */
const MAGIC = 0xa1b2c3d4;
/** Each record is an IP packet, without a link layer. */
const LINKTYPE_RAW = 101;
const SNAPLEN = 262_144;
/** Payload of one segment: an IP packet has at most 65,535 bytes. */
const SEGMENT_BYTES_MAX = 32_768;

/** One connection as it is told in the file: both ends, and how far each has counted. */
interface Conversation {
  readonly ends: Ends;
  clientNext: number;
  serverNext: number;
}

/**
 * A capture that Wireshark opens: the packets as TCP segments of connections that were made up for
 * it, to port 1883, where it looks for MQTT. Addresses and ports of devices are the real ones.
 */
export function* packetCapture(packets: readonly RecordedPacket[]): Generator<Uint8Array> {
  yield fileHeader();
  const conversations = new Map<string, Conversation>();
  for (const packet of packets) {
    const { sessionId } = packet.connection;
    let conversation = conversations.get(sessionId);
    if (conversation === undefined) {
      conversation = { ends: connectionEnds(packet.connection), clientNext: 0, serverNext: 0 };
      conversations.set(sessionId, conversation);
      yield* handshake(conversation, packet.atMs);
    }
    yield* carried(conversation, packet);
  }
}

function* handshake(conversation: Conversation, atMs: number): Generator<Uint8Array> {
  const { ends } = conversation;
  const nothing = new Uint8Array(0);
  yield record(atMs, segment(ends, { ...SYN_FLAGS.first, payload: nothing }));
  yield record(atMs, segment(ends, { ...SYN_FLAGS.second, payload: nothing }));
  yield record(atMs, segment(ends, { ...SYN_FLAGS.third, payload: nothing }));
  conversation.clientNext = conversation.serverNext = 1;
}

function* carried(
  conversation: Conversation,
  { atMs, direction, bytes }: RecordedPacket,
): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += SEGMENT_BYTES_MAX) {
    const payload = bytes.subarray(at, at + SEGMENT_BYTES_MAX);
    const { clientNext, serverNext } = conversation;
    const fromClient = direction === "in";
    yield record(
      atMs,
      segment(conversation.ends, {
        fromClient,
        sequence: fromClient ? clientNext : serverNext,
        acknowledged: fromClient ? serverNext : clientNext,
        isFirst: false,
        acknowledges: true,
        payload,
      }),
    );
    if (fromClient) conversation.clientNext += payload.length;
    else conversation.serverNext += payload.length;
  }
}

function fileHeader(): Uint8Array {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, SNAPLEN);
  view.setUint32(20, LINKTYPE_RAW);
  return bytes;
}

function record(atMs: number, packet: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + packet.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(atMs / 1_000));
  view.setUint32(4, atMs % 1_000 * 1_000);
  view.setUint32(8, packet.length);
  view.setUint32(12, packet.length);
  bytes.set(packet, 16);
  return bytes;
}
