import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ManualClock } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, DOMAIN, Installation, THING_1, THING_2 } from "./installation.ts";
import { connectPacket, quiet, TestClient } from "./test_client.ts";

function setUp(): { installation: Installation; clock: ManualClock; server: MqttServer } {
  const clock = new ManualClock();
  const installation = new Installation(clock);
  return { installation, clock, server: new MqttServer(installation.ground) };
}

const CREDENTIALS_OF_2 = { username: THING_2, password: Buffer.from("key-2") };

Deno.test("mqtt connect: is accepted with thing id and key, and becomes a fact", async () => {
  const { installation, server } = setUp();
  const client = await TestClient.connected(server, "dev-1", { keepalive: 60 });
  assert.equal(client.isClosed, false);
  const [fact] = installation.facts;
  assert.equal(fact?.origin.thingId, THING_1);
  assert.equal(fact?.origin.remoteAddress, "192.0.2.1:50000");
  assert.deepEqual(fact?.origin.principal, { kind: "thing", id: THING_1 });
  assert.deepEqual(fact?.event, {
    type: "SessionConnected",
    data: {
      domainId: DOMAIN,
      sessionId: fact?.origin.sessionId,
      clientId: "dev-1",
      protocol: "mqtt",
      protocolVersion: "3.1.1",
      keepAliveSeconds: 60,
      cleanSession: true,
    },
  });
});

Deno.test("mqtt connect: is accepted with an empty username", async () => {
  const { server } = setUp();
  await TestClient.connected(server, "dev-1", { username: "" });
});

for (
  const [name, options, answer] of [
    ["an unknown key", { password: Buffer.from("nobody's") }, "connack 4"],
    ["a key that is not UTF-8", { password: Buffer.from([0xff]) }, "connack 4"],
    ["a username that is another thing", { username: THING_2 }, "connack 4"],
    ["an empty client id and clean session 0", { clientId: "", clean: false }, "connack 2"],
    ["a client id of more than 1,024 bytes", { clientId: "é".repeat(513) }, "connack 2"],
    [
      "a will that the thing may not publish",
      { will: { topic: "channels/x/messages", payload: "gone" } },
      "connack 5",
    ],
  ] as const
) {
  Deno.test(`mqtt connect: is refused for ${name}`, async () => {
    const { server, installation } = setUp();
    const client = new TestClient(server);
    const bytes = "clientId" in options && options.clientId === ""
      // mqtt-packet does not write this one.
      ? new Uint8Array(Buffer.from("100c00044d5154540400000000 00".replace(" ", ""), "hex"))
      : connectPacket("dev-1", options);
    assert.deepEqual(await client.exchange(bytes), [answer]);
    assert.equal(client.isClosed, true);
    assert.equal(server.counters.connectsRefused, 1);
    assert.ok(!installation.events.some(({ type }) => type === "SessionConnected"));
  });
}

Deno.test("mqtt connect: is refused without credentials", async () => {
  const { server, installation } = setUp();
  const client = new TestClient(server);
  const anonymous = new Uint8Array(
    Buffer.from("100c00044d5154540402000000 00".replace(" ", ""), "hex"),
  );
  assert.deepEqual(await client.exchange(anonymous), ["connack 4"]);
  assert.equal(client.isClosed, true);
  assert.deepEqual(installation.events, []);
});

Deno.test("mqtt connect: is refused with 5 for a disabled thing, and counted before it is recorded", async () => {
  const { installation, server, clock } = setUp();
  installation.thing(THING_1, { status: "disabled" });
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(await new TestClient(server).exchange(connectPacket("dev-1")), ["connack 5"]);
  }
  assert.equal(installation.events.length, 0);
  clock.advance(1_000);
  const [fact, ...others] = installation.events;
  assert.ok(fact?.type === "SessionRefused");
  assert.deepEqual([fact.data.count, others], [5, []]);
  await new TestClient(server).exchange(connectPacket("dev-1"));
  clock.advance(2_000);
  assert.equal(installation.events.length, 2);
  assert.equal(server.counters.connectsRefused, 6);
});

for (const [level, answer] of [[3, "20020001"], [6, "20020001"], [0x84, "20020001"]] as const) {
  Deno.test(`mqtt connect: answers protocol level ${level} with return code 1`, async () => {
    const { server } = setUp();
    const client = new TestClient(server);
    const bytes = Buffer.from("100d00044d515454ff020000000161", "hex");
    bytes[8] = level;
    client.send(new Uint8Array(bytes));
    await quiet();
    assert.equal(Buffer.from(client.stream.written()).toString("hex"), answer);
    assert.equal(client.isClosed, true);
  });
}

Deno.test("mqtt connect: answers MQTT 3.1, which had another name, with return code 1", async () => {
  const { server } = setUp();
  const client = new TestClient(server);
  const packet = connectPacket("a", { protocolId: "MQIsdp", protocolVersion: 3 });
  assert.deepEqual(await client.exchange(packet), ["connack 1"]);
  assert.equal(client.isClosed, true);
});

Deno.test("mqtt connect: must be the first packet", async () => {
  const { server } = setUp();
  const client = new TestClient(server);
  assert.deepEqual(await client.exchange({ cmd: "pingreq" }), []);
  assert.equal(client.isClosed, true);
  assert.equal(server.counters.protocolErrors, 1);
});

Deno.test("mqtt connect: must not come twice", async () => {
  const { server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  assert.deepEqual(await client.exchange(connectPacket("dev-1")), []);
  assert.equal(client.isClosed, true);
});

Deno.test("mqtt connect: must come within 10 s, half of it is not enough", async () => {
  const { server, clock } = setUp();
  const client = new TestClient(server);
  client.send(new Uint8Array([0x10, 0x20, 0x00, 0x04]));
  await quiet();
  clock.advance(9_999);
  await quiet();
  assert.equal(client.isClosed, false);
  clock.advance(1);
  await quiet();
  assert.equal(client.isClosed, true);
});

Deno.test("mqtt connect: is followed at once by packets that came with it", async () => {
  const { server } = setUp();
  const client = new TestClient(server);
  const heard = await client.exchange(connectPacket("dev-1"), { cmd: "pingreq" });
  assert.deepEqual(heard, ["connack 0", "pingresp"]);
});

Deno.test("mqtt connect: lets nothing be processed that follows a refused one", async () => {
  const { server, installation } = setUp();
  const client = new TestClient(server);
  const heard = await client.exchange(
    connectPacket("dev-1", { password: Buffer.from("wrong") }),
    {
      cmd: "publish",
      topic: `channels/${CHANNEL_A}/messages`,
      payload: "x",
      qos: 0,
      dup: false,
      retain: false,
    },
  );
  assert.deepEqual(heard, ["connack 4"]);
  assert.deepEqual(installation.ingress.stored, []);
});

Deno.test("mqtt connect: says that a session is present when clean session 0 finds one", async () => {
  const { server } = setUp();
  const client = await TestClient.connected(server, "dev-1", { clean: false });
  const again = new TestClient(server);
  assert.deepEqual(await again.exchange(connectPacket("dev-1", { clean: false })), [
    "connack 0 present",
  ]);
  assert.equal(client.isClosed, true);
  await TestClient.connected(server, "dev-1", { clean: true });
  await TestClient.connected(server, "dev-1", { clean: false });
});

Deno.test("mqtt connect: gives a name to a client without one", async () => {
  const { server, installation } = setUp();
  const first = await TestClient.connected(server, "");
  const second = await TestClient.connected(server, "");
  assert.equal(first.isClosed, false);
  assert.equal(second.isClosed, false);
  const names = installation.events.map(({ data }) => "clientId" in data ? data.clientId : "");
  assert.equal(new Set(names).size, 2);
  assert.ok(names.every((name) => name.startsWith("auto-")));
});

Deno.test("mqtt connect: takes over the client id from the same thing only", async () => {
  const { server, installation } = setUp();
  const first = await TestClient.connected(server, "same");
  const other = await TestClient.connected(server, "same", CREDENTIALS_OF_2);
  assert.equal(first.isClosed, false);
  const second = await TestClient.connected(server, "same");
  assert.equal(first.isClosed, true);
  assert.equal(other.isClosed, false);
  assert.equal(second.isClosed, false);
  const ended = installation.events.find(({ type }) => type === "SessionEnded");
  assert.equal(
    ended?.type === "SessionEnded" && ended.data.reason,
    "taken over by another connection with the same client id",
  );
});

Deno.test("mqtt keep alive: ends a silent connection after 1.5 times its length", async () => {
  const { server, clock, installation } = setUp();
  const client = await TestClient.connected(server, "dev-1", { keepalive: 10 });
  clock.advance(14_000);
  assert.deepEqual(await client.exchange({ cmd: "pingreq" }), ["pingresp"]);
  clock.advance(14_999);
  await quiet();
  assert.equal(client.isClosed, false);
  clock.advance(1);
  await quiet();
  assert.equal(client.isClosed, true);
  const ended = installation.events.at(-1);
  assert.ok(ended?.type === "SessionEnded" && !ended.data.clean);
});

Deno.test("mqtt keep alive: is not satisfied by half a packet", async () => {
  const { server, clock } = setUp();
  const client = await TestClient.connected(server, "dev-1", { keepalive: 10 });
  clock.advance(14_000);
  client.send(new Uint8Array([0xc0]));
  await quiet();
  clock.advance(1_000);
  await quiet();
  assert.equal(client.isClosed, true);
});

Deno.test("mqtt keep alive: of 0 never ends a connection", async () => {
  const { server, clock } = setUp();
  const client = await TestClient.connected(server, "dev-1", { keepalive: 0 });
  clock.advance(7 * 24 * 3_600_000);
  assert.deepEqual(await client.exchange({ cmd: "pingreq" }), ["pingresp"]);
});

Deno.test("mqtt session: says in its last fact why it ended and what it did", async () => {
  const { server, installation } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  client.send(
    { cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "#", qos: 0 }] },
    {
      cmd: "publish",
      topic: `channels/${CHANNEL_A}/messages`,
      payload: "x",
      qos: 0,
      dup: false,
      retain: false,
    },
  );
  await quiet();
  await client.exchange({ cmd: "disconnect" });
  assert.equal(client.isClosed, true);
  const ended = installation.events.at(-1);
  assert.ok(ended?.type === "SessionEnded");
  const { sessionId: _, bytesReceived: __, bytesSent: ___, ...rest } = ended.data;
  assert.deepEqual(rest, {
    domainId: DOMAIN,
    clientId: "dev-1",
    reason: "the client disconnected",
    reasonCode: 0,
    endedBy: "client",
    clean: true,
    messagesReceived: 1,
    messagesSent: 1,
    messagesDropped: 0,
  });
});

Deno.test("mqtt session: ends without a clean end when the client just closes", async () => {
  const { server, installation } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  client.stream.end();
  await quiet();
  const ended = installation.events.at(-1);
  assert.ok(ended?.type === "SessionEnded" && !ended.data.clean);
  assert.equal(server.counters.connectionsOpen, 0);
});
