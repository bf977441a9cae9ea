import assert from "node:assert/strict";
import {
  AppendingJournal,
  type EventStore,
  InvariantViolation,
  ManualClock,
  newId,
  openInlineEventStore,
  READ_LIMIT_MAX,
  type RecordedEvent,
  type SessionEvent,
  type SessionOrigin,
  silentLogger,
  TransientError,
} from "../../../actors/mod.ts";
import { FACTS_WAITING_MAX } from "../../../actors/session/appending_journal.ts";

const DOMAIN = "d0000000-0000-4000-8000-000000000001";
const THING = "70000000-0000-4000-8000-000000000001";
const RETRY_MS = 500;

type Append = EventStore["append"];

interface Desk {
  readonly journal: AppendingJournal;
  readonly clock: ManualClock;
  /** Stream and number of events of each append that was tried. */
  readonly appends: readonly (readonly [string, number])[];
  /** Stands between the journal and the log. */
  through(append: (inner: Append) => Append): void;
  stored(thingId?: string): Promise<readonly RecordedEvent[]>;
}

async function withDesk(run: (desk: Desk) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  const log = openInlineEventStore({ path: ":memory:", nowMs: () => clock.nowMs() });
  const appends: (readonly [string, number])[] = [];
  let append: Append = log.append;
  const store: EventStore = {
    ...log,
    append(stream, events, options) {
      appends.push([stream, events.length]);
      return append(stream, events, options);
    },
  };
  const journal = new AppendingJournal({ store, clock, logger: silentLogger, newId });
  await run({
    journal,
    clock,
    appends,
    through: (wrap) => append = wrap(log.append),
    stored: (thingId = THING) => log.readStream(`session-${thingId}`, { limit: READ_LIMIT_MAX }),
  });
  await log.close();
}

function originOf(thingId: string): SessionOrigin {
  return {
    thingId,
    sessionId: newId(),
    principal: { kind: "thing", id: thingId },
    edge: "mqtt",
    remoteAddress: "192.0.2.1:50000",
  };
}

const ORIGIN = originOf(THING);

function subscribed(filter: string | number, sessionId = ORIGIN.sessionId): SessionEvent {
  const data = { domainId: DOMAIN, sessionId, filter: `${filter}`, qos: 1 } as const;
  return { type: "SessionSubscribed", data };
}

function filters(events: readonly RecordedEvent[]): readonly string[] {
  return events.map(({ data }) => (data as { filter: string }).filter);
}

async function microtasks(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await Promise.resolve();
}

/** Lets everything happen that does not wait for the clock. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("session journal: keeps who reported each fact, from where and of which connection", async () => {
  await withDesk(async ({ journal, stored }) => {
    journal.record(ORIGIN, subscribed("a"));
    await journal.flush();
    const [fact] = await stored();
    assert.equal(fact?.type, "SessionSubscribed");
    assert.deepEqual(fact?.data, {
      domainId: DOMAIN,
      sessionId: ORIGIN.sessionId,
      filter: "a",
      qos: 1,
    });
    const { recordedAtMs: _, ...metadata } = fact.metadata;
    assert.deepEqual(metadata, {
      schemaVersion: 1,
      domainId: DOMAIN,
      principal: { kind: "thing", id: THING },
      edge: "mqtt",
      remoteAddress: "192.0.2.1:50000",
      causationId: ORIGIN.sessionId,
      correlationId: ORIGIN.sessionId,
    });
  });
});

Deno.test("session journal: facts of one turn share an append, one thing has one append at a time", async () => {
  await withDesk(async ({ journal, appends, stored }) => {
    for (let n = 0; n < 3; n++) journal.record(ORIGIN, subscribed(n));
    assert.equal(appends.length, 0, "recording waits for nothing");
    await journal.flush();
    assert.deepEqual(appends, [[`session-${THING}`, 3]]);
    for (let n = 3; n < 400; n++) {
      journal.record(ORIGIN, subscribed(n));
      if (n % 10 === 0) await microtasks(3);
    }
    await journal.flush();
    assert.deepEqual(filters(await stored()), Array.from({ length: 400 }, (_, n) => `${n}`));
  });
});

Deno.test("session journal: a thing's stream keeps its newest 1,000 facts readable", async () => {
  await withDesk(async ({ journal, stored }) => {
    for (let n = 0; n < 1_200; n++) journal.record(ORIGIN, subscribed(n));
    await journal.flush();
    const facts = filters(await stored());
    assert.deepEqual([facts.length, facts[0], facts.at(-1)], [1_000, "200", "1199"]);
  });
});

Deno.test("session journal: offers facts again until the store takes them, and doubles none", async () => {
  await withDesk(async ({ journal, clock, appends, stored, through }) => {
    let failures = 0;
    through((inner) => async (stream, events, options) => {
      const result = await inner(stream, events, options);
      if (++failures <= 3) throw new TransientError("Cannot append: the answer was lost");
      return result;
    });
    for (let n = 0; n < 5; n++) {
      journal.record(ORIGIN, subscribed(n));
      await quiet();
      clock.advance(RETRY_MS);
      await quiet();
    }
    await journal.flush();
    assert.ok(appends.length >= 4);
    assert.deepEqual(filters(await stored()), ["0", "1", "2", "3", "4"]);
    assert.equal(journal.dropped, 0);
  });
});

Deno.test("session journal: loses no fact that is recorded while an append ends", async () => {
  await withDesk(async ({ journal, stored }) => {
    for (let depth = 0; depth < 40; depth++) {
      journal.record(ORIGIN, subscribed(`${depth} first`));
      await microtasks(depth);
      journal.record(ORIGIN, subscribed(`${depth} second`));
      await journal.flush();
      assert.equal((await stored()).length, 2 * (depth + 1), `after ${depth} microtasks`);
    }
  });
});

Deno.test("session journal: drops the oldest facts beyond its bound, counts them, and keeps all others", async () => {
  await withDesk(async ({ journal, stored, through }) => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    through((inner) => async (...append) => {
      await held;
      return await inner(...append);
    });
    const other = originOf("70000000-0000-4000-8000-000000000002");
    journal.record(ORIGIN, subscribed("flies"));
    await quiet();
    const flood = FACTS_WAITING_MAX + 10;
    for (let n = 0; n < flood; n++) journal.record(other, subscribed(n, other.sessionId));
    journal.record(ORIGIN, subscribed("last"));
    assert.equal(journal.dropped, 12);
    release();
    await journal.flush();
    assert.deepEqual(filters(await stored()), ["flies", "last"]);
    const kept = await stored(other.thingId);
    assert.equal(kept.at(-1)?.revision, flood - 12 - 1);
    assert.equal(filters(kept).at(-1), `${flood - 1}`);
    // The bound is free again, or this would be dropped.
    journal.record(ORIGIN, subscribed("again"));
    await journal.flush();
    assert.deepEqual([journal.dropped, (await stored()).length], [12, 3]);
  });
});

Deno.test("session journal: drops what is new, and counts it, when all else may be stored already", async () => {
  await withDesk(async ({ journal, stored, through }) => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    through(() => async () => {
      await held;
      throw new InvariantViolation("Cannot append");
    });
    for (let n = 0; n < FACTS_WAITING_MAX; n++) journal.record(originOf(newId()), subscribed(n));
    await quiet();
    journal.record(ORIGIN, subscribed("too many"));
    assert.equal(journal.dropped, 1);
    release();
    await journal.flush();
    assert.deepEqual(await stored(), []);
    assert.equal(journal.dropped, FACTS_WAITING_MAX + 1);
  });
});

Deno.test("session journal: gives up facts that the store refuses for good, counts them, and goes on", async () => {
  await withDesk(async ({ journal, stored, through }) => {
    through(() => () => Promise.reject(new InvariantViolation("Cannot append")));
    journal.record(ORIGIN, subscribed("refused"));
    await journal.flush();
    assert.equal(journal.dropped, 1);
    through((inner) => inner);
    journal.record(ORIGIN, subscribed("taken"));
    await journal.flush();
    assert.deepEqual(filters(await stored()), ["taken"]);
  });
});

Deno.test("session journal: the largest facts that MQTT can cause fit into an append", async () => {
  await withDesk(async ({ journal, stored }) => {
    // Each of these becomes six bytes of JSON.
    const clientId = "\u0001".repeat(1_024);
    const topic = clientId;
    const reason = "\u0001".repeat(300);
    const { sessionId } = ORIGIN;
    const data = {
      domainId: DOMAIN,
      sessionId,
      clientId,
      action: "publish",
      topic,
      reason,
    } as const;
    for (let n = 0; n < 200; n++) journal.record(ORIGIN, { type: "SessionRefused", data });
    await journal.flush();
    assert.deepEqual([journal.dropped, (await stored()).length], [0, 200]);
  });
});
