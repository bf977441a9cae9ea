import assert from "node:assert/strict";
import { openSqliteEventStore } from "../../../../actors/mod.ts";
import { streamRows } from "../../../../actors/event_store/sqlite/reader.ts";
import { openForReading } from "../../../../actors/event_store/sqlite/schema.ts";
import { withPath } from "./with_path.ts";

for (const order of ["ASC", "DESC"] as const) {
  Deno.test(`sqlite event store: reads a stream between two revisions and passes over no other row, ${order}`, async () => {
    await withPath(async (path) => {
      await (await openSqliteEventStore({ path })).close();
      const database = openForReading(path);
      try {
        const plan = database.prepare(`EXPLAIN QUERY PLAN ${streamRows(order)}`)
          .all(1, 0, 0, 0, 1).map((row) => row["detail"]);
        assert.deepEqual(plan, [
          "SEARCH e USING INDEX events_by_stream (stream_id=? AND revision>? AND revision<?)",
        ]);
      } finally {
        database.close();
      }
    });
  });
}
