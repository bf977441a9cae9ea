import assert from "node:assert/strict";
import { newId } from "../../../../actors/mod.ts";
import { numbered } from "../events.ts";
import type { Check } from "./checking.ts";

export function snapshots(check: Check): void {
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

  check("keeps snapshots apart from events, and each stream's apart", async ({ store }) => {
    await store.append("thing-a", numbered(3), { expectedRevision: "any" });
    const ofA = { revision: 2, version: 1, state: { name: "\u{1f600}", none: null } };
    const ofB = { revision: 9, version: 4, state: {} };
    await store.saveSnapshot("thing-a", ofA);
    await store.saveSnapshot("thing-b", ofB);
    assert.deepEqual(await store.readSnapshot("thing-a"), ofA);
    assert.deepEqual(await store.readSnapshot("thing-b"), ofB);
    const { events } = await store.readAll({ after: 0, limit: 100 });
    assert.equal(events.length, 3, "a snapshot is no event");
    const { revision } = await store.append("thing-a", numbered(1), {
      expectedRevision: { exact: 2 },
    });
    assert.equal(revision, 3);
  });
}
