import assert from "node:assert/strict";
import { type EventReader, systemClock } from "../../../actors/mod.ts";
import { ChannelLog } from "../../../projections/mod.ts";
import { CHANNEL_A } from "./installation.ts";
import { back, hears, KEPT } from "./kept_clients.ts";
import { type RealLog, withLog } from "./real_log.ts";
import { decode, publishPacket, subscribePacket, TestClient, told } from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;
const UNDER_WAY = 1_000;

/** Publishes each text as a batch of its own. */
async function publishedOneByOne(log: RealLog, texts: readonly string[]): Promise<void> {
  const publisher = await TestClient.connected(log.server, `pub-${crypto.randomUUID()}`);
  for (const [index, text] of texts.entries()) {
    publisher.send(publishPacket(A, text, { qos: 1, id: index + 1 }));
    await hears(publisher, 1);
    await log.settled();
  }
}

/** Publishes each text as a batch of its own, and answers where those lie, with a log that counts reads. */
async function counted(log: RealLog, texts: readonly string[]) {
  await publishedOneByOne(log, texts);
  let reads = 0;
  const streamPrefixes = [`messages-${CHANNEL_A}-`];
  const { events } = await log.store.readAll({ after: 0, limit: 512, streamPrefixes });
  const counting = {
    readStream: (stream, options) => {
      reads++;
      return log.store.readStream(stream, options);
    },
    eventAt: (position) => {
      reads++;
      return log.store.eventAt(position);
    },
  } as EventReader;
  const channelLog = new ChannelLog({ events: counting, clock: systemClock });
  const sinceMs = Date.now();
  return {
    /** Which batch is the first at the position or behind it, and how many reads that took. */
    async find(position: number): Promise<{ readonly revision: number; readonly reads: number }> {
      reads = 0;
      const { revision } = await channelLog.find(CHANNEL_A, { position, sinceMs });
      return { revision, reads };
    },
    positions: events.map(({ position }) => position),
    /** The text of the message there, and how many reads it took. */
    async at(position: number): Promise<{ readonly text: string; readonly reads: number }> {
      reads = 0;
      const message = await channelLog.message(CHANNEL_A, [position, 0]);
      return { text: new TextDecoder().decode(message!.payload), reads };
    },
  };
}

function numbers(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
}

Deno.test("mqtt resent: a message beside one that was looked for is not looked for again", () =>
  withLog(async (log) => {
    const texts = ["a", "b", "c", "d"];
    const { positions, at } = await counted(log, texts);
    assert.ok((await at(positions[0]!)).reads > 0);
    for (const [index, position] of positions.entries()) {
      assert.deepEqual(await at(position), { text: texts[index], reads: 0 });
    }
  }));

Deno.test("mqtt resent: a message is found by two reads, however many are in the log", () =>
  withLog(async (log) => {
    const { positions, at } = await counted(log, numbers(1, 60));
    assert.deepEqual(await at(positions[41]!), { text: "42", reads: 2 });
  }));

Deno.test("mqtt resent: a place in the log is found by halves, and again by what is known of it", () =>
  withLog(async (log) => {
    const { positions, find } = await counted(log, numbers(1, 60));
    for (const [revision, position] of positions.entries()) {
      assert.equal((await find(position)).revision, revision);
    }
    await publishedOneByOne(log, numbers(61, 90));
    assert.deepEqual(await find(positions[41]!), { revision: 41, reads: 0 });
    const behind = await find(positions.at(-1)! + 1);
    assert.equal(behind.revision, 60);
    assert.ok(behind.reads <= 8, `${behind.reads} reads`);
  }));

Deno.test("mqtt resent: what is read again does not push out what is remembered", () =>
  withLog(async (log) => {
    const large = "x".repeat(200_000);
    const { positions, at } = await counted(log, Array.from({ length: 10 }, () => large));
    // From the last to the first: each read brings those behind it once more.
    for (const position of positions.toReversed()) await at(position);
    for (const position of positions) assert.equal((await at(position)).reads, 0);
  }));

Deno.test("mqtt resent: what was under way comes again in its order, and not all in one turn of the loop", () =>
  withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev", KEPT);
    await client.exchange(subscribePacket(1, { [A]: 1 }));
    const publisher = await TestClient.connected(log.server, "pub");
    for (let id = 1; id <= UNDER_WAY; id++) {
      publisher.send(publishPacket(A, String(id), { qos: 1, id }));
    }
    await hears(client, UNDER_WAY);
    client.stream.end();
    const again = back(log, "dev");
    const heard: string[] = [];
    while (heard.length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      heard.push(...told(decode(again.stream.written())));
    }
    assert.ok(heard.length < UNDER_WAY, `${heard.length} were sent again in one turn of the loop`);
    heard.push(...await hears(again, UNDER_WAY + 1 - heard.length));
    const expected = Array.from(
      { length: UNDER_WAY },
      (_, n) => `publish #${n + 1} q1 dup ${A}: ${n + 1}`,
    );
    assert.deepEqual(heard, ["connack 0 present", ...expected]);
  }));

Deno.test("mqtt resent: no more waits for a client that does not read than it may have unread", () =>
  withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev", KEPT);
    await client.exchange(subscribePacket(1, { [A]: 1 }));
    const publisher = await TestClient.connected(log.server, "pub");
    const text = "x".repeat(10_000);
    for (let id = 1; id <= 50; id++) publisher.send(publishPacket(A, text, { qos: 1, id }));
    await hears(client, 50);
    client.stream.end();
    const again = back(log, "dev");
    again.stream.stick();
    // With more unread this would end it, as a client that sends and does not read the answers.
    again.send({ cmd: "pingreq" });
    assert.deepEqual(await again.heard(), []);
    assert.equal(again.isClosed, false);
    again.stream.unstick();
    const heard = await hears(again, 52);
    assert.equal(heard.filter((line) => line.startsWith("publish")).length, 50);
    assert.ok(heard.includes("pingresp"));
  }, { limits: { outBytesMax: 20_000, replyBytesMax: 20_000 } }));
