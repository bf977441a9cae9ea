import assert from "node:assert/strict";
import { ConcurrencyConflict, verifyStream } from "../../../../actors/mod.ts";
import { numbered } from "../events.ts";
import { all, type Check, numbers, revisions } from "./checking.ts";

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

  check("says where a deleted stream will go on", async ({ store }) => {
    await store.append("thing-a", numbered(3), { expectedRevision: "any" });
    await store.softDelete("thing-a", { expectedRevision: "any" });
    assert.equal(await store.firstRevision("thing-a"), 3);
    await store.append("thing-a", numbered(2, 3), { expectedRevision: "no_stream" });
    assert.equal(await store.firstRevision("thing-a"), 3);
  });

  check("refuses a deletion at another revision than the expected one", async ({ store }) => {
    await store.append("thing-a", numbered(3), { expectedRevision: "any" });
    await assert.rejects(
      store.softDelete("thing-a", { expectedRevision: { exact: 1 } }),
      ConcurrencyConflict,
    );
    assert.equal((await store.readStream("thing-a", all)).length, 3);
  });

  check("says in a refused deletion which stream is where", async ({ store }) => {
    await store.append("thing-a", numbered(3), { expectedRevision: "any" });
    const refused = async (stream: string, exact: number) =>
      await assert.rejects(
        store.softDelete(stream, { expectedRevision: { exact } }),
        (error: Error) =>
          error instanceof ConcurrencyConflict && error.message.includes(`delete '${stream}'`) &&
          error.message.includes(`revision ${exact}`),
      );
    await refused("thing-a", 7);
    await refused("thing-none", 0);
  });

  check(
    "chains a stream on over its deletion, and hides what came before it",
    async ({ store }) => {
      await store.append("thing-a", numbered(3), { expectedRevision: "any" });
      const [last] = await store.readStream("thing-a", {
        direction: "backwards",
        limit: 1,
        stored: true,
      });
      await store.softDelete("thing-a", { expectedRevision: "any" });
      await store.append("thing-a", numbered(2, 3), { expectedRevision: "no_stream" });
      const since = await store.readStream("thing-a", { ...all, stored: true });
      assert.equal("what" in verifyStream(since, last!), false);
      const back = await store.readStream("thing-a", { direction: "backwards", limit: 10 });
      assert.deepEqual(numbers(back), [4, 3]);
      await assert.rejects(
        store.append("thing-a", numbered(1), { expectedRevision: "no_stream" }),
        ConcurrencyConflict,
      );
    },
  );

  check("deletes a stream a second time", async ({ store }) => {
    for (const [from, exact] of [[0, 1], [2, 3]] as const) {
      await store.append("thing-a", numbered(2, from), { expectedRevision: "no_stream" });
      await store.softDelete("thing-a", { expectedRevision: { exact } });
      assert.deepEqual(await store.readStream("thing-a", all), []);
    }
  });
}
