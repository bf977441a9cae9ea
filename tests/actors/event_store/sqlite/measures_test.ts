import assert from "node:assert/strict";
import { newEventStoreMeasures, newId, openSqliteEventStore } from "../../../../actors/mod.ts";
import { event } from "../events.ts";
import { withPath } from "./with_path.ts";

Deno.test("sqlite event store: measures each append, and each commit with its flush and how many shared it", async () => {
  await withPath(async (path) => {
    const measures = newEventStoreMeasures();
    const store = await openSqliteEventStore({ path, measures });
    const any = { expectedRevision: "any" } as const;
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        Array.from({ length: 10 }, () => store.append(`thing-${newId()}`, [event()], any)),
      );
    }
    const refused = store.append("thing-x", [event()], { expectedRevision: { exact: 7 } });
    await assert.rejects(refused);
    await store.close();
    const { append, commit, commitAppends } = measures;
    assert.equal(append.count, 31, "one that is refused takes its time too");
    assert.equal(commitAppends.sum, 31);
    assert.equal(commit.count, commitAppends.count);
    assert.ok(commit.count >= 4 && commit.count < 31, "appends of one turn share a commit");
    assert.ok(commit.sum > 0 && commit.sum <= append.sum);
  });
});
