import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ManualClock } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { bytesOf } from "./cases/notation.ts";
import { tell } from "./cases/told.ts";
import { CHANNEL_A, Installation, THING_1, THING_2 } from "./installation.ts";
import { publishPacket, quiet, TestClient } from "./test_client.ts";
import { recordedLines } from "./recorded.ts";

const A = `channels/${CHANNEL_A}/messages`;
const AS_2 = { username: THING_2, password: Buffer.from("key-2") };

/** A server that lets a thing send two messages at once, and then one in five seconds. */
function setUp({ publishesPerSecondMax = 0.2 } = {}) {
  const clock = new ManualClock();
  const installation = new Installation(clock);
  const server = new MqttServer(installation.ground, { publishesPerSecondMax });
  const refusals = () =>
    installation.events.flatMap((event) => event.type === "SessionRefused" ? [event.data] : []);
  const stored = () => installation.ingress.stored.map(({ payload }) => textOf(payload));
  return { clock, installation, server, refusals, stored };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** A client of MQTT 5.0. */
async function client5(server: MqttServer, clientId: string) {
  const client = new TestClient(server);
  const exchange = async (notation: string) => {
    client.send(bytesOf(notation));
    await quiet();
    return tell(client.stream.written(), 5);
  };
  const lines = async (notation: string) => (await exchange(notation)).map(({ line }) => line);
  assert.deepEqual(await lines(`10 [ MQTT 05 c2 0000 [ ] '${clientId}' as1 ]`), ["connack 00"]);
  return { client, exchange, lines };
}

Deno.test("mqtt publish rate: MQTT 5.0 hears 0x97 for QoS 1 and 2, in the order of its messages, and may send them again", async () => {
  const { server, clock, stored, refusals } = setUp();
  const { lines } = await client5(server, "dev-1");
  assert.deepEqual(
    await lines('32 [ @A 0001 [ ] "a" ] 34 [ @A 0002 [ ] "b" ]'),
    ["puback 1", "pubrec 2"],
  );
  assert.deepEqual(
    await lines('32 [ @A 0003 [ ] "c" ] 34 [ @A 0004 [ ] "d" ]'),
    ["puback 3 97", "pubrec 4 97"],
  );
  assert.deepEqual(stored(), ["a", "b"]);
  assert.equal(server.counters.publishesPastRate, 2);
  clock.advance(5_000);
  // The id of a message that was refused is free again.
  assert.deepEqual(await lines('34 [ @A 0004 [ ] "d" ]'), ["pubrec 4"]);
  assert.deepEqual(stored(), ["a", "b", "d"]);
  const [refused, ...more] = refusals();
  assert.deepEqual(more, [], "repeated refusals are one fact");
  assert.equal(refused?.count, 2);
  assert.deepEqual([refused?.action, refused?.reasonCode], ["publish", 0x96]);
  assert.match(refused?.reason ?? "", /more than 0.2 messages a second/);
});

Deno.test("mqtt publish rate: the words of a refusal name the rate", async () => {
  const { server } = setUp();
  const { exchange } = await client5(server, "dev-1");
  const told = await exchange("32 [ @A 0001 [ ] ] 32 [ @A 0002 [ ] ] 32 [ @A 0003 [ ] ]");
  assert.deepEqual(told.at(-1)?.properties, [
    "reason=the thing publishes more than 0.2 messages a second",
  ]);
});

Deno.test("mqtt publish rate: a QoS 2 message that was taken is answered again whatever the rate", async () => {
  const { server, stored } = setUp();
  const { lines } = await client5(server, "dev-1");
  await lines('34 [ @A 0001 [ ] "a" ] 32 [ @A 0002 [ ] "b" ]');
  assert.deepEqual(await lines('3c [ @A 0001 [ ] "a" ] 62 [ 0001 ]'), ["pubrec 1", "pubcomp 1"]);
  assert.deepEqual(stored(), ["a", "b"]);
});

Deno.test("mqtt publish rate: MQTT 5.0 is ended with 0x96 for QoS 0, which has no answer", async () => {
  const { server, stored, clock, installation, refusals } = setUp();
  const { lines, client } = await client5(server, "dev-1");
  const heard = await lines('30 [ @A [ ] "a" ] 30 [ @A [ ] "b" ] 30 [ @A [ ] "c" ]');
  assert.deepEqual(heard, ["disconnect 96"]);
  assert.equal(client.isClosed, true);
  assert.deepEqual(stored(), ["a", "b"]);
  clock.advance(1_000);
  assert.equal(refusals()[0]?.count, 1);
  const ended = installation.events.at(-1);
  assert.ok(ended?.type === "SessionEnded");
  assert.equal(ended.data.reasonCode, 0x96);
});

Deno.test("mqtt publish rate: an alias that comes with a refused message holds", async () => {
  const { server, clock, stored } = setUp();
  const { lines } = await client5(server, "dev-1");
  await lines('32 [ @A 0001 [ ] "a" ] 32 [ @A 0002 [ ] "b" ]');
  assert.deepEqual(await lines('32 [ @A 0003 [ alias 0001 ] "c" ]'), ["puback 3 97"]);
  clock.advance(5_000);
  assert.deepEqual(await lines('32 [ 0000 0004 [ alias 0001 ] "d" ]'), ["puback 4"]);
  assert.deepEqual(stored(), ["a", "b", "d"]);
});

Deno.test("mqtt publish rate: MQTT 3.1.1 is read as slowly as it may send, and loses nothing", async () => {
  const { server, clock, stored, refusals, installation } = setUp();
  const client = await TestClient.connected(server, "dev-1", { keepalive: 1 });
  const packets = [1, 2, 3, 4].map((id) => publishPacket(A, `${id}`, { qos: 1, id }));
  assert.deepEqual(await client.exchange(...packets), ["puback #1", "puback #2"]);
  assert.deepEqual(await client.exchange({ cmd: "pingreq" }), []);
  clock.advance(4_999);
  assert.deepEqual(await client.heard(), []);
  clock.advance(1);
  assert.deepEqual(await client.heard(), ["puback #3"]);
  clock.advance(5_000);
  assert.deepEqual(await client.heard(), ["puback #4"]);
  clock.advance(5_000);
  assert.deepEqual(await client.heard(), ["pingresp"]);
  assert.deepEqual(stored(), ["1", "2", "3", "4"]);
  assert.equal(client.isClosed, false, "a client that is not read is not silent");
  assert.equal(server.counters.publishesPastRate, 3);
  clock.advance(60_000);
  assert.ok(refusals().every(({ reason }) => reason.endsWith("a second, and is slowed")));
  const noted = installation.events.filter(({ type }) => type === "SessionRefused").length;
  assert.ok(noted >= 1 && noted <= 3, `${noted} facts`);
});

Deno.test("mqtt publish rate: all connections of a thing share it, and another thing has its own", async () => {
  const { server, stored, clock } = setUp();
  const first = await TestClient.connected(server, "dev-1");
  const second = await TestClient.connected(server, "dev-2");
  const other = await TestClient.connected(server, "dev-1", AS_2);
  await first.exchange(publishPacket(A, "1"));
  await second.exchange(publishPacket(A, "2"));
  await first.exchange(publishPacket(A, "3"));
  await second.exchange(publishPacket(A, "4"));
  await other.exchange(publishPacket(A, "5"));
  assert.deepEqual(stored(), ["1", "2", "5"]);
  clock.advance(5_000);
  await quiet();
  assert.equal(stored().length, 4);
  clock.advance(5_000);
  await quiet();
  assert.deepEqual(stored().toSorted(), ["1", "2", "3", "4", "5"]);
});

Deno.test("mqtt publish rate: who comes back has not earned another burst", async () => {
  const { server } = setUp();
  const first = await client5(server, "dev-1");
  await first.lines("32 [ @A 0001 [ ] ] 32 [ @A 0002 [ ] ] e0 00");
  const again = await client5(server, "dev-1");
  assert.deepEqual(await again.lines("32 [ @A 0001 [ ] ]"), ["puback 1 97"]);
});

Deno.test("mqtt publish rate: a slowed connection ends at once when the server stops", async () => {
  const { server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  await client.exchange(...["1", "2", "3"].map((payload) => publishPacket(A, payload)));
  await server.close({ timeoutMs: 1_000 });
  assert.equal(client.isClosed, true);
});

Deno.test("mqtt publish rate: a recorder keeps a packet that was slowed once", async () => {
  const { server, clock } = setUp();
  server.recorder.start(THING_1, { minutes: 5, payloads: false });
  const client = await TestClient.connected(server, "dev-1");
  await client.exchange(...["1", "2", "3", "4"].map((payload) => publishPacket(A, payload)));
  for (let i = 0; i < 3; i++) {
    clock.advance(5_000);
    await quiet();
  }
  const lines = (recordedLines(server, THING_1) ?? []).map((line) => JSON.parse(line).type);
  assert.deepEqual(lines.filter((type) => type === "publish").length, 4);
});

Deno.test("mqtt publish rate: without a limit nobody is slowed", async () => {
  const { server, stored } = setUp({ publishesPerSecondMax: 0 });
  const client = await TestClient.connected(server, "dev-1");
  await client.exchange(...Array.from({ length: 500 }, (_, i) => publishPacket(A, `${i}`)));
  assert.equal(stored().length, 500);
  assert.equal(server.counters.publishesPastRate, 0);
});
