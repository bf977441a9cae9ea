import assert from "node:assert/strict";
import { ManualClock, sharedSubscriptionStream } from "../../../actors/mod.ts";
import { CHANNEL_A, DOMAIN } from "./installation.ts";
import { back, connected, type Raw } from "./raw_client.ts";
import { type RealLog, withLog } from "./real_log.ts";

const SHARED = "82 [ 0001 [ ] @$share/g/A 02 ]";
const STREAM = sharedSubscriptionStream({
  domainId: DOMAIN,
  share: "g",
  filter: `channels/${CHANNEL_A}/messages`,
  channelId: CHANNEL_A,
});

/** A member of the group whose session is kept. */
async function member(log: RealLog, id: string, properties = ""): Promise<Raw> {
  const client = await connected(log, id, { properties });
  client.send(SHARED);
  await client.hears("suback 1 02");
  return client;
}

async function published(log: RealLog, texts: readonly string[], qos: 1 | 2 = 1): Promise<void> {
  const publisher = await connected(log, `pub-${crypto.randomUUID()}`);
  for (const [index, text] of texts.entries()) {
    const id = (index + 1).toString(16).padStart(4, "0");
    publisher.send(`${qos === 1 ? "32" : "34"} [ @A ${id} [ ] "${text}" ]`);
  }
  await publisher.hears(
    ...texts.map((_, index) => `${qos === 1 ? "puback" : "pubrec"} ${index + 1}`),
  );
  await log.settled();
  await publisher.leaves();
}

async function storedOfGroup(log: RealLog): Promise<readonly string[]> {
  return (await log.store.readStream(STREAM, { limit: 100 })).map(({ type }) => type);
}

Deno.test("mqtt shared durable: what came while all members were away goes to the first that returns, in order, and then what is live", () =>
  withLog(async (log) => {
    const device = await member(log, "dev");
    await device.leaves();
    await published(log, ["1", "2", "3"]);
    const again = back(log, "dev");
    await again.hears(
      "connack 00 present",
      "publish q1 #1 A: 1",
      "publish q1 #2 A: 2",
      "publish q1 #3 A: 3",
    );
    await published(log, ["4"]);
    await again.hears("publish q1 #4 A: 4");
  }));

Deno.test("mqtt shared durable: what one got while the other was away does not come to the other", () =>
  withLog(async (log) => {
    const first = await member(log, "first");
    const second = await member(log, "second");
    await first.leaves();
    await published(log, ["1", "2"]);
    await second.hears("publish q1 #1 A: 1", "publish q1 #2 A: 2");
    second.send("40 [ 0001 ] 40 [ 0002 ]");
    await second.leaves();
    await published(log, ["3"]);
    await back(log, "first").hears("connack 00 present", "publish q1 #1 A: 3");
    const later = back(log, "second");
    await later.hears("connack 00 present");
    later.send("c0 00");
    await later.hears("pingresp");
  }));

Deno.test("mqtt shared durable: QoS 1 that the last member left unacknowledged goes to whoever returns first", () =>
  withLog(async (log) => {
    const first = await member(log, "first");
    await first.leaves();
    const second = await member(log, "second");
    await published(log, ["1", "2"]);
    await second.hears("publish q1 #1 A: 1", "publish q1 #2 A: 2");
    second.send("40 [ 0001 ]");
    await second.leaves();
    await back(log, "first").hears("connack 00 present", "publish q1 #1 A: 2");
  }));

Deno.test("mqtt shared durable: [MQTT5-4.8.2-5] QoS 2 that was begun waits for its member, though another returns first", () =>
  withLog(async (log) => {
    const first = await member(log, "first");
    await first.leaves();
    const second = await member(log, "second");
    await published(log, ["1"], 2);
    await second.hears("publish q2 #1 A: 1");
    await second.leaves();
    await published(log, ["2"], 2);
    await back(log, "first").hears("connack 00 present", "publish q2 #1 A: 2");
    await back(log, "second").hears("connack 00 present", "publish q2 #1 dup A: 1");
  }));

Deno.test("mqtt shared durable: a group waits through a restart, and through a crash", () =>
  withLog(async (log) => {
    await (await member(log, "dev")).leaves();
    await published(log, ["1"]);
    await log.stop();
    await log.start();
    await published(log, ["2"]);
    await log.crash();
    await published(log, ["3"]);
    await back(log, "dev").hears(
      "connack 00 present",
      "publish q1 #1 A: 1",
      "publish q1 #2 A: 2",
      "publish q1 #3 A: 3",
    );
  }));

Deno.test("mqtt shared durable: after a crash QoS 1 comes again, and QoS 2 only to the member that has begun it", () =>
  withLog(async (log) => {
    const device = await member(log, "dev");
    await published(log, ["once"], 2);
    await device.hears("publish q2 #1 A: once");
    await published(log, ["again"]);
    await device.hears("publish q1 #2 A: again");
    device.send("50 [ 0001 ]");
    await device.hears("pubrel 1");
    device.send("70 [ 0001 ] 40 [ 0002 ]");
    await log.settled();
    await log.crash();
    const other = await connected(log, "other");
    other.send(SHARED);
    await other.hears("suback 1 02", "publish q1 #1 A: again");
    const again = back(log, "dev");
    await again.hears("connack 00 present", "pubrel 1");
  }));

Deno.test("mqtt shared durable: a second crash, as soon as the group is read again, loses and repeats no more than the first", () =>
  withLog(async (log) => {
    const device = await member(log, "dev");
    await published(log, ["once"], 2);
    await device.hears("publish q2 #1 A: once");
    await published(log, ["1", "2"]);
    await device.hears("publish q1 #2 A: 1", "publish q1 #3 A: 2");
    await log.settled();
    for (const id of ["other", "another"]) {
      await log.crash();
      const next = await connected(log, id);
      next.send(SHARED);
      await next.hears("suback 1 02", "publish q1 #1 A: 1", "publish q1 #2 A: 2");
    }
  }));

Deno.test("mqtt shared durable: [MQTT5-3.8.4-3] who subscribes again to the same filter is waited for as before", () =>
  withLog(async (log) => {
    const device = await member(log, "dev");
    device.send(SHARED);
    await device.hears("suback 1 02");
    await device.leaves();
    await published(log, ["1"]);
    await back(log, "dev").hears("connack 00 present", "publish q1 #1 A: 1");
  }));

Deno.test("mqtt shared durable: nothing waits once the last session that shares it starts clean, unsubscribes or is over", async () => {
  await withLog(async (log) => {
    await (await member(log, "dev")).leaves();
    await published(log, ["1"]);
    const anew = await connected(log, "dev");
    anew.send(SHARED);
    await anew.hears("suback 1 02");
    await published(log, ["2"]);
    await anew.hears("publish q1 #1 A: 2");
  });
  await withLog(async (log) => {
    const device = await member(log, "dev");
    device.send("a2 [ 0002 [ ] @$share/g/A ]");
    await device.hears("unsuback 2 00");
    await published(log, ["1"]);
    device.send("82 [ 0003 [ ] @$share/g/A 02 ]");
    await device.hears("suback 3 02");
    await published(log, ["2"]);
    await device.hears("publish q1 #1 A: 2");
    device.send("a2 [ 0004 [ ] @$share/g/A ]");
    await device.hears("unsuback 4 00");
    assert.equal((await storedOfGroup(log)).at(-1), "SharedSubscriptionEnded");
  });
});

Deno.test("mqtt shared durable: nothing waits for a session whose time is over", async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 12));
  await withLog(async (log) => {
    await (await member(log, "dev")).leaves();
    await published(log, ["1"]);
    clock.advance(101_000);
    const other = await member(log, "other");
    await published(log, ["2"]);
    await other.hears("publish q1 #1 A: 2");
  }, { clock });
});

Deno.test("mqtt shared durable: what no member has room for waits in the log, and comes in order", () =>
  withLog(async (log) => {
    const first = await member(log, "first", "receiveMax 0001");
    const second = await member(log, "second", "receiveMax 0001");
    await published(log, ["1", "2", "3", "4", "5"]);
    await first.hears("publish q1 #1 A: 1");
    await second.hears("publish q1 #1 A: 2");
    first.send("40 [ 0001 ]");
    await first.hears("publish q1 #2 A: 3");
    first.send("40 [ 0002 ]");
    await first.hears("publish q1 #3 A: 4");
    second.send("40 [ 0001 ]");
    await second.hears("publish q1 #2 A: 5");
    first.send("40 [ 0003 ]");
    second.send("40 [ 0002 ]");
  }));

Deno.test("mqtt shared durable: a group of sessions that end with their connections writes nothing", () =>
  withLog(async (log) => {
    const client = await connected(log, "dev", { expiry: 0 });
    client.send(SHARED);
    await client.hears("suback 1 02");
    await published(log, ["1"]);
    await client.hears("publish q1 #1 A: 1");
    await client.leaves();
    assert.deepEqual(await storedOfGroup(log), []);
  }));
