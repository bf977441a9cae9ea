import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ManualClock } from "../../../actors/mod.ts";
import type { PageBounds } from "../../../projections/mod.ts";
import { type MqttLimits, MqttServer } from "../../../protocols/mqtt/mod.ts";
import { KeptTopics } from "../../projections/retained/kept_topics.ts";
import { CHANNEL_A, CHANNEL_B, Installation, THING_1, THING_2 } from "./installation.ts";
import { RealLog } from "./real_log.ts";
import { publishPacket, quiet, subscribePacket, TestClient } from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;
const B = `channels/${CHANNEL_B}/messages`;
const TWO: PageBounds = { messagesMax: 2, bytesMax: 10_000 };

interface Paged {
  readonly topics: KeptTopics;
  readonly installation: Installation;
  readonly server: MqttServer;
  readonly publisher: TestClient;
  /** Publishes retained messages of QoS 1. */
  keep(topic: string, payload: string): Promise<void>;
}

/** A server whose retained messages come by two a page, to clients that take two at once. */
async function paged(
  test: (paged: Paged) => Promise<void>,
  limits: Partial<MqttLimits> = { inflightMax: 2 },
): Promise<void> {
  const topics = new KeptTopics(TWO);
  const installation = new Installation(new ManualClock(), topics);
  const server = new MqttServer(installation.ground, limits);
  const publisher = await TestClient.connected(server, "pub");
  const keep = async (topic: string, payload: string) => {
    const packet = publishPacket(topic, payload, { qos: 1, id: 1, retain: true });
    assert.deepEqual(await publisher.exchange(packet), ["puback #1"]);
  };
  try {
    await test({ topics, installation, server, publisher, keep });
  } finally {
    await topics.store.close();
  }
}

/** Payloads, with the word of those that were retained before. */
function payloads(heard: readonly string[]): readonly string[] {
  return heard.filter((line) => line.startsWith("publish")).map((line) =>
    `${line.includes(" retain ") ? "retained " : ""}${line.split(": ").at(-1)}`
  );
}

/** Acknowledges what was heard, and what comes upon that, until nothing comes. */
async function takesAll(
  client: TestClient,
  heard: readonly string[],
): Promise<readonly string[]> {
  const all = [...payloads(heard)];
  for (let lines = heard; payloads(lines).length > 0;) {
    const acks = lines.flatMap((line) => /^publish #(\d+)/.exec(line)?.[1] ?? [])
      .map((id) => ({ cmd: "puback", messageId: Number(id) } as const));
    lines = await client.exchange(...acks);
    all.push(...payloads(lines));
  }
  return all;
}

Deno.test("mqtt retained: the next page is read when the client has taken the one before", () =>
  paged(async ({ topics, server, keep }) => {
    for (let n = 1; n <= 9; n++) await keep(`${A}/${n}`, `${n}`);
    await topics.project();
    const subscriber = await TestClient.connected(server, "sub");
    let heard = await subscriber.exchange(subscribePacket(1, { [`${A}/#`]: 1 }));
    for (let taken = 2; taken < 9; taken += 2) {
      assert.equal(payloads(heard).length, 2);
      // The page that waits is the next one, and not read further.
      assert.equal(topics.pages.length, taken / 2 + 1);
      const ids = heard.flatMap((line) => /#(\d+) q1/.exec(line)?.[1] ?? []).map(Number);
      heard = await subscriber.exchange(
        ...ids.map((messageId) => ({ cmd: "puback", messageId } as const)),
      );
    }
    assert.deepEqual(payloads(heard), ["retained 9"]);
  }));

Deno.test("mqtt retained: no more than four channels are read ahead", () =>
  paged(async ({ topics, installation, server, publisher }) => {
    const channels = Array.from({ length: 9 }, (_, n) => `c0000000-0000-4000-8000-00000000010${n}`);
    for (const id of channels) installation.channel(id);
    installation.thing(THING_1, {
      connections: Object.fromEntries(channels.map((id) => [id, ["publish", "subscribe"]])),
    });
    for (const [n, id] of channels.entries()) {
      for (const sub of ["a", "b"]) {
        const topic = `channels/${id}/messages/${sub}`;
        await publisher.exchange(publishPacket(topic, `${n}${sub}`, { retain: true }));
      }
    }
    await topics.project();
    const subscriber = await TestClient.connected(server, "sub");
    subscriber.stream.stick();
    await subscriber.exchange(subscribePacket(1, { "channels/+/messages/#": 0 }));
    assert.equal(topics.pages.length, 4);
    subscriber.stream.unstick();
    for (let i = 0; i < 20; i++) await quiet();
    assert.deepEqual(
      payloads(await subscriber.heard()),
      channels.flatMap((_, n) => [`retained ${n}a`, `retained ${n}b`]),
    );
    assert.equal(topics.pages.length, 9);
  }, { outBytesMax: 1 }));

Deno.test("mqtt retained: a client that does not read its socket is read no further for", () =>
  paged(async ({ topics, server, publisher }) => {
    for (let n = 1; n <= 50; n++) {
      await publisher.exchange(publishPacket(`${A}/${n}`, `${n}`, { retain: true }));
    }
    await topics.project();
    const subscriber = await TestClient.connected(server, "sub");
    subscriber.stream.stick();
    await subscriber.exchange(subscribePacket(1, { [`${A}/#`]: 0 }));
    assert.ok(topics.pages.length <= 5, `${topics.pages.length} pages were read`);
    subscriber.stream.unstick();
    for (let i = 0; i < 60; i++) await quiet();
    assert.deepEqual(
      payloads(await subscriber.heard()),
      Array.from({ length: 50 }, (_, n) => `retained ${n + 1}`),
    );
  }, { outBytesMax: 500 }));

for (const isProjected of [false, true]) {
  const when = isProjected ? "and projected" : "and not yet projected";
  Deno.test(`mqtt retained: a message replaced between two pages ${when} comes once, live`, () =>
    paged(async ({ topics, server, keep }) => {
      for (let n = 1; n <= 6; n++) await keep(`${A}/${n}`, `${n} old`);
      await topics.project();
      const subscriber = await TestClient.connected(server, "sub");
      const heard = await subscriber.exchange(subscribePacket(1, { [`${A}/#`]: 1 }));
      // One that was sent, one that was read and waits, and one that is not read yet.
      for (const n of [1, 3, 6]) await keep(`${A}/${n}`, `${n} new`);
      if (isProjected) await topics.project();
      assert.deepEqual(await takesAll(subscriber, heard), [
        ...[1, 2, 3, 4, 5].map((n) => `retained ${n} old`),
        ...[1, 3, 6].map((n) => `${n} new`),
      ]);
    }));

  Deno.test(`mqtt retained: a message taken away between two pages ${when} is not sent`, () =>
    paged(async ({ topics, server, keep }) => {
      for (let n = 1; n <= 6; n++) await keep(`${A}/${n}`, `${n}`);
      await topics.project();
      const subscriber = await TestClient.connected(server, "sub");
      const heard = await subscriber.exchange(subscribePacket(1, { [`${A}/#`]: 1 }));
      await keep(`${A}/5`, "");
      if (isProjected) await topics.project();
      assert.deepEqual(await takesAll(subscriber, heard), [
        ...[1, 2, 3, 4, 6].map((n) => `retained ${n}`),
        "",
      ]);
    }));
}

Deno.test("mqtt retained: ends where its filter is unsubscribed, and others go on [MQTT-3.10.4-2]", () =>
  paged(async ({ topics, server, keep }) => {
    for (let n = 1; n <= 6; n++) await keep(`${A}/${n}`, `${n}`);
    await topics.project();
    const subscriber = await TestClient.connected(server, "sub");
    const heard = await subscriber.exchange(subscribePacket(1, { [`${A}/#`]: 1, [`${A}/6`]: 1 }));
    await keep(`${A}/6`, "6 live");
    const unsubscriptions = [`${A}/#`];
    assert.deepEqual(
      await subscriber.exchange({ cmd: "unsubscribe", messageId: 2, unsubscriptions }),
      ["unsuback #2"],
    );
    // What was on its way is brought to its end, the page that was read is not.
    assert.deepEqual(await takesAll(subscriber, heard), ["retained 1", "retained 2", "6 live"]);
  }));

Deno.test("mqtt retained: ends where the right to read the channel is taken away, and others go on", () =>
  paged(async ({ topics, installation, server, keep }) => {
    installation.thing(THING_2, {
      connections: { [CHANNEL_A]: ["subscribe"], [CHANNEL_B]: ["subscribe"] },
    });
    for (let n = 1; n <= 6; n++) await keep(`${A}/${n}`, `a ${n}`);
    await keep(`${B}/1`, "b 1");
    await topics.project();
    const as = { username: THING_2, password: Buffer.from("key-2") };
    const subscriber = await TestClient.connected(server, "sub", as);
    const heard = await subscriber.exchange(subscribePacket(1, { "channels/+/messages/#": 1 }));
    installation.thing(THING_2, { connections: { [CHANNEL_B]: ["subscribe"] } });
    assert.deepEqual(await takesAll(subscriber, heard), [
      "retained a 1",
      "retained a 2",
      "retained b 1",
    ]);
  }));

Deno.test("mqtt retained: live QoS 1 behind a slow replay is bounded, and the log brings the rest", async () => {
  const queueBytesMax = 2_000;
  const log = await RealLog.open({ limits: { inflightMax: 2, queueBytesMax } });
  try {
    const publisher = await TestClient.connected(log.server, "pub", { clean: true });
    const says = async (payload: string, retain: boolean) => {
      publisher.send(
        publishPacket(`${A}/t${retain ? payload : ""}`, payload, { qos: 1, id: 1, retain }),
      );
      for (let i = 0; i < 500 && (await publisher.heard()).length === 0; i++) await log.settled();
    };
    for (let n = 1; n <= 6; n++) await says(`kept ${n}`, true);
    const subscriber = await TestClient.connected(log.server, "sub");
    let lines = await subscriber.exchange(subscribePacket(1, { [`${A}/#`]: 1 }));
    for (let n = 1; n <= 100; n++) await says(`live ${n}`, false);
    const came = [...payloads(lines)];
    assert.deepEqual(came, ["retained kept 1", "retained kept 2"], "the replay holds");
    for (let i = 0; i < 2_000 && came.length < 106; i++) {
      const ids = lines.flatMap((line) => /^publish #(\d+)/.exec(line)?.[1] ?? []).map(Number);
      lines = await subscriber.exchange(
        ...ids.map((messageId) => ({ cmd: "puback", messageId } as const)),
      );
      came.push(...payloads(lines));
      if (ids.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.deepEqual(came, [
      ...Array.from({ length: 6 }, (_, n) => `retained kept ${n + 1}`),
      ...Array.from({ length: 100 }, (_, n) => `live ${n + 1}`),
    ]);
    assert.equal(log.server.counters.messagesDropped, 0);
  } finally {
    await log.close();
  }
});

Deno.test("mqtt retained: live QoS 0 behind a slow replay is dropped and counted past its bound", () =>
  paged(async ({ server, publisher, keep }) => {
    for (let n = 1; n <= 4; n++) await keep(`${A}/${n}`, `${n}`);
    const subscriber = await TestClient.connected(server, "sub");
    const heard = await subscriber.exchange(subscribePacket(1, { [`${A}/#`]: 1 }));
    for (let n = 1; n <= 100; n++) {
      await publisher.exchange(publishPacket(`${A}/live`, `live ${n}`));
    }
    const all = await takesAll(subscriber, heard);
    const live = all.filter((payload) => payload.startsWith("live"));
    assert.deepEqual(all.slice(0, 4), [1, 2, 3, 4].map((n) => `retained ${n}`));
    assert.deepEqual(live, live.map((_, n) => `live ${n + 1}`));
    assert.ok(live.length > 5 && live.length < 30, `${live.length} of them waited`);
    assert.equal(server.counters.messagesDropped, 100 - live.length);
  }, { inflightMax: 2, queueBytesMax: 1_500 }));
