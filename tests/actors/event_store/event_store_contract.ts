import assert from "node:assert/strict";
import {
  ConcurrencyConflict,
  EVENT_BYTES_MAX,
  EVENTS_PER_APPEND_MAX,
  type EventStore,
  InvariantViolation,
  newId,
  READ_LIMIT_MAX,
  type RecordedEvent,
  verifyStream,
} from "../../../actors/mod.ts";
import { event, numbered } from "./events.ts";

/*
 * The port of the event log in executable form. It speaks to the port alone: every adapter passes
 * this file unchanged. Cases that need a clock to set or a second opening are registered where the
 * adapter's test can give one.
 */

export interface OpenedStore {
  readonly store: EventStore;
  close(): Promise<void>;
}

/** Its clock, by which `$maxAge` is counted, can be set forward. */
export interface TimedStore extends OpenedStore {
  forwardMs(ms: number): void;
}

/** It can be closed and opened again on what it kept. */
export interface LastingStore extends OpenedStore {
  reopened(): Promise<EventStore>;
}

export function eventStoreContract(name: string, open: () => Promise<OpenedStore>): void {
  const check = checking(name, open);
  appends(check);
  streamReads(check);
  globalLog(check);
  limits(check);
  deletions(check);
  snapshots(check);
}

type Check<T extends OpenedStore = OpenedStore> = (
  says: string,
  run: (opened: T) => Promise<void>,
) => void;

function checking<T extends OpenedStore>(name: string, open: () => Promise<T>): Check<T> {
  return (says, run) =>
    Deno.test(`${name}: ${says}`, async () => {
      const opened = await open();
      try {
        await run(opened);
      } finally {
        await opened.close();
      }
    });
}

const numbers = (events: readonly RecordedEvent[]) =>
  events.map(({ data }) => (data as { n: number }).n);
const revisions = (events: readonly RecordedEvent[]) => events.map(({ revision }) => revision);
const all = { limit: READ_LIMIT_MAX } as const;

function appends(check: Check): void {
  check(
    "appends to a new stream, numbered from 0, and says where the last one lies",
    async ({ store }) => {
      const done = await store.append("thing-a", numbered(3), { expectedRevision: "no_stream" });
      assert.equal(done.revision, 2);
      assert.equal(done.position, await store.lastPosition());
      const events = await store.readStream("thing-a", all);
      assert.deepEqual(revisions(events), [0, 1, 2]);
      assert.equal(events[2]!.position, done.position);
    },
  );

  check("gives back what was appended, bytes and JSON alike", async ({ store }) => {
    const json = event({ text: "ä\u0000\u{1f600}", nested: { list: [1, null, true, 1.5e-9] } });
    const bytes = event(crypto.getRandomValues(new Uint8Array(60_000)));
    await store.append("thing-a", [json, bytes], { expectedRevision: "any" });
    const [first, second] = await store.readStream("thing-a", all);
    assert.deepEqual(first!.data, json.data);
    assert.deepEqual(new Uint8Array(second!.data as Uint8Array), bytes.data);
    const { recordedAtMs, ...metadata } = first!.metadata;
    assert.deepEqual(metadata, json.metadata);
    assert.ok(Number.isInteger(recordedAtMs));
    assert.deepEqual([first!.id, first!.type, first!.stream], [json.id, json.type, "thing-a"]);
  });

  check("refuses an append when a stream exists and none was expected", async ({ store }) => {
    await store.append("thing-a", numbered(1), { expectedRevision: "no_stream" });
    await assert.rejects(
      store.append("thing-a", numbered(1), { expectedRevision: "no_stream" }),
      ConcurrencyConflict,
    );
    assert.equal((await store.readStream("thing-a", all)).length, 1);
  });

  check("refuses an append at another revision than the expected one", async ({ store }) => {
    await store.append("thing-a", numbered(2), { expectedRevision: "any" });
    for (const exact of [0, 2]) {
      await assert.rejects(
        store.append("thing-a", numbered(1), { expectedRevision: { exact } }),
        (error: Error) => error instanceof ConcurrencyConflict && error.message.includes("thing-a"),
      );
    }
    await assert.rejects(
      store.append("thing-new", numbered(1), { expectedRevision: { exact: 0 } }),
      ConcurrencyConflict,
    );
    const { revision } = await store.append("thing-a", numbered(1), {
      expectedRevision: { exact: 1 },
    });
    assert.equal(revision, 2);
  });

  check("lets one of several writers with the same expectation through", async ({ store }) => {
    await store.append("thing-a", numbered(1), { expectedRevision: "no_stream" });
    const outcomes = await Promise.allSettled(
      Array.from(
        { length: 8 },
        (_, n) => store.append("thing-a", numbered(2, n), { expectedRevision: { exact: 0 } }),
      ),
    );
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    assert.equal(refused.length, 7);
    assert.ok(refused.every(({ reason }) => reason instanceof ConcurrencyConflict));
    assert.equal((await store.readStream("thing-a", all)).length, 3);
  });

  check(
    "appends nothing twice when an append is repeated, whatever it expects",
    async ({ store }) => {
      const events = numbered(3);
      const first = await store.append("thing-a", events, { expectedRevision: "no_stream" });
      await store.append("thing-a", numbered(1), { expectedRevision: "any" });
      for (const expectedRevision of ["no_stream", "any", { exact: 0 }] as const) {
        assert.deepEqual(await store.append("thing-a", events, { expectedRevision }), first);
      }
      assert.equal((await store.readStream("thing-a", all)).length, 4);
    },
  );

  check("refuses an append of which only a part is known", async ({ store }) => {
    const [known] = numbered(1);
    await store.append("thing-a", [known!], { expectedRevision: "any" });
    await assert.rejects(
      store.append("thing-a", [known!, event()], { expectedRevision: "any" }),
      ConcurrencyConflict,
    );
    assert.equal((await store.readStream("thing-a", all)).length, 1);
  });

  check("takes the same event id in another stream", async ({ store }) => {
    const events = numbered(1);
    await store.append("thing-a", events, { expectedRevision: "no_stream" });
    await store.append("thing-b", events, { expectedRevision: "no_stream" });
    assert.equal((await store.readStream("thing-b", all)).length, 1);
  });

  check("refuses too few, too many and too large events, naming the limit", async ({ store }) => {
    const refused = async (events: Parameters<EventStore["append"]>[1], limit: string) =>
      await assert.rejects(
        store.append("thing-a", events, { expectedRevision: "any" }),
        (error: Error) => error instanceof InvariantViolation && error.message.includes(limit),
      );
    await refused([], "1 to 1000");
    await refused(numbered(EVENTS_PER_APPEND_MAX + 1), String(EVENTS_PER_APPEND_MAX));
    await refused([event(new Uint8Array(EVENT_BYTES_MAX + 1))], String(EVENT_BYTES_MAX));
    await refused([event({ text: "x".repeat(EVENT_BYTES_MAX) })], String(EVENT_BYTES_MAX));
    await refused([{ ...event(), id: "not-a-uuid" }], "UUID");
    assert.equal(await store.lastPosition(), 0);
    await store.append("thing-a", numbered(EVENTS_PER_APPEND_MAX), { expectedRevision: "any" });
    await store.append("thing-b", [event(new Uint8Array(EVENT_BYTES_MAX))], {
      expectedRevision: "any",
    });
  });

  check("chains each stream's hashes", async ({ store }) => {
    await store.append("thing-a", numbered(2), { expectedRevision: "any" });
    await store.append("thing-b", [event(new Uint8Array(5_000))], { expectedRevision: "any" });
    await store.append("thing-a", numbered(2), { expectedRevision: "any" });
    for (const stream of ["thing-a", "thing-b"]) {
      const events = await store.readStream(stream, { ...all, stored: true });
      assert.equal("what" in verifyStream(events), false);
    }
  });
}

function streamReads(check: Check): void {
  check("reads a stream that does not exist as empty", async ({ store }) => {
    assert.deepEqual(await store.readStream("thing-none", all), []);
  });

  check("reads forwards and backwards, from a revision, with a limit", async ({ store }) => {
    await store.append("thing-a", numbered(10), { expectedRevision: "any" });
    const read = async (
      options: Omit<Parameters<EventStore["readStream"]>[1], "limit">,
      limit = 3,
    ) => numbers(await store.readStream("thing-a", { ...options, limit }));
    assert.deepEqual(await read({}), [0, 1, 2]);
    assert.deepEqual(await read({ fromRevision: 4 }), [4, 5, 6]);
    assert.deepEqual(await read({ fromRevision: 9 }), [9]);
    assert.deepEqual(await read({ fromRevision: 10 }), []);
    assert.deepEqual(await read({ direction: "backwards" }), [9, 8, 7]);
    assert.deepEqual(await read({ direction: "backwards", fromRevision: 1 }), [1, 0]);
    assert.deepEqual(await read({ direction: "backwards", fromRevision: 50 }, 1), [9]);
  });

  check("refuses a limit of none, of too many and of a fraction", async ({ store }) => {
    for (const limit of [0, -1, 1.5, READ_LIMIT_MAX + 1]) {
      await assert.rejects(store.readStream("thing-a", { limit }), InvariantViolation);
      await assert.rejects(store.readAll({ after: 0, limit }), InvariantViolation);
    }
  });
}

function globalLog(check: Check): void {
  check("reads all streams in the order of the log, page by page", async ({ store }) => {
    for (let n = 0; n < 10; n++) {
      await store.append(`thing-${n % 3}`, numbered(1, n), { expectedRevision: "any" });
    }
    const seen: number[] = [];
    let after = 0;
    for (;;) {
      const page = await store.readAll({ after, limit: 4 });
      seen.push(...numbers(page.events));
      assert.ok(page.reached >= after);
      after = page.reached;
      if (page.atEnd) break;
    }
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(after, await store.lastPosition());
    assert.deepEqual((await store.readAll({ after, limit: 4 })).events, []);
  });

  check("filters by prefixes, and reaches past what does not match", async ({ store }) => {
    for (let n = 0; n < 9; n++) {
      await store.append(`${["thing", "channel", "user"][n % 3]}-1`, numbered(1, n), {
        expectedRevision: "any",
      });
    }
    const page = await store.readAll({ after: 0, limit: 100, streamPrefixes: ["thing-", "user-"] });
    assert.deepEqual(numbers(page.events), [0, 2, 3, 5, 6, 8]);
    const none = await store.readAll({ after: 0, limit: 100, streamPrefixes: ["domain-"] });
    assert.deepEqual(none.events, []);
    assert.equal(none.reached, await store.lastPosition());
  });

  check(
    "never misses or repeats an event for a subscriber while many append",
    async ({ store }) => {
      const writers = 12;
      const each = 25;
      const stop = new AbortController();
      const follow = async (after: number, streamPrefixes?: readonly string[]) => {
        const seen: RecordedEvent[] = [];
        const wanted = streamPrefixes === undefined ? writers * each : writers / 2 * each;
        const options = { after, signal: stop.signal };
        const pages = store.subscribeToAll(
          streamPrefixes === undefined ? options : { ...options, streamPrefixes },
        );
        for await (const page of pages) {
          assert.ok(page.events.length > 0);
          seen.push(...page.events);
          if (seen.length >= wanted) break;
        }
        return seen;
      };
      const followers = [follow(0), follow(0, ["even-"]), follow(0)];
      await Promise.all(Array.from({ length: writers }, async (_, writer) => {
        const stream = `${writer % 2 === 0 ? "even" : "odd"}-${writer}`;
        for (let n = 0; n < each; n++) {
          await store.append(stream, numbered(1, n), { expectedRevision: "any" });
        }
      }));
      const [everything, even, second] = await Promise.all(followers);
      stop.abort();
      assert.deepEqual(ids(everything!), ids(second!));
      assert.equal(new Set(ids(everything!)).size, writers * each);
      assert.deepEqual(
        ids(even!),
        ids(everything!.filter(({ stream }) => stream.startsWith("even-"))),
      );
      const positions = everything!.map(({ position }) => position);
      assert.ok(positions.every((position, at) => at === 0 || position > positions[at - 1]!));
      for (let writer = 0; writer < writers; writer++) {
        const own = everything!.filter(({ stream }) => stream.endsWith(`-${writer}`));
        assert.deepEqual(numbers(own), Array.from({ length: each }, (_, n) => n));
      }
    },
  );

  check("ends a subscription when its signal aborts, while it waits", async ({ store }) => {
    const stop = new AbortController();
    const ended = (async () => {
      for await (const _ of store.subscribeToAll({ after: 0, signal: stop.signal }));
    })();
    await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    await ended;
  });

  check("tells when the log has grown beyond a position", async ({ store }) => {
    const signal = AbortSignal.timeout(10_000);
    const grown = store.grownBeyond(0, signal);
    const { position } = await store.append("thing-a", numbered(1), { expectedRevision: "any" });
    await grown;
    await store.grownBeyond(position - 1, signal);
  });

  check("never records an instant before the one of an earlier position", async ({ store }) => {
    for (let n = 0; n < 20; n++) {
      await store.append(`thing-${n}`, numbered(1), { expectedRevision: "any" });
    }
    const { events } = await store.readAll({ after: 0, limit: 100 });
    const instants = events.map(({ metadata }) => metadata.recordedAtMs);
    assert.deepEqual(instants, instants.toSorted((a, b) => a - b));
  });
}

function limits(check: Check): void {
  check("hides all but the newest events of a stream with a greatest count", async ({ store }) => {
    await store.setStreamLimits("session-a", { maxCount: 3 });
    await store.append("session-a", numbered(10), { expectedRevision: "any" });
    assert.deepEqual(numbers(await store.readStream("session-a", all)), [7, 8, 9]);
    assert.deepEqual(await store.streamLimits("session-a"), { maxCount: 3 });
    await store.setStreamLimits("session-a", {});
    assert.equal((await store.readStream("session-a", all)).length, 10);
  });

  check("hides what lies before the revision of a truncation", async ({ store }) => {
    await store.append("thing-a", numbered(5), { expectedRevision: "any" });
    await store.setStreamLimits("thing-a", { truncateBefore: 3 });
    assert.deepEqual(numbers(await store.readStream("thing-a", all)), [3, 4]);
    const back = await store.readStream("thing-a", { direction: "backwards", limit: 10 });
    assert.deepEqual(numbers(back), [4, 3]);
  });

  check(
    "frees what is hidden in a scavenge, up to a position, and numbers on",
    async ({ store }) => {
      await store.append("session-a", numbered(10), { expectedRevision: "any" });
      await store.append("thing-a", numbered(2), { expectedRevision: "any" });
      await store.setStreamLimits("session-a", { maxCount: 2 });
      const before = await store.readAll({ after: 0, limit: 100 });
      assert.equal(before.events.length, 12, "the log shows hidden events until a scavenge");
      const fifth = before.events[4]!.position;
      assert.deepEqual(await store.scavenge({ through: fifth }), { eventsRemoved: 5 });
      assert.deepEqual(await store.scavenge({ through: await store.lastPosition() }), {
        eventsRemoved: 3,
      });
      const after = await store.readAll({ after: 0, limit: 100 });
      assert.deepEqual(numbers(after.events), [8, 9, 0, 1]);
      const next = await store.append("session-a", numbered(1, 10), {
        expectedRevision: { exact: 9 },
      });
      assert.equal(next.revision, 10);
      const kept = await store.readStream("session-a", { ...all, stored: true });
      const [first, ...rest] = kept;
      assert.equal("what" in verifyStream(rest, first!), false, "the chain goes on");
    },
  );
}

function deletions(check: Check): void {
  check(
    "reads a deleted stream as empty, and numbers on when it is written again",
    async ({ store }) => {
      await store.append("thing-a", numbered(3), { expectedRevision: "any" });
      await store.softDelete("thing-a", { expectedRevision: { exact: 2 } });
      assert.deepEqual(await store.readStream("thing-a", all), []);
      const next = await store.append("thing-a", numbered(2, 3), { expectedRevision: "no_stream" });
      assert.equal(next.revision, 4);
      assert.deepEqual(revisions(await store.readStream("thing-a", all)), [3, 4]);
    },
  );

  check("refuses a deletion at another revision than the expected one", async ({ store }) => {
    await store.append("thing-a", numbered(3), { expectedRevision: "any" });
    await assert.rejects(
      store.softDelete("thing-a", { expectedRevision: { exact: 1 } }),
      ConcurrencyConflict,
    );
    assert.equal((await store.readStream("thing-a", all)).length, 3);
  });
}

function snapshots(check: Check): void {
  check("keeps the newest snapshot of a stream", async ({ store }) => {
    assert.equal(await store.readSnapshot("thing-a"), undefined);
    const newer = { revision: 20, version: 1, state: { name: "b", list: [1, { deep: true }] } };
    await store.saveSnapshot("thing-a", { revision: 10, version: 1, state: { name: "a" } });
    await store.saveSnapshot("thing-a", newer);
    await store.saveSnapshot("thing-a", { revision: 15, version: 1, state: { name: "late" } });
    assert.deepEqual(await store.readSnapshot("thing-a"), newer);
    await store.saveSnapshot("thing-a", { ...newer, version: 2 });
    assert.equal((await store.readSnapshot("thing-a"))!.version, 2);
    assert.equal(await store.readSnapshot(`thing-${newId()}`), undefined);
  });
}

function ids(events: readonly RecordedEvent[]): readonly string[] {
  return events.map(({ id }) => id);
}

/** For adapters whose clock a test can set. */
export function ageLimitContract(name: string, open: () => Promise<TimedStore>): void {
  const check = checking(name, open);
  check("hides events past their greatest age", async ({ store, forwardMs }) => {
    await store.setStreamLimits("session-a", { maxAgeSeconds: 60 });
    await store.append("session-a", numbered(1, 0), { expectedRevision: "any" });
    forwardMs(59_000);
    await store.append("session-a", numbered(1, 1), { expectedRevision: "any" });
    assert.deepEqual(numbers(await store.readStream("session-a", all)), [0, 1]);
    forwardMs(2_000);
    assert.deepEqual(numbers(await store.readStream("session-a", all)), [1]);
  });
}

/** For adapters that keep what they hold, which is every real one. */
export function lastingContract(name: string, open: () => Promise<LastingStore>): void {
  const check = checking(name, open);
  check("knows a repeated append after it was opened again", async ({ store, reopened }) => {
    const events = numbered(2);
    const first = await store.append("thing-a", events, { expectedRevision: "no_stream" });
    const again = await reopened();
    assert.deepEqual(
      await again.append("thing-a", events, { expectedRevision: "no_stream" }),
      first,
    );
    const next = await again.append("thing-a", numbered(1), { expectedRevision: { exact: 1 } });
    assert.equal(next.revision, 2);
    assert.ok(next.position > first.position);
    assert.equal("what" in verifyStream(await again.readStream("thing-a", all)), false);
  });
}
