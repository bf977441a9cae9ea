import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { reject } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, CHANNEL_B, DOMAIN, Installation, THING_1, THING_2 } from "./installation.ts";
import { publishPacket, quiet, TestClient } from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;

function setUp(): { installation: Installation; server: MqttServer } {
  const installation = new Installation();
  return { installation, server: new MqttServer(installation.ground) };
}

function text(payload: Uint8Array): string {
  return Buffer.from(payload).toString();
}

Deno.test("mqtt publish: hands messages to ingress with channel, subtopic and origin", async () => {
  const { installation, server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  await client.exchange(
    publishPacket(`${A}/room/temp`, "1"),
    publishPacket(`/${A}`, "2", { retain: true }),
    publishPacket(`m/${DOMAIN}/c/${CHANNEL_A}/room`, "3", { qos: 1, id: 7 }),
  );
  const stored = installation.ingress.stored;
  assert.deepEqual(
    stored.map(({ route, qos, retain, payload }) => [
      route.channelId,
      route.subtopic,
      qos,
      retain,
      text(payload),
    ]),
    [
      [CHANNEL_A, "room/temp", 0, false, "1"],
      [CHANNEL_A, "", 0, true, "2"],
      [CHANNEL_A, "room", 1, false, "3"],
    ],
  );
  const sessionId = installation.facts[0]?.origin.sessionId;
  assert.deepEqual(stored[0]?.route.origin, {
    publisher: THING_1,
    protocol: "mqtt",
    remoteAddress: "192.0.2.1:50000",
    correlationId: sessionId,
  });
});

Deno.test("mqtt publish: of QoS 1 is acknowledged when it is durable and not before", async () => {
  const { installation, server } = setUp();
  installation.ingress.automatic = false;
  const client = await TestClient.connected(server, "dev-1");
  const heard = await client.exchange(
    publishPacket(A, "1", { qos: 1, id: 5 }),
    publishPacket(A, "2", { qos: 1, id: 9 }),
  );
  assert.deepEqual(heard, []);
  installation.ingress.settle();
  assert.deepEqual(await client.heard(), ["puback #5", "puback #9"]);
});

Deno.test("mqtt publish: acknowledges all messages of a tick in one write", async () => {
  const { installation, server } = setUp();
  installation.ingress.automatic = false;
  const client = await TestClient.connected(server, "dev-1");
  for (let id = 1; id <= 100; id++) client.send(publishPacket(A, "x", { qos: 1, id }));
  await quiet();
  const before = client.stream.writes;
  installation.ingress.settle();
  assert.equal((await client.heard()).length, 100);
  assert.equal(client.stream.writes, before + 1);
});

Deno.test("mqtt publish: of QoS 2 is stored once, however often it is repeated", async () => {
  const { installation, server } = setUp();
  installation.ingress.automatic = false;
  const client = await TestClient.connected(server, "dev-1");
  const first = publishPacket(A, "once", { qos: 2, id: 3 });
  const again = publishPacket(A, "once", { qos: 2, id: 3, dup: true });
  assert.deepEqual(await client.exchange(first, again), []);
  installation.ingress.settle();
  assert.deepEqual(await client.heard(), ["pubrec #3"]);
  assert.deepEqual(await client.exchange(again), ["pubrec #3"]);
  assert.deepEqual(await client.exchange({ cmd: "pubrel", messageId: 3 }), ["pubcomp #3"]);
  assert.deepEqual(await client.exchange({ cmd: "pubrel", messageId: 3 }), ["pubcomp #3"]);
  assert.equal(installation.ingress.stored.length, 1);
  await client.exchange(publishPacket(A, "next", { qos: 2, id: 3 }));
  assert.equal(installation.ingress.stored.length, 2);
});

Deno.test("mqtt publish: keeps the order of acknowledgements over QoS 1 and 2", async () => {
  const { server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  const heard = await client.exchange(
    publishPacket(A, "1", { qos: 1, id: 1 }),
    publishPacket(A, "2", { qos: 2, id: 2 }),
    publishPacket(A, "3", { qos: 0 }),
    publishPacket(A, "4", { qos: 1, id: 4 }),
  );
  assert.deepEqual(heard, ["puback #1", "pubrec #2", "puback #4"]);
});

Deno.test("mqtt publish: ends the connection of a client that releases what was not received", async () => {
  const { installation, server } = setUp();
  installation.ingress.automatic = false;
  const client = await TestClient.connected(server, "dev-1");
  const early = publishPacket(A, "x", { qos: 2, id: 3 });
  assert.deepEqual(await client.exchange(early, { cmd: "pubrel", messageId: 3 }), []);
  assert.equal(client.isClosed, true);
});

Deno.test("mqtt publish: ends the connection when the store refuses, without an acknowledgement", async () => {
  const { installation, server } = setUp();
  installation.ingress.automatic = false;
  const client = await TestClient.connected(server, "dev-1");
  await client.exchange(publishPacket(A, "x", { qos: 1, id: 3 }));
  installation.ingress.settle(reject("storage_full", "Cannot store messages: the disk is full"));
  assert.deepEqual(await client.heard(), []);
  assert.equal(client.isClosed, true);
  const ended = installation.events.at(-1);
  assert.ok(ended?.type === "SessionEnded");
  assert.equal(ended.data.reason, "messages were refused: Cannot store messages: the disk is full");
});

for (
  const [name, topic] of [
    ["a channel that the thing is not connected to", `channels/${CHANNEL_B}/messages`],
    ["a channel that does not exist", "channels/none/messages"],
    ["a channel under the name of another domain", `m/other/c/${CHANNEL_A}`],
    ["a topic that begins with $", "$SYS/broker/uptime"],
    ["a topic of another form", "sensors/temp"],
    ["a topic of too many levels", `${A}${"/a".repeat(64)}`],
    ["a topic of too many bytes", `${A}/${"a".repeat(1_024)}`],
  ] as const
) {
  Deno.test(`mqtt publish: ends the connection for ${name}`, async () => {
    const { installation, server } = setUp();
    const client = await TestClient.connected(server, "dev-2", {
      username: THING_2,
      password: Buffer.from("key-2"),
    });
    assert.deepEqual(await client.exchange(publishPacket(topic, "x", { qos: 1, id: 1 })), []);
    assert.equal(client.isClosed, true);
    assert.deepEqual(installation.ingress.stored, []);
    assert.equal(server.counters.actionsRefused, 1);
    const refused = installation.events.find(({ type }) => type === "SessionRefused");
    assert.ok(refused?.type === "SessionRefused");
    assert.equal(refused.data.action, "publish");
    assert.equal(refused.data.topic, topic.slice(0, 1_024));
  });
}

Deno.test("mqtt publish: ends the connection for wildcards, no topic, and text that is not UTF-8", async () => {
  const { server, installation } = setUp();
  for (const hex of ["300400022b2f", "300400022361", "30030001ff", "3003000100", "30020000"]) {
    const client = await TestClient.connected(server, "dev-1");
    await client.exchange(new Uint8Array(Buffer.from(hex, "hex")));
    assert.equal(client.isClosed, true, hex);
  }
  assert.equal(server.counters.protocolErrors, 5);
  assert.deepEqual(installation.ingress.stored, []);
});

Deno.test("mqtt publish: tells topics apart that look alike to a cache", async () => {
  const { installation, server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  const wanted: string[] = [];
  for (let i = 0; i < 3_000; i++) {
    const subtopic = `s${i % 1_500}`;
    wanted.push(subtopic);
    client.send(publishPacket(`${A}/${subtopic}`, "x"));
  }
  await quiet();
  assert.deepEqual(installation.ingress.stored.map(({ route }) => route.subtopic), wanted);
});

Deno.test("mqtt will: is published when the connection ends without DISCONNECT", async () => {
  const { installation, server } = setUp();
  const will = { topic: `${A}/gone`, payload: Buffer.from("bye"), qos: 1 as const, retain: true };
  const client = await TestClient.connected(server, "dev-1", { will });
  client.stream.end();
  await quiet();
  const [stored, ...others] = installation.ingress.stored;
  assert.deepEqual(others, []);
  assert.equal(stored?.route.subtopic, "gone");
  assert.equal(text(stored!.payload), "bye");
  assert.equal(stored?.qos, 1);
  assert.equal(stored?.retain, true);
});

Deno.test("mqtt will: is published for a protocol error and at a take-over", async () => {
  const { installation, server } = setUp();
  const will = { topic: A, payload: Buffer.from("bye") };
  await TestClient.connected(server, "dev-1", { will });
  const second = await TestClient.connected(server, "dev-1", { will });
  assert.equal(installation.ingress.stored.length, 1);
  await second.exchange(new Uint8Array([0xf0, 0]));
  assert.equal(second.isClosed, true);
  assert.equal(installation.ingress.stored.length, 2);
});

Deno.test("mqtt will: is discarded by DISCONNECT", async () => {
  const { installation, server } = setUp();
  const will = { topic: A, payload: Buffer.from("bye") };
  const client = await TestClient.connected(server, "dev-1", { will });
  await client.exchange({ cmd: "disconnect" });
  assert.equal(client.isClosed, true);
  assert.deepEqual(installation.ingress.stored, []);
});

Deno.test("mqtt will: is refused if the thing has lost the right to publish it", async () => {
  const { installation, server } = setUp();
  const will = { topic: A, payload: Buffer.from("bye") };
  await TestClient.connected(server, "dev-1", { will });
  installation.thing(THING_1, { status: "disabled" });
  await quiet();
  assert.deepEqual(installation.ingress.stored, []);
  assert.ok(installation.events.some(({ type }) => type === "SessionRefused"));
});
