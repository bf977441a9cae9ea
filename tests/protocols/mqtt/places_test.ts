import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ManualClock } from "../../../actors/mod.ts";
import { type MqttLimits, MqttServer } from "../../../protocols/mqtt/mod.ts";
import { bytesOf } from "./cases/notation.ts";
import { tell } from "./cases/told.ts";
import { Installation, THING_2 } from "./installation.ts";
import { ScramPeer } from "./scram_peer.ts";
import { connectPacket, quiet, TestClient } from "./test_client.ts";

const AS_2 = { username: THING_2, password: Buffer.from("key-2") };

function setUp(limits: Partial<MqttLimits>) {
  const clock = new ManualClock();
  const installation = new Installation(clock);
  return { clock, installation, server: new MqttServer(installation.ground, limits) };
}

/** What a CONNECT from there is answered with. */
async function connectFrom(
  server: MqttServer,
  remoteAddress: string,
  { clientId = crypto.randomUUID(), version = 4 }: {
    readonly clientId?: string;
    readonly version?: 4 | 5;
  } = {},
): Promise<{ readonly client: TestClient; readonly answer: string | undefined }> {
  const client = new TestClient(server, { remoteAddress });
  const block = version === 5 ? "[ ]" : "";
  client.send(bytesOf(`10 [ MQTT 0${version} c2 0000 ${block} '${clientId}' as1 ]`));
  await quiet();
  return { client, answer: tell(client.stream.written(), version)[0]?.line };
}

function refusals({ events }: Installation) {
  return events.flatMap((event) => event.type === "SessionRefused" ? [event.data] : []);
}

Deno.test("mqtt places: an address that has its connections is refused the next, in either version's words", async () => {
  const { server } = setUp({ connectionsPerAddressMax: 2 });
  const first = await connectFrom(server, "192.0.2.1:1000");
  assert.equal(first.answer, "connack 00");
  assert.equal((await connectFrom(server, "192.0.2.1:1001")).answer, "connack 00");
  const third = await connectFrom(server, "192.0.2.1:1002");
  assert.equal(third.answer, "connack 03");
  assert.equal(third.client.isClosed, true);
  assert.equal((await connectFrom(server, "192.0.2.1:1003", { version: 5 })).answer, "connack 97");
  assert.equal(server.counters.connectsPastQuota, 2);
  assert.equal(server.counters.connectsRefused, 2);
  assert.equal((await connectFrom(server, "192.0.2.2:1000")).answer, "connack 00");
  first.client.stream.end();
  await quiet();
  assert.equal((await connectFrom(server, "192.0.2.1:1004")).answer, "connack 00");
});

Deno.test("mqtt places: the addresses of one IPv6 network count together, and those of another apart", async () => {
  const { server } = setUp({ connectionsPerAddressMax: 1 });
  const answers = async (...addresses: string[]) => {
    const all: (string | undefined)[] = [];
    for (const address of addresses) all.push((await connectFrom(server, address)).answer);
    return all;
  };
  assert.deepEqual(
    await answers("[2001:db8:0:1::7]:1", "[2001:db8::1:a:b:c:d]:1", "[2001:db8:0:2::7]:1"),
    ["connack 00", "connack 03", "connack 00"],
  );
  assert.deepEqual(
    await answers("[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.2]:1", "[::1]:1", "[::1]:2"),
    ["connack 00", "connack 00", "connack 00", "connack 03"],
  );
});

Deno.test("mqtt places: a refused CONNECT and one that never came take no place of an address", async () => {
  const { server } = setUp({ connectionsPerAddressMax: 1 });
  const silent = new TestClient(server);
  const stranger = new TestClient(server);
  const wrong = connectPacket("x", { password: Buffer.from("wrong") });
  assert.deepEqual(await stranger.exchange(wrong), ["connack 4"]);
  await TestClient.connected(server, "dev-1");
  assert.equal(silent.isClosed, false);
});

Deno.test("mqtt places: a thing that has its connections is refused the next, and its history says how often", async () => {
  const { server, installation, clock } = setUp({ connectionsPerThingMax: 1 });
  const first = await TestClient.connected(server, "dev-1");
  for (const version of [4, 5, 4] as const) {
    const { answer } = await connectFrom(server, "192.0.2.9:1", { version });
    assert.equal(answer, version === 4 ? "connack 03" : "connack 97");
  }
  await TestClient.connected(server, "dev-2", AS_2);
  assert.equal(server.counters.connectsPastQuota, 3);
  clock.advance(1_000);
  const [refused, ...more] = refusals(installation);
  assert.deepEqual(more, []);
  assert.equal(refused?.count, 3);
  assert.deepEqual(
    [refused?.action, refused?.reasonCode, refused?.reason],
    ["connect", 0x97, "the thing has 1 connections"],
  );
  await first.exchange({ cmd: "disconnect" });
  await TestClient.connected(server, "dev-3");
});

Deno.test("mqtt places: a thing that has its connections may take one of them over", async () => {
  const { server } = setUp({ connectionsPerThingMax: 1 });
  const first = await TestClient.connected(server, "dev-1");
  const second = await TestClient.connected(server, "dev-1");
  assert.equal(first.isClosed, true);
  assert.equal(second.isClosed, false);
  assert.equal((await connectFrom(server, "192.0.2.1:2")).answer, "connack 03");
});

Deno.test("mqtt places: a thing that proves its key by SCRAM is counted as all others", async () => {
  const { server } = setUp({ connectionsPerThingMax: 1 });
  const peer = await ScramPeer.connected(server);
  const second = new ScramPeer(server);
  second.auth(0x18, second.scram.final(await second.asked({ clientId: "b" })));
  assert.equal((await second.next()).code, 0x97);
  // One that goes while its proof is looked at leaves its place.
  peer.leave();
  const gone = new ScramPeer(server);
  gone.auth(0x18, gone.scram.final(await gone.asked({ clientId: "c" })));
  gone.leave();
  for (let turn = 0; turn < 100 && !gone.isClosed; turn++) await quiet();
  await ScramPeer.connected(server);
  await server.close({ timeoutMs: 0 });
});

Deno.test("mqtt places: CONNECTs that come too fast from one address are refused, until time has passed", async () => {
  const { server, clock, installation } = setUp({ connectsPerSecondMax: 0.2 });
  const answers: (string | undefined)[] = [];
  for (const version of [4, 5, 4, 5] as const) {
    answers.push((await connectFrom(server, "192.0.2.1:1", { version })).answer);
  }
  // Ten seconds' worth at once.
  assert.deepEqual(answers, ["connack 00", "connack 00", "connack 03", "connack 9f"]);
  assert.equal(server.counters.connectsPastRate, 2);
  assert.equal((await connectFrom(server, "192.0.2.2:1")).answer, "connack 00");
  clock.advance(4_999);
  assert.equal((await connectFrom(server, "192.0.2.1:1")).answer, "connack 03");
  clock.advance(1);
  assert.equal((await connectFrom(server, "192.0.2.1:1")).answer, "connack 00");
  assert.equal((await connectFrom(server, "192.0.2.1:1")).answer, "connack 03");
  clock.advance(60_000);
  assert.deepEqual(refusals(installation), [], "nobody knows which thing it was");
});

Deno.test("mqtt places: without limits nobody is refused", async () => {
  const none = { connectionsPerThingMax: 0, connectionsPerAddressMax: 0, connectsPerSecondMax: 0 };
  const { server } = setUp(none);
  const clients = [];
  for (let i = 0; i < 50; i++) clients.push(await TestClient.connected(server, `dev-${i}`));
  assert.ok(clients.every(({ isClosed }) => !isClosed));
  assert.equal(server.counters.connectsRefused, 0);
});
