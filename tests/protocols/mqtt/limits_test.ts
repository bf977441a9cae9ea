import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ManualClock } from "../../../actors/mod.ts";
import { MQTT_LIMITS, type MqttLimits, MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, CHANNEL_B, Installation, THING_1 } from "./installation.ts";
import {
  connectPacket,
  decode,
  publishPacket,
  quiet,
  subscribePacket,
  TestClient,
} from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;

interface SetUp {
  readonly installation: Installation;
  readonly clock: ManualClock;
  readonly server: MqttServer;
}

function setUp(limits: Partial<MqttLimits>): SetUp {
  const clock = new ManualClock();
  const installation = new Installation(clock);
  return { installation, clock, server: new MqttServer(installation.ground, limits) };
}

/** Why the last session ended. */
function reason({ installation }: SetUp): string {
  const ended = installation.events.findLast(({ type }) => type === "SessionEnded");
  assert.ok(ended?.type === "SessionEnded", "no session has ended");
  return ended.data.reason;
}

/** A subscriber of channel A, and a publisher. */
async function pair(server: MqttServer, qos: 0 | 1 | 2): Promise<[TestClient, TestClient]> {
  const subscriber = await TestClient.connected(server, "sub");
  await subscriber.exchange(subscribePacket(1, { [A]: qos }));
  return [subscriber, await TestClient.connected(server, "pub")];
}

Deno.test("mqtt limits: a packet of 256 KiB is taken and a larger one ends the connection", async () => {
  const it = setUp({});
  const client = await TestClient.connected(it.server, "dev-1");
  // Packet type, three bytes of length, two of the topic's length, topic.
  const payloadBytes = MQTT_LIMITS.packetBytesMax - 6 - A.length;
  await client.exchange(publishPacket(A, "x".repeat(payloadBytes)));
  assert.equal(it.installation.ingress.stored[0]?.payload.length, payloadBytes);
  await client.exchange(publishPacket(A, "x".repeat(payloadBytes + 1)));
  assert.equal(client.isClosed, true);
  assert.equal(it.installation.ingress.stored.length, 1);
  assert.match(reason(it), /at most 262144/);
});

Deno.test("mqtt limits: connections without CONNECT are turned away past their number", async () => {
  const it = setUp({ connectionsWaitingMax: 2 });
  const connected = await TestClient.connected(it.server, "dev-1");
  const silent = [new TestClient(it.server), new TestClient(it.server)];
  const third = new TestClient(it.server);
  assert.equal(third.isClosed, true);
  assert.equal(it.server.counters.connectionsTurnedAway, 1);
  silent[0]?.stream.end();
  await quiet();
  await TestClient.connected(it.server, "dev-2");
  assert.equal(connected.isClosed, false);
});

Deno.test("mqtt limits: connections are turned away past their number", async () => {
  const it = setUp({ connectionsMax: 2 });
  await TestClient.connected(it.server, "dev-1");
  await TestClient.connected(it.server, "dev-2");
  assert.equal(new TestClient(it.server).isClosed, true);
});

Deno.test("mqtt limits: filters past their number are refused, known ones are replaced", async () => {
  const it = setUp({ subscriptionsMax: 2 });
  const client = await TestClient.connected(it.server, "dev-1");
  const heard = await client.exchange(
    subscribePacket(1, { [A]: 0, "#": 0, [`${A}/x`]: 0 }),
    subscribePacket(2, { [A]: 1 }),
  );
  assert.deepEqual(heard, ["suback #1 0,0,128", "suback #2 1"]);
});

Deno.test("mqtt limits: filters that come to too many channels are refused", async () => {
  const it = setUp({ listensMax: 3 });
  const client = await TestClient.connected(it.server, "dev-1");
  const heard = await client.exchange(subscribePacket(1, { "#": 0, "+/#": 0, [A]: 0 }));
  assert.deepEqual(heard, ["suback #1 0,128,0"]);
});

Deno.test("mqtt limits: wildcards that grow to too many channels end the connection", async () => {
  const it = setUp({ listensMax: 2 });
  const { installation } = it;
  const client = await TestClient.connected(it.server, "dev-1");
  assert.deepEqual(await client.exchange(subscribePacket(1, { "#": 0 })), ["suback #1 0"]);
  const third = "c0000000-0000-4000-8000-00000000000c";
  installation.channel(third);
  installation.thing(THING_1, {
    connections: { [CHANNEL_A]: ["subscribe"], [CHANNEL_B]: ["subscribe"], [third]: ["subscribe"] },
  });
  await quiet();
  assert.equal(client.isClosed, true);
  assert.match(reason(it), /more than 2 channels/);
});

Deno.test("mqtt limits: a fact quotes no more than 300 characters of what a client sent", async () => {
  const it = setUp({});
  const client = await TestClient.connected(it.server, "dev-1");
  await client.exchange(publishPacket("x".repeat(60_000), "", { qos: 1, id: 1 }));
  assert.equal(reason(it).length, 300);
});

Deno.test("mqtt limits: filters are refused while too many wait for retained messages", async () => {
  const installation = new Installation();
  const answer = Promise.withResolvers<{ messages: [] }>();
  installation.storedRetained = () => answer.promise;
  const server = new MqttServer(installation.ground, { retainedPendingMax: 2 });
  const client = await TestClient.connected(server, "dev-1");
  const filters = { [A]: 0, "#": 0, [`${A}/x`]: 0 } as const;
  assert.deepEqual(await client.exchange(subscribePacket(1, filters)), ["suback #1 0,0,128"]);
  assert.deepEqual(await client.exchange(subscribePacket(2, filters)), ["suback #2 128,128,128"]);
  answer.resolve({ messages: [] });
  await quiet();
  const again = { [`${A}/x`]: 0 } as const;
  assert.deepEqual(await client.exchange(subscribePacket(3, again)), ["suback #3 0"]);
});

Deno.test("mqtt limits: a retained message of QoS 1 waits for its place in the window", async () => {
  const it = setUp({ inflightMax: 1 });
  const publisher = await TestClient.connected(it.server, "pub");
  for (let id = 1; id <= 3; id++) {
    await publisher.exchange(publishPacket(`${A}/${id}`, `${id}`, { qos: 1, id, retain: true }));
  }
  const subscriber = await TestClient.connected(it.server, "sub");
  const first = await subscriber.exchange(subscribePacket(1, { [`${A}/#`]: 1 }));
  assert.deepEqual(first, ["suback #1 1", `publish #1 q1 retain ${A}/1: 1`]);
  await publisher.exchange(publishPacket(A, "live", { qos: 1, id: 9 }));
  const ack = () => subscriber.exchange({ cmd: "puback", messageId: 1 });
  assert.deepEqual(await ack(), [`publish #1 q1 retain ${A}/2: 2`]);
  assert.deepEqual(await ack(), [`publish #1 q1 retain ${A}/3: 3`]);
  assert.deepEqual(await ack(), [`publish #1 q1 ${A}: live`]);
});

Deno.test("mqtt limits: a publisher far ahead of the store is not read", async () => {
  const it = setUp({ unsettledMax: 2 });
  const { ingress } = it.installation;
  ingress.automatic = false;
  const client = await TestClient.connected(it.server, "dev-1", { keepalive: 1 });
  await client.exchange(publishPacket(A, "1", { qos: 1, id: 1 }));
  await client.exchange(publishPacket(A, "2", { qos: 1, id: 2 }));
  await client.exchange(publishPacket(A, "3", { qos: 1, id: 3 }));
  assert.equal(ingress.stored.length, 2);
  it.clock.advance(60_000);
  await quiet();
  assert.equal(client.isClosed, false, "a client that is not read is not silent");
  ingress.settle();
  assert.deepEqual(await client.heard(), ["puback #1", "puback #2"]);
  assert.equal(ingress.stored.length, 3);
});

Deno.test("mqtt limits: nobody is read while ingress is congested", async () => {
  const it = setUp({});
  const { ingress } = it.installation;
  const client = await TestClient.connected(it.server, "dev-1");
  ingress.congested = true;
  await client.exchange(publishPacket(A, "1"));
  await client.exchange(publishPacket(A, "2"));
  assert.equal(ingress.stored.length, 1);
  ingress.drain();
  await quiet();
  assert.equal(ingress.stored.length, 2);
});

Deno.test("mqtt limits: QoS 0 is dropped and counted for a subscriber that does not read", async () => {
  const it = setUp({ outBytesMax: 1_000 });
  const [subscriber, publisher] = await pair(it.server, 0);
  subscriber.stream.stick();
  for (let i = 0; i < 100; i++) await publisher.exchange(publishPacket(A, "x".repeat(50)));
  const { messagesOut, messagesDropped } = it.server.counters;
  assert.equal(messagesOut + messagesDropped, 100);
  assert.ok(messagesDropped > 80, `${messagesDropped} dropped`);
  assert.equal(subscriber.isClosed, false);
  subscriber.stream.unstick();
  assert.equal((await subscriber.heard()).length, messagesOut);
  await subscriber.exchange({ cmd: "disconnect" });
  const ended = it.installation.events.at(-1);
  assert.ok(ended?.type === "SessionEnded");
  assert.equal(ended.data.messagesDropped, messagesDropped);
});

Deno.test("mqtt limits: QoS 1 queues behind a full window, in order and under free ids", async () => {
  const it = setUp({ inflightMax: 2 });
  const [subscriber, publisher] = await pair(it.server, 1);
  for (let id = 1; id <= 5; id++) publisher.send(publishPacket(A, `${id}`, { qos: 1, id }));
  assert.deepEqual(await subscriber.heard(), [`publish #1 q1 ${A}: 1`, `publish #2 q1 ${A}: 2`]);
  const ack = (messageId: number) => subscriber.exchange({ cmd: "puback", messageId });
  assert.deepEqual(await ack(2), [`publish #2 q1 ${A}: 3`]);
  assert.deepEqual(await ack(2), [`publish #2 q1 ${A}: 4`]);
  assert.deepEqual(await ack(1), [`publish #1 q1 ${A}: 5`]);
  assert.deepEqual(await ack(1), []);
  assert.deepEqual(await ack(1), []);
});

Deno.test("mqtt limits: QoS 1 queues for a socket that is full, and loses nothing", async () => {
  const it = setUp({ outBytesMax: 500 });
  const [subscriber, publisher] = await pair(it.server, 1);
  subscriber.stream.stick();
  for (let id = 1; id <= 50; id++) {
    await publisher.exchange(publishPacket(A, `${id}`, { qos: 1, id }));
  }
  subscriber.stream.unstick();
  for (let i = 0; i < 20; i++) await quiet();
  const payloads = decode(subscriber.stream.written()).map((packet) =>
    packet.cmd === "publish" ? Number(packet.payload) : 0
  );
  assert.deepEqual(payloads, Array.from({ length: 50 }, (_, index) => index + 1));
  assert.equal(it.server.counters.messagesDropped, 0);
});

Deno.test("mqtt limits: a client that sends and does not read its answers is ended", async () => {
  const it = setUp({ outBytesMax: 100, replyBytesMax: 100 });
  const client = await TestClient.connected(it.server, "dev-1");
  client.stream.stick();
  for (let i = 0; i < 200; i++) client.send({ cmd: "pingreq" });
  await quiet();
  it.clock.advance(1_000);
  await quiet();
  assert.equal(client.isClosed, true);
  assert.match(reason(it), /does not read the answers/);
});

Deno.test("mqtt limits: facts on subscriptions are bounded per minute, and counted beyond", async () => {
  const it = setUp({ factsPerMinuteMax: 3 });
  const client = await TestClient.connected(it.server, "dev-1");
  for (let i = 1; i <= 5; i++) await client.exchange(subscribePacket(i, { [A]: 0 }));
  assert.equal(it.server.counters.factsDropped, 2);
  it.clock.advance(60_000);
  await client.exchange(subscribePacket(6, { [A]: 0 }));
  assert.equal(it.installation.events.filter(({ type }) => type === "SessionSubscribed").length, 4);
});

Deno.test("mqtt limits: the last answer is waited for one second and no longer", async () => {
  const it = setUp({});
  const client = new TestClient(it.server);
  client.stream.stick();
  client.send(connectPacket("dev-1", { password: Buffer.from("wrong") }));
  await quiet();
  assert.equal(client.isClosed, false);
  it.clock.advance(1_000);
  await quiet();
  assert.equal(client.isClosed, true);
});

Deno.test("mqtt server: acknowledges what becomes durable before it stops", async () => {
  const it = setUp({});
  const { ingress } = it.installation;
  ingress.automatic = false;
  const client = await TestClient.connected(it.server, "dev-1");
  await client.exchange(publishPacket(A, "1", { qos: 1, id: 1 }));
  const closed = it.server.close({ timeoutMs: 5_000 });
  assert.deepEqual(await client.exchange(publishPacket(A, "late", { qos: 1, id: 2 })), []);
  assert.equal(client.isClosed, false);
  ingress.settle();
  await closed;
  assert.deepEqual(await client.heard(), ["puback #1"]);
  assert.equal(client.isClosed, true);
  assert.equal(ingress.stored.length, 1);
  assert.equal(reason(it), "the server stops");
  assert.equal(new TestClient(it.server).isClosed, true);
});

Deno.test("mqtt server: stops even if ingress stays congested", async () => {
  const it = setUp({});
  const client = await TestClient.connected(it.server, "dev-1");
  it.installation.ingress.congested = true;
  await client.exchange(publishPacket(A, "1", { qos: 1, id: 1 }));
  await it.server.close({ timeoutMs: 5_000 });
  assert.equal(client.isClosed, true);
});

Deno.test("mqtt server: stops after its time even if the store does not answer", async () => {
  const it = setUp({});
  it.installation.ingress.automatic = false;
  const client = await TestClient.connected(it.server, "dev-1");
  await client.exchange(publishPacket(A, "1", { qos: 1, id: 1 }));
  const closed = it.server.close({ timeoutMs: 5_000 });
  await quiet();
  it.clock.advance(5_000);
  await closed;
  assert.equal(client.isClosed, true);
});
