import assert from "node:assert/strict";
import type { EventStore, RecordedEvent } from "../../../../actors/mod.ts";
import { numbered } from "../events.ts";
import { all, type Check, ids, numbers } from "./checking.ts";

const WRITERS = 16;
const APPENDS_EACH = 25;
/** Its first event is the log's last. */
const LAST_STREAM = "even-last";

export function subscriptions(check: Check): void {
  check(
    "never misses or repeats an event for a subscriber while many append",
    async ({ store }) => {
      const even = ["even-"];
      const followers = [
        follow(store),
        follow(store, { pauseMs: 3 }),
        follow(store, { streamPrefixes: even }),
        follow(store, { streamPrefixes: even, pauseMs: 2 }),
      ];
      await Promise.all([
        ...Array.from({ length: WRITERS }, (_, writer) => write(store, writer)),
        store.grownBeyond(0, aborting()).then(async () => {
          followers.push(follow(store, { after: await store.lastPosition() }));
        }),
      ]);
      await store.append(LAST_STREAM, numbered(1), { expectedRevision: "any" });
      const log = (await store.readAll({ ...all, after: 0 })).events;
      assert.equal(new Set(ids(log)).size, WRITERS * APPENDS_EACH + 1);
      const [quick, slow, evens, slowEvens, late] = await Promise.all(followers);
      assert.deepEqual(quick, ids(log));
      assert.deepEqual(slow, ids(log));
      const matching = ids(log.filter(({ stream }) => stream.startsWith("even-")));
      assert.deepEqual(evens, matching);
      assert.deepEqual(slowEvens, matching);
      assert.deepEqual(late, ids(log).slice(-late!.length), "who joins later sees all from there");
      assert.ok(log.every(({ position }, at) => at === 0 || position > log[at - 1]!.position));
      for (let writer = 0; writer < WRITERS; writer++) {
        const own = log.filter(({ stream }) => stream.endsWith(`-${writer}`));
        assert.deepEqual(numbers(own), Array.from({ length: APPENDS_EACH }, (_, n) => n));
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

  check("yields first what was there, then what is new, and no empty page", async ({ store }) => {
    await store.append("thing-a", numbered(2), { expectedRevision: "any" });
    await store.append("other-a", numbered(1), { expectedRevision: "any" });
    const seen: number[] = [];
    for await (
      const { events } of store.subscribeToAll({
        after: 0,
        streamPrefixes: ["thing-"],
        signal: aborting(),
      })
    ) {
      assert.ok(events.length > 0);
      seen.push(...numbers(events));
      if (seen.length === 4) break;
      await store.append("other-a", numbered(1), { expectedRevision: "any" });
      await store.append("thing-a", numbered(1, seen.length), { expectedRevision: "any" });
    }
    assert.deepEqual(seen, [0, 1, 2, 3]);
  });

  check("stops waiting for the log to grow when the signal aborts", async ({ store }) => {
    const stop = new AbortController();
    const waiting = store.grownBeyond(await store.lastPosition(), stop.signal);
    stop.abort();
    await waiting;
    await store.grownBeyond(0, AbortSignal.abort());
  });
}

async function write(store: EventStore, writer: number): Promise<void> {
  const stream = `${writer % 2 === 0 ? "even" : "odd"}-${writer}`;
  for (let n = 0; n < APPENDS_EACH; n++) {
    await store.append(stream, numbered(1, n), { expectedRevision: "any" });
  }
}

async function follow(
  store: EventStore,
  { pauseMs, ...options }: {
    readonly after?: number;
    readonly streamPrefixes?: readonly string[];
    readonly pauseMs?: number;
  } = {},
): Promise<readonly string[]> {
  const seen: RecordedEvent[] = [];
  for await (const page of store.subscribeToAll({ after: 0, ...options, signal: aborting() })) {
    assert.ok(page.events.length > 0);
    assert.ok(page.reached >= page.events.at(-1)!.position);
    seen.push(...page.events);
    if (seen.at(-1)!.stream === LAST_STREAM) break;
    if (pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return ids(seen);
}

/** So that a lost event fails a case instead of hanging it. */
function aborting(): AbortSignal {
  return AbortSignal.timeout(10_000);
}
