import assert from "node:assert/strict";
import {
  ConcurrencyConflict,
  discardDurableSession,
  durableSessionStream,
  loadDurableSession,
  ManualClock,
  newId,
  sharedSubscriptionStream,
} from "../../../actors/mod.ts";
import { durableKept, START_MS, TestLog } from "../../projections/log.ts";
import { CHANNEL_A, DOMAIN, THING_1 } from "./installation.ts";
import { RealLog } from "./real_log.ts";
import { connectPacket, publishPacket, quiet, subscribePacket, TestClient } from "./test_client.ts";

const KEPT = { clean: false } as const;
const EXPIRY_SECONDS = 100;
const KEY = { thingId: THING_1, clientId: "dev" };

async function withLog(
  test: (log: RealLog, clock: ManualClock) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  const log = await RealLog.open({ clock, limits: { sessionExpirySecondsMax: EXPIRY_SECONDS } });
  try {
    await test(log, clock);
  } finally {
    await log.close();
  }
}

/** A session with one subscription, whose client has left. */
async function left(log: RealLog, clientId: string): Promise<void> {
  const client = await TestClient.connected(log.server, clientId, KEPT);
  await client.exchange(subscribePacket(1, { [`channels/${CHANNEL_A}/messages`]: 1 }));
  client.stream.end();
  await quiet();
}

/** What a sweep that begins now comes to, with a read model that is up to date. */
async function swept(log: RealLog): Promise<number> {
  await log.known.follow();
  const before = log.server.counters.sessionsExpired;
  log.server.sweepExpired();
  for (let i = 0; i < 5; i++) await quiet();
  return log.server.counters.sessionsExpired - before;
}

async function back(log: RealLog, clientId: string): Promise<string | undefined> {
  const client = new TestClient(log.server);
  client.send(connectPacket(clientId, KEPT));
  for (let look = 0; look < 100; look++) {
    const [answer] = await client.heard();
    if (answer === undefined) continue;
    client.stream.end();
    await quiet();
    return answer;
  }
  return undefined;
}

function expired({ installation }: RealLog) {
  return installation.events.flatMap((event) =>
    event.type === "SessionExpired" ? [event.data] : []
  );
}

Deno.test("mqtt sweep: what was shared with a session that is over waits for nobody", () =>
  withLog(async (log, clock) => {
    const client = await TestClient.connected(log.server, "dev", KEPT);
    const filter = `channels/${CHANNEL_A}/messages`;
    await client.exchange(subscribePacket(1, { [`$share/g/${filter}`]: 1 }));
    client.stream.end();
    await quiet();
    const shared = { domainId: DOMAIN, share: "g", filter, channelId: CHANNEL_A };
    const stored = async () =>
      (await log.store.readStream(sharedSubscriptionStream(shared), { limit: 10 }))
        .map(({ type }) => type);
    assert.equal((await stored()).at(-1), "SharedSubscriptionKept");
    clock.advance((EXPIRY_SECONDS + 1) * 1_000);
    assert.equal(await swept(log), 1);
    await quiet();
    assert.equal((await stored()).at(-1), "SharedSubscriptionEnded");
  }));

Deno.test("mqtt sweep: a session whose client did not come back in time is discarded, and the history says so", () =>
  withLog(async (log, clock) => {
    await left(log, "dev");
    const leftAtMs = clock.nowMs();
    clock.advance(EXPIRY_SECONDS * 1_000);
    assert.equal(await swept(log), 0, "its client may still come");
    clock.advance(1);
    assert.equal(await swept(log), 1);
    const [fact, ...more] = expired(log);
    assert.deepEqual(more, []);
    const { sessionId, ...told } = fact!;
    assert.deepEqual(told, {
      domainId: DOMAIN,
      clientId: "dev",
      leftAtMs,
      expirySeconds: EXPIRY_SECONDS,
      subscriptions: 1,
    });
    const connected = log.installation.events.find(({ type }) => type === "SessionConnected");
    assert.equal(sessionId, connected?.data.sessionId);
    assert.deepEqual(await log.store.readStream(durableSessionStream(KEY), { limit: 10 }), []);
    assert.equal(await swept(log), 0);
  }));

Deno.test("mqtt sweep: who comes after it begins anew in the same stream, and is kept", () =>
  withLog(async (log, clock) => {
    await left(log, "dev");
    const { revision } = await loadDurableSession(log.store, KEY);
    clock.advance(EXPIRY_SECONDS * 1_000 + 1);
    assert.equal(await swept(log), 1);
    assert.equal(await back(log, "dev"), "connack 0");
    const [oldest] = await log.store.readStream(durableSessionStream(KEY), { limit: 1 });
    assert.equal(oldest?.revision, revision + 2);
    assert.equal(await back(log, "dev"), "connack 0 present");
    assert.equal(await swept(log), 0);
  }));

Deno.test("mqtt sweep: a session that has a connection stays, however long it has written nothing", () =>
  withLog(async (log, clock) => {
    await TestClient.connected(log.server, "dev", { ...KEPT, keepalive: 0 });
    clock.advance(EXPIRY_SECONDS * 10_000);
    assert.equal(await swept(log), 0);
    assert.equal(await back(log, "dev"), "connack 0 present");
  }));

Deno.test("mqtt sweep: a client that was cut off by a kill may come back within its expiry after the next start", () =>
  withLog(async (log, clock) => {
    await TestClient.connected(log.server, "dev", { ...KEPT, keepalive: 0 });
    await left(log, "away");
    clock.advance(EXPIRY_SECONDS * 10_000);
    await log.crash();
    const startedMs = clock.nowMs();
    assert.equal(await swept(log), 1);
    assert.deepEqual(expired(log).map(({ clientId }) => clientId), ["away"]);
    clock.advance(EXPIRY_SECONDS * 1_000);
    assert.equal(await swept(log), 0);
    clock.advance(1);
    assert.equal(await swept(log), 1);
    const { clientId, leftAtMs } = expired(log).at(-1)!;
    assert.deepEqual([clientId, leftAtMs], ["dev", startedMs]);
  }));

Deno.test("mqtt sweep: a second kill gives a client that was cut off no more time", () =>
  withLog(async (log, clock) => {
    await TestClient.connected(log.server, "dev", { ...KEPT, keepalive: 0 });
    clock.advance(1_000);
    await log.crash();
    const lostMs = clock.nowMs();
    assert.equal(await swept(log), 0);
    clock.advance(EXPIRY_SECONDS * 1_000);
    await log.crash();
    assert.equal(await swept(log), 0);
    clock.advance(1);
    assert.equal(await swept(log), 1);
    assert.equal(expired(log).at(-1)!.leftAtMs, lostMs);
  }));

Deno.test("mqtt sweep: who comes back after a kill was noticed is expected on, with all that it had received", () =>
  withLog(async (log, clock) => {
    const client = await TestClient.connected(log.server, "dev", KEPT);
    const message = publishPacket(`channels/${CHANNEL_A}/messages`, "x", { qos: 2, id: 7 });
    assert.deepEqual(await client.exchange(message), ["pubrec #7"]);
    assert.deepEqual(await client.exchange({ cmd: "pubrel", messageId: 7 }), ["pubcomp #7"]);
    clock.advance(1);
    await log.crash();
    assert.equal(await swept(log), 0);
    const { session, released } = await loadDurableSession(log.store, KEY);
    assert.equal(session?.lostAtMs, clock.nowMs());
    assert.deepEqual(released.map(({ packetId }) => packetId), [7]);
    assert.equal(await back(log, "dev"), "connack 0 present");
    assert.equal((await loadDurableSession(log.store, KEY)).session?.lostAtMs, undefined);
  }));

Deno.test("mqtt sweep: a client that is back wins over a read model that does not know of it", () =>
  withLog(async (log, clock) => {
    await left(log, "dev");
    await log.known.follow();
    log.known.lags = true;
    clock.advance(EXPIRY_SECONDS * 1_000);
    await TestClient.connected(log.server, "other", KEPT);
    assert.equal(await back(log, "dev"), "connack 0 present");
    clock.advance(1);
    assert.equal(await swept(log), 0);
    assert.equal(await back(log, "dev"), "connack 0 present");
  }));

Deno.test("mqtt sweep: a session that another node has written since it was read is not discarded", () =>
  withLog(async (log) => {
    await left(log, "dev");
    const { session, revision } = await loadDurableSession(log.store, KEY);
    assert.equal(await back(log, "dev"), "connack 0 present");
    const stale = { session: session!, revision, reason: "expired", by: "test" };
    await assert.rejects(discardDurableSession({ store: log.store, newId }, stale), {
      name: ConcurrencyConflict.name,
    });
    assert.equal(await back(log, "dev"), "connack 0 present");
  }));

Deno.test("mqtt sweep: goes on by itself, a hundred sessions at once with a second between", () =>
  withLog(async (log, clock) => {
    const facts = new TestLog(log.store);
    for (let n = 0; n < 150; n++) {
      await facts.record(...durableKept({ clientId: `dev-${n}`, thingId: THING_1 }));
    }
    clock.advance(START_MS - clock.nowMs() + EXPIRY_SECONDS * 1_000 + 1);
    const counted = () => log.server.counters.sessionsExpired;
    assert.equal(await swept(log), 100);
    await log.known.follow();
    clock.advance(999);
    for (let i = 0; i < 5; i++) await quiet();
    assert.equal(counted(), 100);
    clock.advance(1);
    for (let i = 0; i < 5; i++) await quiet();
    assert.equal(counted(), 150);
    await log.known.follow();
    await facts.record(...durableKept({ clientId: "one more", thingId: THING_1 }));
    await log.known.follow();
    clock.advance(60_000);
    for (let i = 0; i < 5; i++) await quiet();
    assert.equal(counted(), 151);
  }));

Deno.test("mqtt sweep: what cannot be discarded for now is found again", () =>
  withLog(async (log, clock) => {
    await left(log, "dev");
    clock.advance(EXPIRY_SECONDS * 1_000 + 1);
    log.refuseAppends = true;
    assert.equal(await swept(log), 0);
    log.refuseAppends = false;
    clock.advance(60_000);
    for (let i = 0; i < 5; i++) await quiet();
    assert.equal(log.server.counters.sessionsExpired, 1);
  }));
