import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import mqtt from "mqtt";
import type { Message } from "../../../actors/mod.ts";
import type { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, CHANNEL_B, THING_1, THING_2 } from "./installation.ts";
import { withLog } from "./real_log.ts";
import { publishPacket, quiet, subscribePacket, TestClient } from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;
const B = `channels/${CHANNEL_B}/messages`;

async function dial(server: MqttServer): Promise<mqtt.MqttClient> {
  server.listen({ hostname: "127.0.0.1", port: 0 });
  return await mqtt.connectAsync(`mqtt://127.0.0.1:${server.address.port}`, {
    username: THING_1,
    password: "key-1",
    protocolVersion: 4,
    reconnectPeriod: 0,
  });
}

function said(messages: readonly Message[]): string[] {
  return messages.map(({ subtopic, qos, payload }) =>
    `${subtopic} q${qos} ${Buffer.from(payload)}`
  );
}

/** Collects what a client hears until there are so many lines. */
async function heardBy(client: TestClient, count: number): Promise<string[]> {
  const lines: string[] = [];
  for (let i = 0; i < 500 && lines.length < count; i++) {
    lines.push(...await client.heard());
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return lines;
}

for (const qos of [1, 2] as const) {
  Deno.test(`mqtt stored: the log holds every message of QoS ${qos} that was acknowledged, in order`, async () => {
    await withLog(async (log) => {
      const client = await dial(log.server);
      const numbers = Array.from({ length: 300 }, (_, index) => index);
      const topic = (number: number) => `${number % 3 === 0 ? B : A}/n`;
      await Promise.all(
        numbers.map((number) => client.publishAsync(topic(number), `${number}`, { qos })),
      );
      const line = (number: number) => `n q${qos} ${number}`;
      assert.deepEqual(
        said(await log.stored(CHANNEL_A)),
        numbers.filter((number) => number % 3 !== 0).map(line),
      );
      const onB = await log.stored(CHANNEL_B);
      assert.deepEqual(said(onB), numbers.filter((number) => number % 3 === 0).map(line));
      assert.equal(onB[0]?.origin.publisher, THING_1);
      assert.equal(onB[0]?.origin.protocol, "mqtt");
      await client.endAsync();
    });
  });
}

Deno.test("mqtt stored: neither acknowledges nor delivers before the log holds the message", async () => {
  await withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev-1");
    await client.exchange(subscribePacket(1, { [`${A}/#`]: 0 }));
    const release = log.holdFrames();
    client.send(
      publishPacket(`${A}/x`, "first", { qos: 1, id: 7 }),
      publishPacket(`${A}/x`, "second", { qos: 2, id: 8 }),
      publishPacket(`${A}/x`, "at once"),
    );
    assert.deepEqual(await heardBy(client, 1), [`publish q0 ${A}/x: at once`]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(await client.heard(), []);
    release();
    const later = await heardBy(client, 4);
    assert.deepEqual(later.filter((line) => line.startsWith("pub") && line.includes("#")), [
      "puback #7",
      "pubrec #8",
    ]);
    assert.deepEqual(later.filter((line) => line.startsWith("publish")), [
      `publish q0 ${A}/x: first`,
      `publish q0 ${A}/x: second`,
    ]);
    assert.deepEqual(said(await log.stored(CHANNEL_A)), [
      "x q1 first",
      "x q2 second",
      "x q0 at once",
    ]);
  });
});

Deno.test("mqtt stored: a QoS 2 message that is repeated stands in the log once", async () => {
  await withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev-1");
    client.send(publishPacket(A, "once", { qos: 2, id: 3 }));
    assert.deepEqual(await heardBy(client, 1), ["pubrec #3"]);
    client.send(publishPacket(A, "once", { qos: 2, id: 3, dup: true }));
    assert.deepEqual(await heardBy(client, 1), ["pubrec #3"]);
    client.send({ cmd: "pubrel", messageId: 3 });
    assert.deepEqual(await heardBy(client, 1), ["pubcomp #3"]);
    assert.deepEqual(said(await log.stored(CHANNEL_A)), [" q2 once"]);
  });
});

Deno.test("mqtt stored: a message that the channel refuses ends the connection without PUBACK", async () => {
  await withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev-1");
    await log.disableChannel(CHANNEL_A);
    client.send(publishPacket(A, "too late", { qos: 1, id: 5 }));
    for (let i = 0; i < 500 && !client.isClosed; i++) await quiet();
    assert.equal(client.isClosed, true);
    assert.deepEqual(await client.heard(), []);
    const ended = log.installation.events.at(-1);
    assert.ok(ended?.type === "SessionEnded");
    assert.match(
      ended.data.reason,
      /messages were refused: Cannot publish: the channel is disabled/,
    );
    assert.deepEqual(await log.stored(CHANNEL_A), []);
  });
});

Deno.test("mqtt stored: a retained message is there for whoever subscribes after its PUBACK", async () => {
  await withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev-1");
    client.send(publishPacket(`${A}/state`, "on", { qos: 1, id: 1, retain: true }));
    assert.deepEqual(await heardBy(client, 1), ["puback #1"]);
    const password = Buffer.from("key-2");
    const other = await TestClient.connected(log.server, "dev-2", { username: THING_2, password });
    other.send(subscribePacket(1, { "channels/+/messages/#": 1 }));
    assert.deepEqual(await heardBy(other, 2), [
      "suback #1 1",
      `publish #1 q1 retain ${A}/state: on`,
    ]);
  });
});

Deno.test("mqtt stored: the will of a client that vanished comes to the log", async () => {
  await withLog(async (log) => {
    const will = {
      topic: `${A}/gone`,
      payload: Buffer.from("bye"),
      qos: 1,
      retain: false,
    } as const;
    const client = await TestClient.connected(log.server, "dev-1", { will });
    client.send(new Uint8Array([0xf0, 0]));
    for (let i = 0; i < 500 && (await log.stored(CHANNEL_A)).length === 0; i++) await quiet();
    assert.deepEqual(said(await log.stored(CHANNEL_A)), ["gone q1 bye"]);
  });
});
