import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ManualClock } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, CHANNEL_B, DOMAIN, Installation, THING_2 } from "./installation.ts";
import { publishPacket, quiet, subscribePacket, TestClient } from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;
const B = `channels/${CHANNEL_B}/messages`;

function setUp(): { installation: Installation; server: MqttServer } {
  const installation = new Installation();
  return { installation, server: new MqttServer(installation.ground) };
}

Deno.test("mqtt subscribe: answers every filter in its place", async () => {
  const clock = new ManualClock();
  const installation = new Installation(clock);
  const server = new MqttServer(installation.ground);
  const client = await TestClient.connected(server, "dev-2", {
    username: THING_2,
    password: Buffer.from("key-2"),
  });
  const heard = await client.exchange(
    subscribePacket(7, { [A]: 1, [B]: 1, [`${A}/#`]: 2, "$SYS/#": 0, "other/#": 0, "#": 0 }),
  );
  assert.deepEqual(heard, ["suback #7 1,128,2,128,128,0"]);
  clock.advance(1_000);
  const facts = installation.events.slice(1).map(({ type, data }) =>
    `${type} ${"filter" in data ? data.filter : "topic" in data ? data.topic : ""}`
  );
  assert.deepEqual(facts, [
    `SessionSubscribed ${A}`,
    `SessionSubscribed ${A}/#`,
    "SessionSubscribed #",
    `SessionRefused ${B}`,
    "SessionRefused $SYS/#",
    "SessionRefused other/#",
  ]);
  assert.equal(server.counters.actionsRefused, 3);
});

Deno.test("mqtt subscribe: ends the connection for filters that MQTT forbids", async () => {
  const { server } = setUp();
  for (const filter of ["a/#/b", "a+", ""]) {
    const client = await TestClient.connected(server, "dev-1");
    const bytes = Buffer.concat([
      Buffer.from([0x82, 5 + filter.length, 0, 1, 0, filter.length]),
      Buffer.from(filter),
      Buffer.from([0]),
    ]);
    assert.deepEqual(await client.exchange(new Uint8Array(bytes)), []);
    assert.equal(client.isClosed, true, filter);
  }
});

Deno.test("mqtt subscribe: brings messages at the lower of both QoS", async () => {
  const { server } = setUp();
  const publisher = await TestClient.connected(server, "pub");
  const wanted = [
    [0, ["q0 0", "q0 1", "q0 2"]],
    [1, ["q0 0", "#1 q1 1", "#2 q1 2"]],
    [2, ["q0 0", "#1 q1 1", "#2 q2 2"]],
  ] as const;
  for (const [qos, lines] of wanted) {
    const subscriber = await TestClient.connected(server, `sub-${qos}`);
    await subscriber.exchange(subscribePacket(1, { [`${A}/#`]: qos }));
    await publisher.exchange(
      publishPacket(`${A}/t`, "0"),
      publishPacket(`${A}/t`, "1", { qos: 1, id: 1 }),
      publishPacket(`${A}/t`, "2", { qos: 2, id: 2 }),
    );
    await publisher.exchange({ cmd: "pubrel", messageId: 2 });
    const heard = (await subscriber.heard()).map((line) => line.replace(`publish `, ""));
    assert.deepEqual(
      heard.map((line) => line.replace(` ${A}/t:`, "")),
      [...lines],
    );
  }
});

Deno.test("mqtt subscribe: names topics in the form of the filter", async () => {
  const { server } = setUp();
  const publisher = await TestClient.connected(server, "pub");
  const forms = [
    ["#", `${A}/t`],
    [`/${A}/+`, `/${A}/t`],
    ["m/#", `m/${DOMAIN}/c/${CHANNEL_A}/t`],
    [`m/${DOMAIN}/c/${CHANNEL_A}/t`, `m/${DOMAIN}/c/${CHANNEL_A}/t`],
  ] as const;
  for (const [filter, topic] of forms) {
    const subscriber = await TestClient.connected(server, "sub");
    assert.deepEqual(await subscriber.exchange(subscribePacket(1, { [filter]: 0 })), [
      "suback #1 0",
    ]);
    await publisher.exchange(publishPacket(`${A}/t`, "x"));
    assert.deepEqual(await subscriber.heard(), [`publish q0 ${topic}: x`]);
  }
  assert.deepEqual(
    await publisher.exchange(subscribePacket(1, { [`m/other/c/${CHANNEL_A}`]: 0, "m/other/#": 0 })),
    ["suback #1 128,0"],
  );
});

Deno.test("mqtt subscribe: matches wildcards over the channels that the thing may read", async () => {
  const { server } = setUp();
  const publisher = await TestClient.connected(server, "pub");
  const heardBy = async (filter: string) => {
    const subscriber = await TestClient.connected(server, "sub");
    await subscriber.exchange(subscribePacket(1, { [filter]: 0 }));
    const topics = [A, `${A}/temp`, `${A}/room/temp`, `${A}//temp`, B, `${B}/temp`];
    await publisher.exchange(...topics.map((topic, index) => publishPacket(topic, `${index}`)));
    return (await subscriber.heard()).map((line) => line.at(-1)).join("");
  };
  assert.equal(await heardBy("#"), "012345");
  assert.equal(await heardBy("channels/#"), "012345");
  assert.equal(await heardBy("channels/+/messages"), "04");
  assert.equal(await heardBy("channels/+/messages/#"), "012345");
  assert.equal(await heardBy("+/+/messages/temp"), "15");
  assert.equal(await heardBy("channels/+/messages/+"), "15");
  assert.equal(await heardBy(`channels/${CHANNEL_A}/#`), "0123");
  assert.equal(await heardBy(`${A}/+/temp`), "23");
  assert.equal(await heardBy(`${A}//temp`), "3");
});

Deno.test("mqtt subscribe: brings a message once to overlapping filters, at their highest QoS", async () => {
  const { server } = setUp();
  const publisher = await TestClient.connected(server, "pub");
  const subscriber = await TestClient.connected(server, "sub");
  await subscriber.exchange(subscribePacket(1, { "#": 0, [`${A}/#`]: 1, [A]: 0 }));
  await publisher.exchange(publishPacket(A, "x", { qos: 1, id: 1 }));
  assert.deepEqual(await subscriber.heard(), [`publish #1 q1 ${A}: x`]);
});

Deno.test("mqtt subscribe: replaces a subscription with the same filter", async () => {
  const { server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  await client.exchange(subscribePacket(1, { [A]: 2 }));
  await client.exchange(subscribePacket(2, { [A]: 0 }));
  const heard = await client.exchange(publishPacket(A, "x", { qos: 1, id: 1 }));
  assert.deepEqual(heard, [`publish q0 ${A}: x`, "puback #1"]);
});

Deno.test("mqtt unsubscribe: is answered whether there was such a filter or not", async () => {
  const { server, installation } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  await client.exchange(subscribePacket(1, { [A]: 0, [B]: 0, "#": 0 }));
  const unsubscriptions = [A, "#", "never/there"];
  const heard = await client.exchange({ cmd: "unsubscribe", messageId: 2, unsubscriptions });
  assert.deepEqual(heard, ["unsuback #2"]);
  assert.deepEqual(await client.exchange(publishPacket(A, "x"), publishPacket(B, "y")), [
    `publish q0 ${B}: y`,
  ]);
  const facts = installation.events.filter(({ type }) => type === "SessionUnsubscribed");
  assert.deepEqual(
    facts.map(({ data }) => "cause" in data && [data.filter, data.cause]),
    [[A, "client"], ["#", "client"]],
  );
});

Deno.test("mqtt retained: comes with retain 1 to a new subscription, live with 0", async () => {
  const { server } = setUp();
  const publisher = await TestClient.connected(server, "pub");
  await publisher.exchange(
    publishPacket(`${A}/a`, "old", { retain: true, qos: 1, id: 1 }),
    publishPacket(`${A}/a`, "new", { retain: true, qos: 1, id: 2 }),
    publishPacket(`${A}/b`, "other", { retain: true }),
    publishPacket(`${A}/c`, "not kept"),
  );
  const subscriber = await TestClient.connected(server, "sub");
  const filter = subscribePacket(1, { [`${A}/#`]: 1 });
  const retained = [
    `publish #1 q1 retain ${A}/a: new`,
    `publish q0 retain ${A}/b: other`,
  ];
  assert.deepEqual(await subscriber.exchange(filter), ["suback #1 1", ...retained]);
  await publisher.exchange(publishPacket(`${A}/b`, "live", { retain: true }));
  assert.deepEqual(await subscriber.heard(), [`publish q0 ${A}/b: live`]);
});

Deno.test("mqtt retained: comes again when the filter is subscribed to again", async () => {
  const { server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  await client.exchange(publishPacket(A, "kept", { retain: true }));
  for (let i = 1; i <= 2; i++) {
    assert.deepEqual(await client.exchange(subscribePacket(i, { [A]: 0 })), [
      `suback #${i} 0`,
      `publish q0 retain ${A}: kept`,
    ]);
  }
});

Deno.test("mqtt retained: is taken away by a retained message without payload", async () => {
  const { server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  await client.exchange(publishPacket(A, "kept", { retain: true }));
  await client.exchange(publishPacket(A, "", { retain: true }));
  assert.deepEqual(await client.exchange(subscribePacket(1, { [A]: 0 })), ["suback #1 0"]);
});

Deno.test("mqtt retained: is not overtaken by a live message", async () => {
  const installation = new Installation();
  const answer = Promise.withResolvers<void>();
  installation.storedRetained = async ({ channelId }) => {
    await answer.promise;
    const payload = new TextEncoder().encode("old");
    const said = { receivedUs: 0, contentKind: "unspecified", contentType: "" } as const;
    return { messages: [{ channelId, subtopic: "", qos: 0, payload, place: [0, 0], ...said }] };
  };
  const server = new MqttServer(installation.ground);
  const client = await TestClient.connected(server, "dev-1");
  const heard = await client.exchange(
    subscribePacket(1, { [A]: 1 }),
    publishPacket(A, "new 0"),
    publishPacket(A, "new 1", { qos: 1, id: 1 }),
  );
  assert.deepEqual(heard, ["suback #1 1", "puback #1"]);
  answer.resolve();
  assert.deepEqual(await client.heard(), [
    `publish q0 retain ${A}: old`,
    `publish q0 ${A}: new 0`,
    `publish #1 q1 ${A}: new 1`,
  ]);
});

Deno.test("mqtt retained: ends the connection visibly when it cannot be read", async () => {
  const installation = new Installation();
  installation.storedRetained = () => Promise.reject(new TypeError("no disk"));
  const server = new MqttServer(installation.ground);
  const client = await TestClient.connected(server, "dev-1");
  await client.exchange(subscribePacket(1, { [A]: 1 }));
  assert.equal(client.isClosed, true);
  const ended = installation.events.at(-1);
  assert.ok(ended?.type === "SessionEnded");
  assert.equal(ended.data.reason, "the retained messages could not be read");
});

Deno.test("mqtt delivery: of QoS 2 goes through PUBREC, PUBREL and PUBCOMP", async () => {
  const { server } = setUp();
  const subscriber = await TestClient.connected(server, "sub");
  const publisher = await TestClient.connected(server, "pub");
  await subscriber.exchange(subscribePacket(1, { [A]: 2 }));
  await publisher.exchange(publishPacket(A, "x", { qos: 2, id: 9 }));
  assert.deepEqual(await subscriber.heard(), [`publish #1 q2 ${A}: x`]);
  assert.deepEqual(await subscriber.exchange({ cmd: "pubrec", messageId: 1 }), ["pubrel #1"]);
  assert.deepEqual(await subscriber.exchange({ cmd: "pubrec", messageId: 1 }), ["pubrel #1"]);
  assert.deepEqual(await subscriber.exchange({ cmd: "pubcomp", messageId: 1 }), []);
  assert.deepEqual(await subscriber.exchange({ cmd: "pubcomp", messageId: 1 }), []);
  assert.equal(subscriber.isClosed, false);
});

Deno.test("mqtt delivery: ends the connection for acknowledgements of the wrong kind", async () => {
  const { server } = setUp();
  const publisher = await TestClient.connected(server, "pub");
  for (const [qos, cmd] of [[1, "pubrec"], [2, "puback"], [2, "pubcomp"]] as const) {
    const subscriber = await TestClient.connected(server, "sub");
    await subscriber.exchange(subscribePacket(1, { [A]: qos }));
    await publisher.exchange(publishPacket(A, "x", { qos, id: 1 }));
    await publisher.exchange({ cmd: "pubrel", messageId: 1 });
    await subscriber.exchange({ cmd, messageId: 1 });
    assert.equal(subscriber.isClosed, true, cmd);
  }
});

Deno.test("mqtt delivery: writes what a turn brought in one piece, to sockets that take a little", async () => {
  const { server } = setUp();
  const subscriber = await TestClient.connected(server, "sub");
  const publisher = await TestClient.connected(server, "pub");
  await subscriber.exchange(subscribePacket(1, { [A]: 0 }));
  const before = subscriber.stream.writes;
  for (let i = 0; i < 100; i++) publisher.send(publishPacket(A, `${i}`));
  await quiet();
  assert.ok(subscriber.stream.writes - before < 100);
  assert.equal((await subscriber.heard()).length, 100);
  subscriber.stream.writeBytesMax = 7;
  await publisher.exchange(...Array.from({ length: 5 }, (_, i) => publishPacket(A, `${i}`)));
  assert.equal((await subscriber.heard()).length, 5);
});
