import assert from "node:assert/strict";
import {
  type DurableSessionQueries,
  durableSessionQueries,
  durableSessionsProjection,
  DurableSessionStore,
} from "../../../projections/mod.ts";
import {
  DOMAIN,
  durableDiscarded,
  durableKept,
  durableLost,
  type Fact,
  OTHER_DOMAIN,
  START_MS,
  TestLog,
  THING,
} from "../log.ts";

const thing = { domainId: DOMAIN, thingId: THING };
const OTHER_THING = "70000000-0000-4000-8000-000000000002";

async function withSessions(
  run: (
    queries: DurableSessionQueries,
    tell: (...facts: readonly (readonly [string, Fact])[]) => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  const log = new TestLog();
  const readModel = new DurableSessionStore(":memory:");
  try {
    await run(durableSessionQueries(readModel.file), async (...facts) => {
      for (const [stream, fact] of facts) await log.record(stream, fact);
      await log.follow({ projection: durableSessionsProjection, readModel });
    });
  } finally {
    await readModel.close();
    await log.store.close();
  }
}

function names(sessions: readonly { readonly clientId: string }[]): readonly string[] {
  return sessions.map(({ clientId }) => clientId);
}

Deno.test("durable sessions: each is known by its thing, as it was written last, until it is discarded", () =>
  withSessions(async (queries, tell) => {
    const subscription = { qos: 1, noLocal: false, retainAsPublished: false, since: 0 } as const;
    await tell(
      durableKept({ clientId: "dev", connected: true }),
      durableKept({
        clientId: "dev",
        expirySeconds: 60,
        connectionId: "last",
        atMs: START_MS + 5,
        sinceMs: START_MS + 2,
        subscriptions: [{ filter: "a", ...subscription }, { filter: "b", ...subscription }],
      }),
    );
    assert.deepEqual(queries.ofThing(thing, { limit: 10 }), {
      total: 1,
      sessions: [{
        ...thing,
        clientId: "dev",
        connectionId: "last",
        connected: false,
        atMs: START_MS + 5,
        expirySeconds: 60,
        subscriptions: 2,
        sinceMs: START_MS + 2,
      }],
    });
    await tell(durableDiscarded({ clientId: "dev" }));
    assert.deepEqual(queries.ofThing(thing, { limit: 10 }), { total: 0, sessions: [] });
    assert.equal(queries.count(THING), 0);
  }));

Deno.test("durable sessions: those of a thing are counted and listed page by page, and those of others apart", () =>
  withSessions(async (queries, tell) => {
    await tell(
      ...["c", "a", "b"].map((clientId) => durableKept({ clientId })),
      durableKept({ clientId: "a", thingId: OTHER_THING }),
    );
    assert.equal(queries.count(THING), 3);
    assert.equal(queries.count(OTHER_THING), 1);
    const first = queries.ofThing(thing, { limit: 2 });
    assert.deepEqual([first.total, names(first.sessions)], [3, ["a", "b"]]);
    assert.deepEqual(names(queries.ofThing(thing, { limit: 2, after: "b" }).sessions), ["c"]);
    assert.equal(queries.ofThing({ ...thing, domainId: OTHER_DOMAIN }, { limit: 2 }).total, 0);
  }));

Deno.test("durable sessions: finds those whose time is over, and none that has a connection or has just lost it", () =>
  withSessions(async (queries, tell) => {
    await tell(
      durableKept({ clientId: "late", atMs: START_MS + 10_000 }),
      durableKept({ clientId: "over" }),
      durableKept({ clientId: "for ever", expirySeconds: 0xffff_ffff }),
      durableKept({ clientId: "connected", connected: true, atMs: START_MS + 60_000 }),
      durableKept({ clientId: "cut off", connected: true }),
      durableLost({ clientId: "cut off", atMs: START_MS + 50_000 }),
    );
    const expired = (nowMs: number, limit = 10) => names(queries.expired({ nowMs, limit }));
    assert.deepEqual(expired(START_MS + 100_000), []);
    assert.deepEqual(expired(START_MS + 100_001), ["over"]);
    assert.deepEqual(expired(START_MS + 110_001), ["over", "late"]);
    assert.deepEqual(expired(START_MS + 150_000), ["over", "late"]);
    assert.deepEqual(expired(START_MS + 150_001), ["over", "late", "cut off"]);
    assert.deepEqual(expired(START_MS + 1_000_000, 2), ["over", "late"]);
    const shown = queries.ofThing(thing, { limit: 10 }).sessions;
    assert.equal(shown.find(({ clientId }) => clientId === "cut off")?.lostAtMs, START_MS + 50_000);
  }));

Deno.test("durable sessions: shows page by page which have a connection, and not those that were lost", () =>
  withSessions(async (queries, tell) => {
    const ids = ["a", "b", "c", "d"];
    await tell(
      ...ids.map((clientId) => durableKept({ clientId, connected: true })),
      durableKept({ clientId: "new", connected: true, atMs: START_MS + 1 }),
      durableKept({ clientId: "away" }),
      durableLost({ clientId: "b", atMs: START_MS }),
    );
    const found: string[] = [];
    for (let after = "";;) {
      const page = queries.connected({ writtenBeforeMs: START_MS + 1, limit: 2, after });
      found.push(...names(page));
      if (page.length < 2) break;
      after = page.at(-1)!.stream;
    }
    assert.deepEqual(found.sort(), ["a", "c", "d"]);
    await tell(durableKept({ clientId: "b", connected: true }));
    const all = queries.connected({ writtenBeforeMs: START_MS + 2, limit: 10, after: "" });
    assert.deepEqual([...names(all)].sort(), [...ids, "new"]);
  }));
