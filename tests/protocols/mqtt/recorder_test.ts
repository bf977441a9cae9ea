import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import mqttPacket from "mqtt-packet";
import { ManualClock } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, Installation, THING_1, THING_2 } from "./installation.ts";
import { connectPacket, publishPacket, quiet, subscribePacket, TestClient } from "./test_client.ts";
import { recordedCapture, recordedLines } from "./recorded.ts";

const A = `channels/${CHANNEL_A}/messages`;
const AS_2 = { username: THING_2, password: Buffer.from("key-2") };
const MINUTE_MS = 60_000;

function setUp() {
  const clock = new ManualClock();
  const installation = new Installation(clock);
  return { clock, installation, server: new MqttServer(installation.ground) };
}

interface Line {
  readonly at: string;
  readonly direction: "in" | "out";
  readonly type: string;
  readonly session: string;
  readonly bytes: number;
  readonly payload_bytes?: number;
  readonly packet: Record<string, unknown>;
}

function lines(server: MqttServer, thingId = THING_1): Line[] {
  return (recordedLines(server, thingId) ?? []).map((line) => JSON.parse(line));
}

function told(server: MqttServer): string[] {
  return lines(server).map(({ direction, type }) => `${direction} ${type}`);
}

Deno.test("mqtt recorder: keeps every packet of a thing, both ways, in order, from CONNECT to DISCONNECT", async () => {
  const { server, installation, clock } = setUp();
  server.recorder.start(THING_1, { minutes: 5, payloads: false });
  const client = await TestClient.connected(server, "dev-1");
  clock.advance(1_500);
  await client.exchange(subscribePacket(1, { [A]: 1 }));
  await client.exchange(publishPacket(A, "hello", { qos: 1, id: 7 }), { cmd: "pingreq" });
  await client.exchange({ cmd: "puback", messageId: 1 });
  await client.exchange({ cmd: "disconnect" });
  const all = told(server);
  assert.deepEqual(all.slice(0, 4), ["in connect", "out connack", "in subscribe", "out suback"]);
  assert.deepEqual(all.slice(4).filter((line) => line.startsWith("in")), [
    "in publish",
    "in pingreq",
    "in puback",
    "in disconnect",
  ]);
  assert.deepEqual(all.slice(4).filter((line) => line.startsWith("out")).toSorted(), [
    "out pingresp",
    "out puback",
    "out publish",
  ]);
  const [first, , subscribe] = lines(server);
  assert.equal(Date.parse(subscribe!.at) - Date.parse(first!.at), 1_500);
  assert.equal(first!.session, installation.facts[0]?.origin.sessionId);
});

Deno.test("mqtt recorder: begins and ends in the middle of a connection, by itself", async () => {
  const { server, clock } = setUp();
  const client = await TestClient.connected(server, "dev-1", { keepalive: 0 });
  await client.exchange({ cmd: "pingreq" });
  const state = server.recorder.start(THING_1, { minutes: 2, payloads: false });
  assert.deepEqual([state?.recording, state?.packets], [true, 0]);
  await client.exchange({ cmd: "pingreq" });
  clock.advance(2 * MINUTE_MS);
  await client.exchange({ cmd: "pingreq" });
  assert.deepEqual(told(server), ["in pingreq", "out pingresp"]);
  assert.equal(server.recorder.state(THING_1)?.recording, false);
  clock.advance(60 * MINUTE_MS);
  assert.equal(server.recorder.state(THING_1), undefined);
  assert.equal(recordedLines(server, THING_1), undefined);
});

Deno.test("mqtt recorder: keeps the packets of its thing and of no other", async () => {
  const { server } = setUp();
  server.recorder.start(THING_1, { minutes: 5, payloads: false });
  await TestClient.connected(server, "dev-2", AS_2);
  assert.deepEqual(lines(server), []);
  assert.equal(server.recorder.state(THING_2), undefined);
});

Deno.test("mqtt recorder: a packet that comes in pieces is one packet, from its first byte on", async () => {
  const { server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  const packet = new Uint8Array(mqttPacket.generate(publishPacket(A, "in pieces")));
  client.send(packet.subarray(0, 9));
  await client.heard();
  server.recorder.start(THING_1, { minutes: 5, payloads: true });
  for (let at = 9; at < packet.length; at += 11) {
    await client.exchange(packet.subarray(at, at + 11));
  }
  const [line, ...others] = lines(server);
  assert.deepEqual([line?.type, line?.packet["payload"], others], ["publish", "in pieces", []]);
});

Deno.test("mqtt recorder: keeps payloads only if they are asked for, and their size always", async () => {
  for (const payloads of [false, true]) {
    const { server } = setUp();
    server.recorder.start(THING_1, { minutes: 5, payloads });
    const will = { topic: A, payload: Buffer.from("my last words"), qos: 0 as const };
    const client = await TestClient.connected(server, "dev-1", { will });
    await client.exchange(subscribePacket(1, { [A]: 0 }));
    await client.exchange(publishPacket(A, "what I say"));
    const text = JSON.stringify(lines(server));
    const capture = recordedCapture(server, THING_1).toString("latin1");
    for (const said of ["what I say", "my last words"]) {
      assert.equal(text.includes(said), payloads, said);
      assert.equal(capture.includes(said), payloads, said);
    }
    const published = lines(server).filter(({ type }) => type === "publish");
    assert.deepEqual(published.map(({ direction }) => direction), ["in", "out"]);
    const bytes = 2 + 2 + A.length + "what I say".length;
    assert.deepEqual(published.map(({ bytes }) => bytes), [bytes, bytes]);
    const sizes = published.map(({ payload_bytes }) => payload_bytes);
    assert.deepEqual(sizes, payloads ? [undefined, undefined] : [10, 10]);
  }
});

Deno.test("mqtt recorder: keeps no key and no authentication data, in no form", async () => {
  for (const protocolVersion of [4, 5] as const) {
    const { server } = setUp();
    server.recorder.start(THING_1, { minutes: 5, payloads: true });
    const client = new TestClient(server);
    const connect = connectPacket("dev-1", { protocolVersion, keepalive: 60 });
    await client.exchange(
      new Uint8Array(mqttPacket.generate(connect, { protocolVersion })),
    );
    // A client that repeats its CONNECT is thrown out; what it showed must not stay either.
    const auth = {
      cmd: "auth",
      reasonCode: 0x18,
      properties: {
        authenticationMethod: "SCRAM-SHA-256",
        authenticationData: Buffer.from("proof of identity"),
      },
    } as const;
    client.send(
      new Uint8Array(mqttPacket.generate(connect, { protocolVersion })),
      new Uint8Array(mqttPacket.generate(auth, { protocolVersion: 5 })),
    );
    await quiet();
    const all = lines(server);
    assert.deepEqual(all.map(({ type }) => type).slice(0, 4), [
      "connect",
      "connack",
      "connect",
      "auth",
    ]);
    const text = JSON.stringify(all);
    const capture = recordedCapture(server, THING_1).toString("latin1");
    for (const secret of ["key-1", "proof of identity", Buffer.from("key-1").toString("base64")]) {
      assert.ok(!text.includes(secret) && !capture.includes(secret), secret);
    }
    assert.equal(all[0]?.packet["clientId"], "dev-1");
    assert.equal(all[0]?.packet["username"], THING_1);
  }
});

Deno.test("mqtt recorder: drops the oldest past its bound of memory, and counts them", async () => {
  const { server } = setUp();
  server.recorder.start(THING_1, { minutes: 5, payloads: true });
  const client = await TestClient.connected(server, "dev-1");
  const payload = "x".repeat(200_000);
  for (let n = 0; n < 40; n++) await client.exchange(publishPacket(`${A}/${n}`, payload));
  const { packets, bytes, dropped } = server.recorder.state(THING_1)!;
  assert.ok(bytes <= 4 * 1024 * 1024, `${bytes} bytes`);
  assert.equal(packets + dropped, 42);
  assert.ok(packets >= 20);
  assert.equal(lines(server).at(-1)?.packet["topic"], `${A}/39`);
});

Deno.test("mqtt recorder: records sixteen things at once, and gives the place of one that has ended", () => {
  const { server, clock } = setUp();
  const { recorder } = server;
  const id = (n: number) => `thing ${n}`;
  recorder.start(id(0), { minutes: 1, payloads: false });
  for (let n = 1; n < 16; n++) recorder.start(id(n), { minutes: 9, payloads: false });
  assert.equal(recorder.start(id(16), { minutes: 1, payloads: false }), undefined);
  assert.ok(recorder.start(id(3), { minutes: 9, payloads: true })?.payloads);
  clock.advance(MINUTE_MS);
  assert.ok(recorder.start(id(16), { minutes: 1, payloads: false })?.recording);
  assert.equal(recorder.state(id(0)), undefined);
  assert.equal(recorder.state(id(1))?.recording, true);
});
