import assert from "node:assert/strict";
import {
  InvariantViolation,
  TerminalError,
  UsageError,
  verifyStream,
} from "../../../../actors/mod.ts";
import { all, type Check, checking, numbers } from "../contract/checking.ts";
import { event, numbered } from "../events.ts";
import { holds, openServed, openStore, type ServedStore } from "./opened.ts";

const check: Check<ServedStore> = checking("eventstoredb event store", openServed);

check("does not see settings, snapshots and what others wrote as events", async (opened) => {
  const { store, server } = opened;
  await store.append("thing-a", numbered(1), { expectedRevision: "any" });
  const { position } = await store.append("thing-a", numbered(1, 1), { expectedRevision: "any" });
  const foreign = new TextEncoder().encode("{}");
  const contentType = "application/json";
  for (let n = 0; n < 100; n++) {
    const id = crypto.randomUUID();
    server.log.append("orders-1", [
      { id, type: "Ordered", contentType, data: foreign, metadata: new Uint8Array() },
    ], "any");
  }
  await store.saveSnapshot("thing-a", { revision: 1, version: 1, state: {} });
  await store.setStreamLimits("thing-b", { maxCount: 3 });
  assert.equal(await store.lastPosition(), position);
  const page = await store.readAll({ ...all, after: 0 });
  assert.deepEqual([numbers(page.events), page.reached], [[0, 1], position]);
  const again = await opened.reopened();
  assert.equal(await again.lastPosition(), position);
  await assert.rejects(again.readStream("orders-1", all), InvariantViolation);
});

check("finds the end of a stream that shows nothing, however it was hidden", async (opened) => {
  const { store, server } = opened;
  const end = async (stream: string, hide: () => Promise<unknown> | unknown) => {
    await store.append(stream, numbered(3), { expectedRevision: "any" });
    await hide();
    const again = await openStore(server);
    assert.deepEqual(await again.readStream(stream, all), []);
    await again.append(stream, numbered(1, 3), { expectedRevision: "any" });
    await again.setStreamLimits(stream, {});
    await again.close();
    const events = server.log.events.filter((each) => each.stream === stream);
    assert.deepEqual(events.map(({ revision }) => revision), [0, 1, 2, 3]);
  };
  await end("thing-a", () => store.softDelete("thing-a", { expectedRevision: "any" }));
  await end("thing-b", () => store.setStreamLimits("thing-b", { truncateBefore: 9 }));
  await end("thing-c", () => server.log.softDelete("thing-c", "any"));
  await holds(store, "thing-b", { numbered: [0, 1, 2, 3] });
  const { events } = await store.readAll({ ...all, after: 0 });
  for (const stream of ["thing-a", "thing-c"]) {
    const [third, fourth] = events.filter((each) => each.stream === stream).slice(2);
    assert.equal("what" in verifyStream([fourth!], third!), false);
  }
});

check("fetches once what followers of different parts read one after the other", async (opened) => {
  const { store, server } = opened;
  const follow = async (prefix: string, after: number) => {
    const page = await store.readAll({ ...all, after, streamPrefixes: [prefix] });
    return { numbers: numbers(page.events), reached: page.reached };
  };
  const expected: Record<string, number[]> = { "thing-": [], "channel-": [] };
  const reached: Record<string, number> = { "thing-": 0, "channel-": 0 };
  for (let n = 0; n < 200; n++) {
    const prefix = n % 3 === 0 ? "thing-" : "channel-";
    await store.append(`${prefix}${n % 5}`, numbered(1, n), { expectedRevision: "any" });
    expected[prefix]!.push(n);
    if (n % 20 !== 19) continue;
    const before = server.sent.events;
    for (const each of ["thing-", "channel-"]) {
      const page = await follow(each, reached[each]!);
      reached[each] = page.reached;
      assert.deepEqual(page.numbers, expected[each]!.splice(0));
    }
    assert.ok(server.sent.events - before <= 24, `${server.sent.events - before} for 20 events`);
  }
});

check("keeps limits over a deletion, and what an operator set beside them", async (opened) => {
  const { store, server } = opened;
  const metadata = new TextEncoder().encode(JSON.stringify({ $acl: { $r: "$all" }, $maxCount: 7 }));
  server.log.append("$$thing-a", [{
    id: crypto.randomUUID(),
    type: "$metadata",
    contentType: "application/json",
    data: metadata,
    metadata: new Uint8Array(),
  }], "any");
  await store.append("thing-a", numbered(2), { expectedRevision: "any" });
  await store.softDelete("thing-a", { expectedRevision: "any" });
  assert.deepEqual(await store.streamLimits("thing-a"), { maxCount: 7 });
  await store.setStreamLimits("thing-a", { maxCount: 5, truncateBefore: 1 });
  assert.deepEqual(await store.streamLimits("thing-a"), { maxCount: 5, truncateBefore: 1 });
  assert.deepEqual(await store.readStream("thing-a", all), [], "a limit undoes no deletion");
  const newest = server.log.events.findLast(({ stream }) => stream === "$$thing-a")!;
  assert.deepEqual(JSON.parse(new TextDecoder().decode(newest.data)).$acl, { $r: "$all" });
});

check(
  "names the size that the server takes, where metadata makes an append larger",
  async (opened) => {
    const large = Array.from({ length: 1_000 }, () => event({ text: "x".repeat(900) }));
    await assert.rejects(
      opened.store.append("thing-a", large, { expectedRevision: "any" }),
      (error: Error) => error instanceof InvariantViolation && error.message.includes("1048576"),
    );
  },
);

check("says of a tombstoned stream that nobody can undo it", async ({ store, server }) => {
  await store.append("thing-a", numbered(1), { expectedRevision: "any" });
  server.log.tombstone("thing-a", "any");
  const named = (error: Error) =>
    error instanceof InvariantViolation && error.message.includes("tombstoned");
  await assert.rejects(store.readStream("thing-a", all), named);
  await assert.rejects(store.append("thing-a", numbered(1), { expectedRevision: "any" }), named);
});

check("names a user who may not read, at the start and later", async ({ store, server }) => {
  server.faults.readsDenied = true;
  await assert.rejects(openStore(server), UsageError);
  await assert.rejects(store.readStream("thing-a", all), TerminalError);
});

check("refuses the names of the server's own streams", async ({ store }) => {
  for (const stream of ["$all", "$$thing-a", "millrace.snapshot-thing-a"]) {
    await assert.rejects(
      store.append(stream, numbered(1), { expectedRevision: "any" }),
      InvariantViolation,
    );
  }
});
