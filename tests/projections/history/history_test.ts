import assert from "node:assert/strict";
import {
  historyProjection,
  type HistoryQueries,
  historyQueries,
  type HistoryQuestion,
  HistoryStore,
} from "../../../projections/mod.ts";
import {
  CHANNEL,
  channelCreated,
  DOMAIN,
  domainCreated,
  OTHER_DOMAIN,
  OWNER,
  say,
  sessionConnected,
  sessionEnded,
  START_MS,
  TestLog,
  THING,
  thingCreated,
  userCreated,
} from "../log.ts";

interface Following {
  readonly log: TestLog;
  readonly queries: HistoryQueries;
  follow(): Promise<void>;
}

async function withHistory(run: (following: Following) => Promise<void>): Promise<void> {
  const log = new TestLog();
  const store = new HistoryStore(":memory:");
  try {
    await run({
      log,
      queries: historyQueries(store.file),
      follow: () => log.follow({ projection: historyProjection, readModel: store }),
    });
  } finally {
    await store.close();
    await log.store.close();
  }
}

function asking(more: Partial<HistoryQuestion> = {}): HistoryQuestion {
  return { domainId: DOMAIN, kind: "thing", id: THING, direction: "asc", limit: 100, ...more };
}

function types({ queries }: Following, more: Partial<HistoryQuestion> = {}): readonly string[] {
  return queries.lines(asking(more)).lines.map(({ type }) => type);
}

const GUEST = "a0000000-0000-4000-8000-000000000002";
const thing = `thing-${THING}`;
const connected = { type: "ThingConnected", data: { channelId: CHANNEL, types: ["publish"] } };
const disconnected = { type: "ThingDisconnected", data: { channelId: CHANNEL } };

/** Ten updates after the creation, every second one by the guest. */
async function eleven({ log, follow }: Following): Promise<void> {
  await log.record(thing, thingCreated());
  for (let n = 1; n <= 10; n++) {
    await log.record(thing, { type: n % 5 === 0 ? "ThingDisabled" : "ThingUpdated", data: {} }, {
      principal: { kind: "user", id: n % 2 === 0 ? GUEST : OWNER },
    });
  }
  await follow();
}

Deno.test("history: a line says where its event stands, what it is, when it was and who did it", () =>
  withHistory(async ({ log, queries, follow }) => {
    await log.record("user-x", userCreated());
    await log.record(thing, thingCreated());
    await log.record(thing, { type: "ThingUpdated", data: { name: "two" } }, {
      principal: { kind: "system", id: "setup" },
    });
    await follow();
    assert.deepEqual(queries.lines(asking()), {
      total: 2,
      lines: [
        {
          position: 2,
          stream: thing,
          revision: 0,
          type: "ThingCreated",
          atMs: START_MS + 2_000,
          principalKind: "user",
          principalId: OWNER,
        },
        {
          position: 3,
          stream: thing,
          revision: 1,
          type: "ThingUpdated",
          atMs: START_MS + 3_000,
          principalKind: "system",
          principalId: "setup",
        },
      ],
    });
  }));

Deno.test("history: a connection belongs to both its ends, a session to its thing", () =>
  withHistory(async (following) => {
    const { log, follow } = following;
    await log.record(thing, thingCreated());
    await log.record(`channel-${CHANNEL}`, channelCreated());
    await log.record(thing, connected);
    await log.record(`session-${THING}`, sessionConnected("s1"));
    await log.record(`session-${THING}`, sessionEnded("s1"));
    await log.record(thing, disconnected);
    await follow();
    assert.deepEqual(types(following), [
      "ThingCreated",
      "ThingConnected",
      "SessionConnected",
      "SessionEnded",
      "ThingDisconnected",
    ]);
    assert.deepEqual(types(following, { kind: "channel", id: CHANNEL }), [
      "ChannelCreated",
      "ThingConnected",
      "ThingDisconnected",
    ]);
  }));

Deno.test("history: users and domains have one too, and messages are no part of any", () =>
  withHistory(async (following) => {
    const { log, follow } = following;
    await log.record(`domain-${DOMAIN}`, domainCreated());
    await log.record(`user-${OWNER}`, userCreated());
    await log.record(`user-${OWNER}`, { type: "UserPasswordChanged", data: {} });
    await say(log, [{ subtopic: "", payload: "hello" }]);
    await follow();
    assert.deepEqual(types(following, { kind: "domain", id: DOMAIN }), ["DomainCreated"]);
    assert.deepEqual(types(following, { kind: "user", id: OWNER }), [
      "UserCreated",
      "UserPasswordChanged",
    ]);
    assert.deepEqual(types(following, { kind: "channel", id: CHANNEL }), []);
  }));

Deno.test("history: filters by type, by who did it, and by both ends of a time", () =>
  withHistory(async (following) => {
    await eleven(following);
    const found = (more: Partial<HistoryQuestion>) => {
      const { total, lines } = following.queries.lines(asking(more));
      assert.equal(total, lines.length);
      return lines.map(({ position }) => position);
    };
    assert.deepEqual(found({ type: "ThingDisabled" }), [6, 11]);
    assert.deepEqual(found({ type: "Thing" }), []);
    assert.deepEqual(found({ principalId: GUEST }), [3, 5, 7, 9, 11]);
    assert.deepEqual(found({ principalId: GUEST, type: "ThingDisabled" }), [11]);
    assert.deepEqual(found({ fromMs: START_MS + 10_000 }), [10, 11]);
    assert.deepEqual(found({ toMs: START_MS + 2_000 }), [1, 2]);
    assert.deepEqual(found({ fromMs: START_MS + 4_000, toMs: START_MS + 5_000 }), [4, 5]);
    assert.deepEqual(found({ fromMs: START_MS + 4_001, toMs: START_MS + 4_999 }), []);
  }));

Deno.test("history: goes on behind a cursor in both directions, with the total of all that match", () =>
  withHistory(async (following) => {
    await eleven(following);
    for (const direction of ["asc", "desc"] as const) {
      const pages: number[] = [];
      let beyond: number | undefined;
      while (true) {
        const { total, lines } = following.queries.lines(
          asking({ direction, limit: 4, ...(beyond === undefined ? {} : { beyond }) }),
        );
        assert.equal(total, 11);
        if (lines.length === 0) break;
        pages.push(...lines.map(({ position }) => position));
        beyond = lines.at(-1)!.position;
      }
      const all = Array.from({ length: 11 }, (_, i) => i + 1);
      assert.deepEqual(pages, direction === "asc" ? all : all.toReversed());
    }
  }));

Deno.test("history: a cursor holds while the history grows", () =>
  withHistory(async (following) => {
    await eleven(following);
    await following.log.record(thing, { type: "ThingEnabled", data: {} });
    await following.follow();
    const { lines } = following.queries.lines(asking({ direction: "desc", beyond: 8, limit: 3 }));
    assert.deepEqual(lines.map(({ position }) => position), [7, 6, 5]);
  }));

Deno.test("history: keeps domains apart", () =>
  withHistory(async (following) => {
    await following.log.record(thing, thingCreated(), { domainId: OTHER_DOMAIN });
    await following.follow();
    assert.deepEqual(types(following), []);
    assert.deepEqual(types(following, { domainId: OTHER_DOMAIN }), ["ThingCreated"]);
    assert.equal(following.queries.lines(asking()).total, 0);
  }));
