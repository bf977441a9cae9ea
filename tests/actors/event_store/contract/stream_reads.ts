import assert from "node:assert/strict";
import type { EventStore } from "../../../../actors/mod.ts";
import { numbered } from "../events.ts";
import { all, type Check, numbers } from "./checking.ts";

export function streamReads(check: Check): void {
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
}
