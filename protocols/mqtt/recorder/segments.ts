import type { RecordedConnection } from "./recording.ts";

/** Where Wireshark looks for MQTT. */
const MQTT_PORT = 1_883;
const TCP = 6;
const TCP_HEADER_BYTES = 20;
const FLAG_SYN = 0x02;
const FLAG_PUSH = 0x08;
const FLAG_ACK = 0x10;
const WINDOW = 65_535;
const HOPS = 64;
/** Of the server nothing but its side is known: the last address of a network for documentation. */
const SERVER_V4 = [192, 0, 2, 254];
const SERVER_V6 = groupsOf("2001:db8::fffe");
/** Of a peer whose address is no IP address. */
const UNKNOWN_V4 = [192, 0, 2, 1];
const UNKNOWN_PORT = 49_152;

/** Addresses in bytes, both of IPv4 (4) or both of IPv6 (16). */
export interface Ends {
  readonly client: readonly number[];
  readonly server: readonly number[];
  readonly clientPort: number;
}

export interface Segment {
  readonly fromClient: boolean;
  /** Relative to where each side began to count. */
  readonly sequence: number;
  readonly acknowledged: number;
  /** SYN. */
  readonly isFirst: boolean;
  readonly acknowledges: boolean;
  readonly payload: Uint8Array;
}

/** The three segments that open a connection (RFC 9293, 3.5). */
export const SYN_FLAGS = {
  first: { fromClient: true, sequence: 0, acknowledged: 0, isFirst: true, acknowledges: false },
  second: { fromClient: false, sequence: 0, acknowledged: 1, isFirst: true, acknowledges: true },
  third: { fromClient: true, sequence: 1, acknowledged: 1, isFirst: false, acknowledges: true },
} as const;

/** Of `ip:port` or `[ip]:port`. */
export function connectionEnds({ remoteAddress }: Pick<RecordedConnection, "remoteAddress">): Ends {
  const found = /^(?:\[([0-9a-f:.]+)\]|(\d+\.\d+\.\d+\.\d+)):(\d+)$/i.exec(remoteAddress);
  const [, v6, v4, port] = found ?? [];
  const clientPort = port === undefined ? UNKNOWN_PORT : Number(port);
  if (v6 !== undefined) return { client: groupsOf(v6), server: SERVER_V6, clientPort };
  const client = v4 === undefined ? UNKNOWN_V4 : v4.split(".").map(Number);
  return { client, server: SERVER_V4, clientPort };
}

/** One IP packet with one TCP segment (RFC 791, RFC 8200, RFC 9293). */
export function segment(ends: Ends, segment: Segment): Uint8Array {
  const { fromClient, payload } = segment;
  const [from, to] = fromClient ? [ends.client, ends.server] : [ends.server, ends.client];
  const ipBytes = from.length === 4 ? 20 : 40;
  const bytes = new Uint8Array(ipBytes + TCP_HEADER_BYTES + payload.length);
  const tcpBytes = bytes.length - ipBytes;
  if (from.length === 4) writeV4(bytes, { from, to });
  else writeV6(bytes, { from, to, tcpBytes });
  writeTcp(new DataView(bytes.buffer, ipBytes), { ends, segment });
  bytes.set(payload, ipBytes + TCP_HEADER_BYTES);
  const pseudoHeader = sumOf([...from, ...to]) + TCP + tcpBytes;
  new DataView(bytes.buffer).setUint16(
    ipBytes + 16,
    checksum(pseudoHeader + sumOf(bytes.subarray(ipBytes))),
  );
  return bytes;
}

function writeV4(
  bytes: Uint8Array,
  { from, to }: { readonly from: readonly number[]; readonly to: readonly number[] },
): void {
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x45);
  view.setUint16(2, bytes.length);
  view.setUint16(6, 0x4000);
  view.setUint8(8, HOPS);
  view.setUint8(9, TCP);
  bytes.set(from, 12);
  bytes.set(to, 16);
  view.setUint16(10, checksum(sumOf(bytes.subarray(0, 20))));
}

function writeV6(
  bytes: Uint8Array,
  { from, to, tcpBytes }: {
    readonly from: readonly number[];
    readonly to: readonly number[];
    readonly tcpBytes: number;
  },
): void {
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x60);
  view.setUint16(4, tcpBytes);
  view.setUint8(6, TCP);
  view.setUint8(7, HOPS);
  bytes.set(from, 8);
  bytes.set(to, 24);
}

function writeTcp(
  view: DataView,
  { ends, segment }: { readonly ends: Ends; readonly segment: Segment },
): void {
  const { fromClient, sequence, acknowledged, isFirst, acknowledges, payload } = segment;
  view.setUint16(0, fromClient ? ends.clientPort : MQTT_PORT);
  view.setUint16(2, fromClient ? MQTT_PORT : ends.clientPort);
  view.setUint32(4, sequence >>> 0);
  view.setUint32(8, acknowledged >>> 0);
  view.setUint8(12, TCP_HEADER_BYTES / 4 << 4);
  view.setUint8(
    13,
    (isFirst ? FLAG_SYN : 0) | (acknowledges ? FLAG_ACK : 0) | (payload.length > 0 ? FLAG_PUSH : 0),
  );
  view.setUint16(14, WINDOW);
}

/** Of 16-bit words, the last one filled up with 0. */
function sumOf(bytes: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes[at]! << 8 | (bytes[at + 1] ?? 0);
  return sum;
}

/** RFC 1071. */
function checksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return ~folded & 0xffff;
}

/** The 16 bytes of an IPv6 address (RFC 4291, 2.2), whose end may be an IPv4 address. */
function groupsOf(text: string): number[] {
  const hexadecimal = text.replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_, a, b, c, d) =>
      `${(Number(a) << 8 | Number(b)).toString(16)}:${(Number(c) << 8 | Number(d)).toString(16)}`,
  );
  const [head = "", tail] = hexadecimal.split("::");
  const groups = (part: string) =>
    part === "" ? [] : part.split(":").map((each) => parseInt(each, 16));
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  const zeros = new Array<number>(Math.max(0, 8 - first.length - last.length)).fill(0);
  return [...first, ...zeros, ...last].flatMap((group) => [group >> 8 & 0xff, group & 0xff]);
}
