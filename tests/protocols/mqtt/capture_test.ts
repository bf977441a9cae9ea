import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ManualClock } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, Installation, THING_1 } from "./installation.ts";
import { connectPacket, decode, publishPacket, TestClient, told } from "./test_client.ts";
import { recordedCapture } from "./recorded.ts";

const A = `channels/${CHANNEL_A}/messages`;
const START_MS = Date.UTC(2026, 0, 1) + 123;

interface Captured {
  readonly seconds: number;
  readonly micros: number;
  readonly ip: Uint8Array;
}

/** The records of a capture file, read by its specification (draft-ietf-opsawg-pcap). */
function recordsOf(file: Uint8Array): Captured[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  assert.equal(view.getUint32(0), 0xa1b2c3d4);
  assert.deepEqual([view.getUint16(4), view.getUint16(6)], [2, 4]);
  const snaplen = view.getUint32(16);
  assert.equal(view.getUint32(20), 101, "raw IP");
  const records: Captured[] = [];
  for (let at = 24; at < file.length;) {
    const length = view.getUint32(at + 8);
    assert.equal(view.getUint32(at + 12), length, "nothing is cut off");
    assert.ok(length <= snaplen);
    const ip = file.subarray(at + 16, at + 16 + length);
    records.push({ seconds: view.getUint32(at), micros: view.getUint32(at + 4), ip });
    at += 16 + length;
  }
  return records;
}

function ones(bytes: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes[at]! * 256 + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum % 0x1_0000) + Math.floor(sum / 0x1_0000);
  return sum;
}

interface Tcp {
  readonly from: string;
  readonly to: string;
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledged: number;
  readonly payload: Uint8Array;
}

/** One segment; its lengths and checksums must be right (RFC 791, RFC 8200, RFC 9293). */
function segmentOf({ ip }: Captured): Tcp {
  const isV4 = ip[0]! >> 4 === 4;
  const header = isV4 ? 20 : 40;
  const view = new DataView(ip.buffer, ip.byteOffset, ip.length);
  if (isV4) {
    assert.equal(view.getUint16(2), ip.length);
    assert.equal(ones([...ip.subarray(0, 20)]), 0xffff);
  } else assert.equal(view.getUint16(4), ip.length - 40);
  assert.equal(ip[isV4 ? 9 : 6], 6, "TCP");
  const [addresses, width] = isV4 ? [ip.subarray(12, 20), 4] : [ip.subarray(8, 40), 16];
  const length = ip.length - header;
  const pseudo = [...addresses, 0, 6, length >> 8, length & 0xff];
  assert.equal(ones([...pseudo, ...ip.subarray(header)]), 0xffff);
  const end = (at: number) => [...addresses.subarray(at, at + width)].join(".");
  return {
    from: `${end(0)}:${view.getUint16(header)}`,
    to: `${end(width)}:${view.getUint16(header + 2)}`,
    sequence: view.getUint32(header + 4),
    acknowledged: view.getUint32(header + 8),
    flags: ip[header + 13]!,
    payload: ip.subarray(header + (ip[header + 12]! >> 4) * 4),
  };
}

async function captured(remoteAddress: string, payload = "hello"): Promise<Captured[]> {
  const clock = new ManualClock(START_MS);
  const server = new MqttServer(new Installation(clock).ground);
  server.recorder.start(THING_1, { minutes: 5, payloads: true });
  const client = new TestClient(server, { remoteAddress });
  await client.exchange(connectPacket("dev-1"));
  clock.advance(2_000);
  await client.exchange(publishPacket(A, payload, { qos: 1, id: 7 }));
  return recordsOf(recordedCapture(server, THING_1));
}

for (
  const [address, client] of [
    ["198.51.100.7:4711", "198.51.100.7:4711"],
    ["[2001:db8::7]:4711", "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7:4711"],
    ["[::ffff:198.51.100.7]:4711", "0.0.0.0.0.0.0.0.0.0.255.255.198.51.100.7:4711"],
  ] as const
) {
  Deno.test(`mqtt capture: tells a connection from ${address} as TCP to port 1883`, async () => {
    const segments = (await captured(address)).map(segmentOf);
    const ports = segments.map(({ from, to }) => (from === client ? to : from).split(":")[1]);
    assert.deepEqual([...new Set(ports)], ["1883"]);
    const flags = segments.slice(0, 3).map(({ from, flags }) => [from === client, flags]);
    assert.deepEqual(flags, [[true, 0x02], [false, 0x12], [true, 0x10]]);
    const sent = (fromClient: boolean) =>
      told(decode(Buffer.concat(
        segments.filter(({ from }) => (from === client) === fromClient).map(({ payload }) =>
          payload
        ),
      )));
    assert.deepEqual(sent(true), ["connect", `publish #7 q1 ${A}: hello`]);
    assert.deepEqual(sent(false), ["connack 0", "puback #7"]);
  });
}

Deno.test("mqtt capture: counts the bytes of both sides, also of packets that take several segments", async () => {
  const segments = (await captured("198.51.100.7:4711", "y".repeat(200_000))).map(segmentOf);
  const next = new Map<string, number>();
  for (const { from, to, flags, sequence, acknowledged, payload } of segments) {
    assert.equal(sequence, next.get(from) ?? 0);
    if ((flags & 0x10) !== 0) assert.equal(acknowledged, next.get(to));
    next.set(from, sequence + payload.length + ((flags & 0x02) === 0 ? 0 : 1));
  }
  assert.ok(segments.length > 8);
});

Deno.test("mqtt capture: gives each packet its time, in seconds and microseconds", async () => {
  const records = await captured("198.51.100.7:4711");
  const first = records[0]!;
  assert.deepEqual([first.seconds, first.micros], [Math.floor(START_MS / 1_000), 123_000]);
  const last = records.at(-1)!;
  assert.deepEqual([last.seconds - first.seconds, last.micros], [2, 123_000]);
});

Deno.test("mqtt capture: a peer without an IP address gets one that is reserved for examples", async () => {
  const segments = (await captured("local")).map(segmentOf);
  assert.equal(segments[0]?.from.split(":")[0], "192.0.2.1");
});
