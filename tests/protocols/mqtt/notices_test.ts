import assert from "node:assert/strict";
import mqttPacket from "mqtt-packet";
import { Buffer } from "node:buffer";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, CHANNEL_B, Installation, THING_1 } from "./installation.ts";
import { decode, publishPacket, quiet, subscribePacket, TestClient } from "./test_client.ts";

const NOTICES = "$millrace/session";
const A = `channels/${CHANNEL_A}/messages`;
const B = `channels/${CHANNEL_B}/messages`;

function setUp() {
  const installation = new Installation();
  return { installation, server: new MqttServer(installation.ground) };
}

function disconnectFromA(installation: Installation): void {
  installation.thing(THING_1, { connections: { [CHANNEL_B]: ["publish", "subscribe"] } });
}

Deno.test("mqtt notices: tell a session that asks which filters were taken from it, and why", async () => {
  const { installation, server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  const filters = { [NOTICES]: 1, [A]: 1, [`${A}/x`]: 0, [B]: 0, "#": 0 } as const;
  assert.deepEqual(await client.exchange(subscribePacket(1, filters)), ["suback #1 1,1,0,0,0"]);
  disconnectFromA(installation);
  await quiet();
  const notices = decode(client.stream.written()).map((packet) => {
    assert.ok(packet.cmd === "publish");
    const { topic, qos, retain, payload } = packet;
    assert.deepEqual([topic, qos, retain], [NOTICES, 0, false]);
    return JSON.parse(String(payload));
  });
  const reason = "the thing may no longer subscribe to this channel";
  const event = "unsubscribed";
  assert.deepEqual(notices, [
    { event, filter: A, code: 0x87, reason },
    { event, filter: `${A}/x`, code: 0x87, reason },
  ]);
  assert.equal(client.isClosed, false);
});

Deno.test("mqtt notices: of MQTT 5 say what they are", async () => {
  const { installation, server } = setUp();
  const client = new TestClient(server);
  const send = (packet: mqttPacket.Packet) =>
    client.send(new Uint8Array(mqttPacket.generate(packet, { protocolVersion: 5 })));
  const password = Buffer.from("key-1");
  send({
    cmd: "connect",
    clientId: "dev",
    username: THING_1,
    password,
    clean: true,
    keepalive: 0,
    protocolId: "MQTT",
    protocolVersion: 5,
  });
  send({
    cmd: "subscribe",
    messageId: 1,
    subscriptions: [
      { topic: NOTICES, qos: 0 },
      { topic: A, qos: 0 },
    ],
  });
  await quiet();
  client.stream.written();
  disconnectFromA(installation);
  await quiet();
  const parser = mqttPacket.parser({ protocolVersion: 5 });
  const types: unknown[] = [];
  parser.on("packet", (packet) => {
    assert.ok(packet.cmd === "publish");
    types.push(packet.properties?.contentType);
  });
  parser.parse(Buffer.from(client.stream.written()));
  assert.deepEqual(types, ["application/json"]);
});

Deno.test("mqtt notices: come to nobody who did not ask, or asks no more", async () => {
  const { installation, server } = setUp();
  const silent = await TestClient.connected(server, "silent");
  await silent.exchange(subscribePacket(1, { [A]: 0, "#": 0, "+/session": 0 }));
  const former = await TestClient.connected(server, "former");
  await former.exchange(subscribePacket(1, { [A]: 0, [NOTICES]: 0 }));
  const answer = await former.exchange({
    cmd: "unsubscribe",
    messageId: 2,
    unsubscriptions: [NOTICES],
  });
  assert.deepEqual(answer, ["unsuback #2"]);
  disconnectFromA(installation);
  assert.deepEqual([await silent.heard(), await former.heard()], [[], []]);
});

Deno.test("mqtt notices: nobody can publish them, and nothing else of $millrace can be subscribed to", async () => {
  const { server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  const wild = await client.exchange(subscribePacket(1, { "$millrace/#": 0, "$millrace/+": 0 }));
  assert.deepEqual(wild, ["suback #1 128,128"]);
  await client.exchange(publishPacket(NOTICES, "I say so"));
  assert.equal(client.isClosed, true);
});
