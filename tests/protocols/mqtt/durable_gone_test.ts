import assert from "node:assert/strict";
import { ManualClock, messageStream } from "../../../actors/mod.ts";
import { CHANNEL_A, CHANNEL_B } from "./installation.ts";
import { RealLog } from "./real_log.ts";
import { connectPacket, publishPacket, quiet, subscribePacket, TestClient } from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;
const B = `channels/${CHANNEL_B}/messages`;
const DAY_MS = 86_400_000;
const KEPT = { clean: false } as const;

async function withLog(test: (log: RealLog, clock: ManualClock) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  const log = await RealLog.open({ clock });
  try {
    await test(log, clock);
  } finally {
    await log.close();
  }
}

/** Each text is a batch of its own, a minute after the one before. */
async function say(log: RealLog, clock: ManualClock, ...texts: readonly string[]): Promise<void> {
  const publisher = await TestClient.connected(log.server, `pub-${crypto.randomUUID()}`);
  for (const [index, text] of texts.entries()) {
    clock.advance(60_000);
    publisher.send(publishPacket(A, text, { qos: 1, id: index + 1 }));
    await quiet();
    await log.settled();
  }
  publisher.stream.end();
  await quiet();
}

async function subscriber(log: RealLog, ...topics: readonly string[]): Promise<TestClient> {
  const client = await TestClient.connected(log.server, "dev", KEPT);
  const filters = Object.fromEntries(topics.map((topic) => [topic, 1 as const]));
  await client.exchange(subscribePacket(1, filters));
  return client;
}

async function leaves(client: TestClient): Promise<void> {
  client.stream.end();
  await quiet();
}

/** What the client gets that comes back, until nothing more comes. */
async function back(log: RealLog): Promise<readonly string[]> {
  const client = new TestClient(log.server);
  client.send(connectPacket("dev", KEPT));
  const heard: string[] = [];
  for (let look = 0; look < 20; look++) heard.push(...await client.heard());
  assert.equal(heard.shift(), "connack 0 present");
  await leaves(client);
  return heard.map((line) => line.split(": ").at(-1)!);
}

function gone({ installation }: RealLog) {
  return installation.events.flatMap((event) =>
    event.type === "SessionMessagesGone" ? [event.data] : []
  );
}

Deno.test("mqtt gone: a session goes on with what the log still has, and its black box says what is missing", () =>
  withLog(async (log, clock) => {
    await leaves(await subscriber(log, A, B));
    const leftAtMs = clock.nowMs();
    await say(log, clock, "1", "2", "3", "4");
    const day = messageStream(CHANNEL_A, leftAtMs);
    await log.store.setStreamLimits(day, { maxCount: 2 });
    assert.deepEqual(await back(log), ["3", "4"]);
    const [fact, ...more] = gone(log);
    assert.deepEqual(more, []);
    const { sessionId: _, domainId: __, ...told } = fact!;
    assert.deepEqual(told, {
      clientId: "dev",
      channels: [{ channelId: CHANNEL_A, fromMs: leftAtMs, toMs: leftAtMs + 3 * 60_000 }],
      more: 0,
    });
  }));

Deno.test("mqtt gone: of a day that was removed as a whole nothing comes, and the fact ends with the day", () =>
  withLog(async (log, clock) => {
    await leaves(await subscriber(log, A));
    const leftAtMs = clock.nowMs();
    await say(log, clock, "1", "2");
    await log.store.softDelete(messageStream(CHANNEL_A, leftAtMs), { expectedRevision: "any" });
    clock.advance(DAY_MS);
    await say(log, clock, "3");
    assert.deepEqual(await back(log), ["3"]);
    const midnightMs = Math.floor(leftAtMs / DAY_MS) * DAY_MS + DAY_MS;
    assert.deepEqual(gone(log).map(({ channels }) => channels), [
      [{ channelId: CHANNEL_A, fromMs: leftAtMs, toMs: midnightMs }],
    ]);
  }));

Deno.test("mqtt gone: nothing is said where nothing is missing, or only what the session had", () =>
  withLog(async (log, clock) => {
    const client = await subscriber(log, A);
    await say(log, clock, "1", "2");
    await client.exchange({ cmd: "puback", messageId: 1 }, { cmd: "puback", messageId: 2 });
    await leaves(client);
    await log.store.setStreamLimits(messageStream(CHANNEL_A, clock.nowMs()), { truncateBefore: 1 });
    await say(log, clock, "3");
    assert.deepEqual(await back(log), ["3"]);
    assert.deepEqual(gone(log), []);
  }));

Deno.test("mqtt gone: a message under way that the log has lost does not come again, and is told", () =>
  withLog(async (log, clock) => {
    const client = await subscriber(log, A);
    await say(log, clock, "1");
    const receivedMs = clock.nowMs();
    await say(log, clock, "2");
    await leaves(client);
    await log.store.setStreamLimits(messageStream(CHANNEL_A, clock.nowMs()), { maxCount: 1 });
    assert.deepEqual(await back(log), ["2"]);
    const [{ channels } = { channels: [] }] = gone(log);
    assert.deepEqual(channels, [{ channelId: CHANNEL_A, fromMs: receivedMs, toMs: receivedMs }]);
  }));
