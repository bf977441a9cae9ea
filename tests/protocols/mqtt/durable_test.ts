import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { durableSessionStream, newId } from "../../../actors/mod.ts";
import { CHANNEL_A, CHANNEL_B, THING_1, THING_2 } from "./installation.ts";
import { acknowledged, back, hears, KEPT } from "./kept_clients.ts";
import { type RealLog, withLog } from "./real_log.ts";
import { publishPacket, quiet, subscribePacket, TestClient } from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;
const B = `channels/${CHANNEL_B}/messages`;

async function published(
  log: RealLog,
  topic: string,
  messages: readonly string[] | { readonly texts: readonly string[]; readonly qos: 2 },
): Promise<void> {
  const { texts, qos } = "texts" in messages ? messages : { texts: messages, qos: 1 as const };
  const publisher = await TestClient.connected(log.server, `pub-${crypto.randomUUID()}`);
  for (const [index, text] of texts.entries()) {
    publisher.send(publishPacket(topic, text, { qos, id: index + 1 }));
  }
  await hears(publisher, texts.length);
  await log.settled();
  publisher.stream.end();
  await quiet();
}

function numbers(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
}

function payloadsOf(heard: readonly string[]): readonly string[] {
  return heard.filter((line) => line.startsWith("publish")).map((line) => line.split(": ").at(-1)!);
}

Deno.test("mqtt durable: brings what was missed, in order, once, and then what is live", () =>
  withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev", KEPT);
    await client.exchange(subscribePacket(1, { [`${A}/#`]: 1 }));
    client.stream.end();
    await quiet();
    await published(log, `${A}/t`, numbers(1, 50));
    const again = back(log, "dev");
    const heard = await hears(again, 51);
    assert.equal(heard[0], "connack 0 present");
    assert.deepEqual(payloadsOf(heard), numbers(1, 50));
    for (let id = 1; id <= 50; id++) again.send({ cmd: "puback", messageId: id });
    await published(log, `${A}/t`, ["live"]);
    assert.deepEqual(payloadsOf(await hears(again, 1)), ["live"]);
  }));

// [MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-4.6.0-1]
Deno.test("mqtt durable: survives a restart, and starts where it was acknowledged", () =>
  withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev", KEPT);
    await client.exchange(subscribePacket(1, { [`${A}/#`]: 1, [`${B}/x`]: 2 }));
    await published(log, `${A}/t`, numbers(1, 5));
    const first = await hears(client, 5);
    assert.deepEqual(payloadsOf(first), numbers(1, 5));
    for (const id of [1, 2, 3]) client.send({ cmd: "puback", messageId: id });
    await quiet();
    await log.stop();
    await log.start();
    await published(log, `${A}/t`, numbers(6, 8));
    const again = back(log, "dev");
    const heard = await hears(again, 6);
    assert.deepEqual(heard, [
      "connack 0 present",
      `publish #4 q1 dup ${A}/t: 4`,
      `publish #5 q1 dup ${A}/t: 5`,
      `publish #6 q1 ${A}/t: 6`,
      `publish #7 q1 ${A}/t: 7`,
      `publish #8 q1 ${A}/t: 8`,
    ]);
    await published(log, `${B}/x`, { texts: ["two"], qos: 2 });
    assert.deepEqual(payloadsOf(await hears(again, 1)), ["two"]);
  }));

Deno.test("mqtt durable: goes on with QoS 2 where the exchange stood, in both directions", () =>
  withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev", KEPT);
    await client.exchange(subscribePacket(1, { [A]: 2 }));
    await published(log, A, { texts: numbers(1, 3), qos: 2 });
    assert.equal(payloadsOf(await hears(client, 3)).length, 3);
    client.send({ cmd: "pubrec", messageId: 1 }, { cmd: "pubrec", messageId: 2 });
    assert.deepEqual(await hears(client, 2), ["pubrel #1", "pubrel #2"]);
    client.send({ cmd: "pubcomp", messageId: 1 });
    client.send(publishPacket(B, "mine", { qos: 2, id: 77 }));
    assert.deepEqual(await hears(client, 1), ["pubrec #77"]);
    client.stream.end();
    await quiet();
    const again = back(log, "dev");
    assert.deepEqual([...await hears(again, 3)].sort(), [
      "connack 0 present",
      `publish #3 q2 dup ${A}: 3`,
      "pubrel #2",
    ]);
    again.send(publishPacket(B, "mine", { qos: 2, id: 77, dup: true }));
    assert.deepEqual(await hears(again, 1), ["pubrec #77"]);
    again.send({ cmd: "pubrel", messageId: 77 });
    assert.deepEqual(await hears(again, 1), ["pubcomp #77"]);
    await log.settled();
    const { events } = await log.store.readAll({
      after: 0,
      limit: 100,
      streamPrefixes: [`messages-${CHANNEL_B}-`],
    });
    assert.equal(events.length, 1);
  }));

Deno.test("mqtt durable: falls back to the log when a subscriber does not keep up, and loses nothing", () =>
  withLog(async (log) => {
    const client = await TestClient.connected(log.server, "slow");
    await client.exchange(subscribePacket(1, { [`${A}/#`]: 1 }));
    await published(log, `${A}/t`, numbers(1, 200));
    const got: string[] = [];
    for (let i = 0; got.length < 200 && i < 2_000; i++) {
      got.push(...await acknowledged(client));
    }
    assert.deepEqual(got, numbers(1, 200));
    assert.equal(client.isClosed, false);
    await published(log, `${A}/t`, ["live"]);
    assert.deepEqual(payloadsOf(await hears(client, 1)), ["live"]);
  }, { limits: { inflightMax: 3, queueBytesMax: 500 } }));

Deno.test("mqtt durable: joins what is live without gap or repeat while others go on publishing", () =>
  withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev", KEPT);
    await client.exchange(subscribePacket(1, { [`${A}/#`]: 1 }));
    client.stream.end();
    await quiet();
    await published(log, `${A}/t`, numbers(1, 300));
    const publisher = await TestClient.connected(log.server, "pub", {
      username: THING_2,
      password: Buffer.from("key-2"),
    });
    const again = back(log, "dev");
    const got: string[] = [];
    let sent = 300;
    for (let i = 0; got.length < 800 && i < 3_000; i++) {
      if (sent < 800) {
        for (let n = 0; n < 20; n++) {
          publisher.send(publishPacket(`${A}/t`, String(++sent), { qos: 1, id: sent }));
        }
      }
      await publisher.heard();
      got.push(...await acknowledged(again, ["connack 0 present"]));
    }
    assert.deepEqual(got, numbers(1, 800));
  }, { limits: { inflightMax: 16 } }));

Deno.test("mqtt durable: a clean session that falls behind again and again gets everything once, in order", () =>
  withLog(async (log) => {
    const client = await TestClient.connected(log.server, "slow");
    await client.exchange(subscribePacket(1, { [`${A}/#`]: 1 }));
    const publisher = await TestClient.connected(log.server, "pub");
    const got: string[] = [];
    let sent = 0;
    for (let i = 0; got.length < 600 && i < 3_000; i++) {
      if (sent < 600 && i % 2 === 0) {
        for (let n = 0; n < 10; n++) {
          publisher.send(publishPacket(`${A}/t`, String(++sent), { qos: 1, id: sent }));
        }
      }
      await publisher.heard();
      got.push(...await acknowledged(client));
    }
    assert.deepEqual(got, numbers(1, 600));
    assert.equal(client.isClosed, false);
  }, { limits: { inflightMax: 3, queueBytesMax: 500 } }));

Deno.test("mqtt durable: [MQTT-3.8.4-3] subscribing again to the same filter does not take away what was missed", () =>
  withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev", KEPT);
    await client.exchange(subscribePacket(1, { [`${A}/#`]: 1 }));
    client.stream.end();
    await quiet();
    await published(log, `${A}/t`, numbers(1, 50));
    const again = back(log, "dev");
    again.send(subscribePacket(1, { [`${A}/#`]: 1 }));
    const got: string[] = [];
    for (let i = 0; got.length < 50 && i < 500; i++) {
      got.push(...await acknowledged(again, ["connack 0 present", "suback #1 1"]));
    }
    assert.deepEqual(got, numbers(1, 50));
  }, { limits: { inflightMax: 3 } }));

Deno.test("mqtt durable: a clean start ends the session, and what it missed", () =>
  withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev", KEPT);
    await client.exchange(subscribePacket(1, { [A]: 1 }));
    client.stream.end();
    await quiet();
    await published(log, A, ["missed"]);
    const clean = await TestClient.connected(log.server, "dev");
    clean.stream.end();
    await quiet();
    const again = back(log, "dev");
    assert.deepEqual(await hears(again, 1), ["connack 0"]);
    await published(log, A, ["later"]);
    assert.deepEqual(await again.heard(), []);
  }));

Deno.test("mqtt durable: a new subscription does not bring what was said before it", () =>
  withLog(async (log) => {
    await published(log, A, ["before"]);
    const client = await TestClient.connected(log.server, "dev", KEPT);
    await client.exchange(subscribePacket(1, { [A]: 1 }));
    client.stream.end();
    await quiet();
    await published(log, A, ["after"]);
    const again = back(log, "dev");
    assert.deepEqual(payloadsOf(await hears(again, 2)), ["after"]);
  }));

Deno.test("mqtt durable: a session that another node has taken ends, and is found at the next CONNECT", () =>
  withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev", KEPT);
    await client.exchange(subscribePacket(1, { [A]: 1 }));
    const stream = durableSessionStream({ thingId: THING_1, clientId: "dev" });
    const [newest] = await log.store.readStream(stream, { direction: "backwards", limit: 1 });
    const { type, data, metadata: { recordedAtMs: _, ...metadata } } = newest!;
    await log.store.append(stream, [{ id: newId(), type, data, metadata }], {
      expectedRevision: "any",
    });
    client.send(subscribePacket(2, { [B]: 1 }));
    for (let i = 0; i < 20 && !client.isClosed; i++) await quiet();
    assert.equal(client.isClosed, true);
    const again = back(log, "dev");
    assert.deepEqual(await hears(again, 1), ["connack 0 present"]);
    await published(log, A, ["still subscribed"]);
    assert.deepEqual(payloadsOf(await hears(again, 1)), ["still subscribed"]);
  }));
