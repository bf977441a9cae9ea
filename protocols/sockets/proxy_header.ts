import { ProtocolError } from "../../actors/mod.ts";
import { PROXY_HEADER_BYTES_MAX } from "./limits.ts";

/** What a proxy says in front of the bytes that it passes on (HAProxy's PROXY protocol). */
export interface ProxyHeader {
  /** Bytes that it takes. */
  readonly length: number;
  /** Who the connection is from; absent if it is the proxy's own, or it does not know. */
  readonly source?: { readonly hostname: string; readonly port: number };
}

const V1_START = new TextEncoder().encode("PROXY ");
/** Section 2.1: with its CR LF. */
const V1_BYTES_MAX = 107;
/** Section 2.2: bytes that begin no other protocol. */
const V2_START = new Uint8Array([13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]);
const V2_HEAD_BYTES = 16;
const PORTS_BYTES = 4;

/** Reads a header of version 1 or 2; undefined if more bytes are needed. Throws ProtocolError. */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader | undefined {
  if (begins(bytes, V2_START)) return bytes.length < V2_HEAD_BYTES ? undefined : readV2(bytes);
  if (begins(bytes, V1_START)) return readV1(bytes);
  throw new ProtocolError("Cannot take the connection of a proxy: it has no PROXY header");
}

/** As far as there are bytes. */
function begins(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.subarray(0, start.length).every((byte, index) => byte === start[index]);
}

function readV1(bytes: Uint8Array): ProxyHeader | undefined {
  const end = bytes.subarray(0, V1_BYTES_MAX).indexOf(10);
  if (end < 0) {
    if (bytes.length < V1_BYTES_MAX) return undefined;
    throw unreadable(`its line is longer than ${V1_BYTES_MAX} bytes`);
  }
  const line = String.fromCharCode(...bytes.subarray(0, end + 1));
  const length = end + 1;
  if (/^PROXY UNKNOWN( [^\r\n]*)?\r\n$/.test(line)) return { length };
  const [, family, hostname, port] =
    /^PROXY (TCP4|TCP6) (\S+) \S+ (\d{1,5}) \d{1,5}\r\n$/.exec(line) ?? [];
  const address = family === "TCP4" ? IPV4 : IPV6;
  if (hostname === undefined || !address.test(hostname) || Number(port) > 65_535) {
    throw unreadable("its line names no TCP4 or TCP6 addresses and ports");
  }
  return { length, source: { hostname, port: Number(port) } };
}

const IPV4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
/** Only digits are asked for: the address is shown and compared, never connected to. */
const IPV6 = /^[0-9a-fA-F]*:[0-9a-fA-F:.]+$/;

function readV2(bytes: Uint8Array): ProxyHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const versionAndCommand = view.getUint8(12);
  if (versionAndCommand >> 4 !== 2) throw unreadable(`it is of version ${versionAndCommand >> 4}`);
  const length = V2_HEAD_BYTES + view.getUint16(14);
  if (length > PROXY_HEADER_BYTES_MAX) {
    throw unreadable(`it is longer than ${PROXY_HEADER_BYTES_MAX} bytes`);
  }
  const command = versionAndCommand & 0x0f;
  if (command > 1) throw unreadable(`its command ${command} is neither LOCAL nor PROXY`);
  if (bytes.length < length) return undefined;
  // Section 2.2: of LOCAL, and of a family or transport that is not known here, nothing else counts.
  if (command === 0) return { length };
  const family = view.getUint8(13);
  if (family === 0x11) return { length, source: v2Source(view, { at: length, addressBytes: 4 }) };
  if (family === 0x21) return { length, source: v2Source(view, { at: length, addressBytes: 16 }) };
  return { length };
}

/** Two addresses, then two ports; the first of each is the source's. */
function v2Source(
  view: DataView,
  { at: end, addressBytes }: { readonly at: number; readonly addressBytes: 4 | 16 },
): { readonly hostname: string; readonly port: number } {
  const portAt = V2_HEAD_BYTES + 2 * addressBytes;
  if (end < portAt + PORTS_BYTES) throw unreadable("it is too short for its addresses");
  const port = view.getUint16(portAt);
  if (addressBytes === 4) {
    const parts = Array.from({ length: 4 }, (_, n) => view.getUint8(V2_HEAD_BYTES + n));
    return { hostname: parts.join("."), port };
  }
  const groups = Array.from(
    { length: 8 },
    (_, n) => view.getUint16(V2_HEAD_BYTES + 2 * n).toString(16),
  );
  // As everything else writes it: the longest run of zeros is left out.
  return { hostname: new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1), port };
}

function unreadable(why: string): ProtocolError {
  return new ProtocolError(`Cannot read the PROXY header: ${why}`);
}
