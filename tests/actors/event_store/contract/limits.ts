import assert from "node:assert/strict";
import { ConcurrencyConflict, verifyStream } from "../../../../actors/mod.ts";
import { numbered } from "../events.ts";
import { all, type Check, numbers, revisions } from "./checking.ts";

export function limits(check: Check): void {
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

export function deletions(check: Check): void {
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
