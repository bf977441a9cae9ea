import assert from "node:assert/strict";
import {
  ConcurrencyConflict,
  openInlineEventStore,
  openSqliteEventReader,
  openSqliteEventStore,
  READ_LIMIT_MAX,
  StorageFull,
  thingUpcasters,
  TransientError,
  verifyStream,
} from "../../../../actors/mod.ts";
import { APPEND_BYTES_WAITING_MAX, Writer } from "../../../../actors/event_store/sqlite/writer.ts";
import { SqliteEngine } from "../../../../actors/event_store/sqlite/engine.ts";
import { event, METADATA, numbered } from "../events.ts";
import { noise, withPath } from "./with_path.ts";

const all = { limit: READ_LIMIT_MAX } as const;

Deno.test("sqlite event store: refuses appends when the file is full, reads on, and recovers", async () => {
  await withPath(async (path) => {
    const full = await openSqliteEventStore({ path, pagesMax: 60 });
    let kept = 0;
    await assert.rejects(async () => {
      for (; kept < 100; kept++) {
        await full.append("messages-a", [event(noise(50_000))], { expectedRevision: "any" });
      }
    }, StorageFull);
    assert.ok(kept > 3 && kept < 20, `${kept} fitted`);
    assert.equal((await full.readStream("messages-a", all)).length, kept);
    await assert.rejects(
      full.append("messages-a", [event(noise(50_000))], { expectedRevision: "any" }),
      StorageFull,
    );
    const small = await full.append("thing-a", numbered(1), { expectedRevision: "no_stream" });
    assert.equal(small.revision, 0, "what fits is taken");
    await full.setStreamLimits("messages-a", { maxCount: 1 });
    await full.scavenge({ through: await full.lastPosition() });
    const { revision } = await full.append("messages-a", [event(noise(50_000))], {
      expectedRevision: { exact: kept - 1 },
    });
    assert.equal(revision, kept);
    await full.close();
  });
});

Deno.test("sqlite event store: a refused append leaves the others of its group alone", async () => {
  await withPath(async (path) => {
    const store = await openSqliteEventStore({ path });
    const outcomes = await Promise.allSettled([
      store.append("thing-a", numbered(1, 0), { expectedRevision: "any" }),
      store.append("thing-b", numbered(1, 1), { expectedRevision: { exact: 5 } }),
      store.append("thing-c", numbered(1, 2), { expectedRevision: "any" }),
      store.append("thing-a", numbered(1, 3), { expectedRevision: { exact: 0 } }),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status), [
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
    const { events } = await store.readAll({ after: 0, limit: 10 });
    assert.deepEqual(events.map(({ data }) => data), [{ n: 0 }, { n: 2 }, { n: 3 }]);
    await store.close();
  });
});

Deno.test("sqlite event store: a failed commit stores nothing of its group, and the next one works", async () => {
  await withPath((path) => {
    const engine = new SqliteEngine({ path, nowMs: Date.now, pagesMax: 30 });
    const request = (stream: string, bytes: number) => ({
      stream,
      events: [event(noise(bytes))],
      expectedRevision: "any" as const,
    });
    assert.throws(
      () => engine.appendGroup([request("a", 10), request("b", 900_000), request("c", 10)]),
      StorageFull,
    );
    const [result] = engine.appendGroup([{ ...request("a", 10), expectedRevision: "no_stream" }]);
    assert.ok(!(result instanceof Error) && result!.revision === 0);
    engine.close();
    return Promise.resolve();
  });
});

Deno.test("sqlite event store: refuses appends beyond what may wait, and settles every one", async () => {
  await withPath(async (path) => {
    const writer = new Writer();
    await writer.call({ op: "open", path });
    const large = noise(1_000_000);
    const count = Math.ceil(APPEND_BYTES_WAITING_MAX / large.length) + 10;
    const outcomes = await Promise.allSettled(
      Array.from({ length: count }, (_, n) =>
        writer.append({
          stream: `messages-${n}`,
          events: [event(large)],
          expectedRevision: "any",
        })),
    );
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    assert.ok(refused.length >= 10 && refused.length < 20, `${refused.length} were refused`);
    assert.ok(refused.every(({ reason }) => reason instanceof TransientError));
    await writer.call({ op: "close" });
    writer.terminate();
    await assert.rejects(
      writer.append({ stream: "a", events: numbered(1), expectedRevision: "any" }),
      TransientError,
    );
  });
});

Deno.test("sqlite event store: compresses batches that repeat themselves, and reads them back", async () => {
  await withPath(async (path) => {
    const store = await openSqliteEventStore({ path });
    const batch = new TextEncoder().encode('{"n":"temperature","v":21.5}'.repeat(20_000));
    for (let n = 0; n < 10; n++) {
      await store.append("messages-a", [event(batch)], { expectedRevision: "any" });
    }
    const events = await store.readStream("messages-a", all);
    assert.ok(events.every(({ data }) => (data as Uint8Array).length === batch.length));
    assert.deepEqual(new Uint8Array(events[9]!.data as Uint8Array), batch);
    await store.close();
    const { size } = await Deno.stat(path);
    assert.ok(size < batch.length, `${size} bytes for ${10 * batch.length}`);
  });
});

Deno.test("sqlite event store: readers in other threads see a commit, in the newest shape", async () => {
  await withPath(async (path) => {
    const store = await openSqliteEventStore({ path, upcasters: thingUpcasters });
    const reader = openSqliteEventReader({ path, upcasters: thingUpcasters });
    const signal = AbortSignal.timeout(10_000);
    const grown = reader.grownBeyond(0, signal);
    const sample = JSON.parse(
      await Deno.readTextFile(
        new URL("../../thing/samples/thing_connected_v1.json", import.meta.url),
      ),
    ) as { data: Record<string, string> };
    const old = { ...event(sample.data ?? sample, "ThingConnected"), metadata: METADATA };
    await store.append("thing-a", [old], { expectedRevision: "any" });
    await grown;
    const [newest] = await reader.readStream("thing-a", all);
    const [stored] = await reader.readStream("thing-a", { ...all, stored: true });
    assert.equal(newest!.metadata.schemaVersion, 2);
    assert.equal(stored!.metadata.schemaVersion, 1);
    assert.equal("what" in verifyStream([stored!]), false, "the chain covers what was stored");
    reader.close();
    await store.close();
  });
});

Deno.test("sqlite event store: keeps instants and numbers rising when the clock falls back", async () => {
  let nowMs = 1_000_000;
  const store = openInlineEventStore({ path: ":memory:", nowMs: () => nowMs });
  await store.append("thing-a", numbered(1), { expectedRevision: "any" });
  nowMs = 500_000;
  await store.append("thing-a", numbered(1), { expectedRevision: "any" });
  const instants = (await store.readStream("thing-a", all)).map(({ metadata }) =>
    metadata.recordedAtMs
  );
  assert.deepEqual(instants, [1_000_000, 1_000_000]);
  await assert.rejects(
    store.append("thing-a", numbered(1), { expectedRevision: "no_stream" }),
    ConcurrencyConflict,
  );
  await store.close();
});
