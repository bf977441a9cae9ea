import assert from "node:assert/strict";
import {
  ConcurrencyConflict,
  InvariantViolation,
  openSqliteEventStore,
  TransientError,
  verifyStream,
} from "../../../../actors/mod.ts";
import { SqliteEngine } from "../../../../actors/event_store/sqlite/engine.ts";
import { APPENDS_WAITING_MAX, Writer } from "../../../../actors/event_store/sqlite/writer.ts";
import { all } from "../contract/checking.ts";
import { event, numbered } from "../events.ts";
import { withPath } from "./with_path.ts";

const any = { expectedRevision: "any" } as const;

/** Commits in the write-ahead log: the frames that say how large the file is after them. */
async function commitsIn(path: string): Promise<number> {
  const bytes = await Deno.readFile(`${path}-wal`);
  const log = new DataView(bytes.buffer);
  const pageBytes = log.getUint32(8);
  let commits = 0;
  for (let at = 32; at + 24 + pageBytes <= bytes.length; at += 24 + pageBytes) {
    if (log.getUint32(at + 4) !== 0) commits++;
  }
  return commits;
}

Deno.test("sqlite group commit: flushes once for appends that wait together, once each for lone ones", async () => {
  await withPath(async (path) => {
    const store = await openSqliteEventStore({ path });
    const before = await commitsIn(path);
    await Promise.all(
      Array.from({ length: 500 }, (_, n) => store.append(`thing-${n}`, numbered(1), any)),
    );
    const together = await commitsIn(path) - before;
    assert.ok(together >= 1 && together <= 3, `${together} commits for 500 appends at once`);
    for (let n = 0; n < 20; n++) await store.append("thing-0", numbered(1), any);
    assert.equal(await commitsIn(path) - before - together, 20);
    await store.close();
  });
});

Deno.test("sqlite group commit: keeps the order of appends to one stream across groups", async () => {
  await withPath(async (path) => {
    const store = await openSqliteEventStore({ path });
    const places = await Promise.all(
      Array.from({ length: 3_000 }, (_, n) => store.append("thing-a", numbered(1, n), any)),
    );
    assert.ok(places.every(({ revision }, n) => revision === n));
    const events = await store.readStream("thing-a", { ...all, stored: true });
    assert.ok(events.every(({ data }, n) => (data as { n: number }).n === n));
    assert.equal("what" in verifyStream(events), false);
    await store.close();
  });
});

Deno.test("sqlite group commit: what cannot be written is refused alone, wherever it stands in its group", () => {
  const engine = new SqliteEngine({ path: ":memory:", nowMs: Date.now });
  const append = (stream: string, data: { readonly [key: string]: string | number }) => ({
    stream,
    events: [event({ n: 0 }), event(data)],
    ...any,
  });
  const results = engine.appendGroup([
    append("thing-a", { n: 1 }),
    append("thing-b", { text: "\ud800" }),
    { ...append("thing-c", { n: 1 }), expectedRevision: { exact: 4 } },
    append("thing-a", { n: NaN }),
    append("thing-b", { n: 2 }),
    append("thing-a", { n: 3 }),
  ]);
  assert.deepEqual(
    results.map((result) => result instanceof Error ? result.name : result.revision),
    [
      1,
      InvariantViolation.name,
      ConcurrencyConflict.name,
      InvariantViolation.name,
      1,
      3,
    ],
  );
  engine.close();
});

Deno.test("sqlite group commit: a refused repetition leaves the place of those behind it right", () => {
  const engine = new SqliteEngine({ path: ":memory:", nowMs: Date.now });
  const known = numbered(2);
  const results = engine.appendGroup([
    { stream: "thing-a", events: known, expectedRevision: "no_stream" },
    { stream: "thing-a", events: known, expectedRevision: "no_stream" },
    { stream: "thing-a", events: [known[0]!, event()], ...any },
    { stream: "thing-a", events: numbered(1), expectedRevision: { exact: 1 } },
  ]);
  assert.deepEqual(results[1], results[0]);
  assert.ok(results[2] instanceof ConcurrencyConflict);
  assert.deepEqual(results[3], { revision: 2, position: 3 });
  engine.close();
});

Deno.test("sqlite group commit: gives a group one instant, and the next one none before it", () => {
  let nowMs = 5_000;
  const engine = new SqliteEngine({ path: ":memory:", nowMs: () => nowMs++ });
  const group = ["a", "b", "c"].map((stream) => ({ stream, events: numbered(1), ...any }));
  engine.appendGroup(group);
  nowMs = 1_000;
  engine.appendGroup(group.map(({ stream }) => ({ stream, events: numbered(1), ...any })));
  const instants = engine.connection.prepare("SELECT recorded_at_ms AS ms FROM events").all();
  assert.deepEqual(instants.map(({ ms }) => ms), Array(6).fill(5_000));
  engine.close();
});

Deno.test("sqlite writer: refuses an append beyond the number that may wait, and takes it later", async () => {
  await withPath(async (path) => {
    const writer = new Writer();
    await writer.call({ op: "open", path });
    const append = () => writer.append({ stream: "thing-a", events: numbered(1), ...any });
    // In one turn nothing is sent, so all of these wait.
    const taken = Array.from({ length: APPENDS_WAITING_MAX }, append);
    await assert.rejects(
      append(),
      (error: Error) =>
        error instanceof TransientError && error.message.includes(String(APPENDS_WAITING_MAX)),
    );
    const places = await Promise.all(taken);
    assert.equal(places.at(-1)!.revision, APPENDS_WAITING_MAX - 1);
    assert.equal((await append()).revision, APPENDS_WAITING_MAX);
    await writer.call({ op: "close" });
    writer.terminate();
  });
});

Deno.test("sqlite writer: settles every append and call when its thread is ended", async () => {
  await withPath(async (path) => {
    const writer = new Writer();
    await writer.call({ op: "open", path });
    const asked = [
      ...Array.from(
        { length: 20 },
        () => writer.append({ stream: "thing-a", events: numbered(1), ...any }),
      ),
      writer.call({ op: "scavenge", through: 0 }),
    ];
    writer.terminate();
    for (const { status, ...outcome } of await Promise.allSettled(asked)) {
      assert.equal(status, "rejected");
      assert.ok("reason" in outcome && outcome.reason instanceof TransientError);
    }
  });
});
