import assert from "node:assert/strict";
import { newId } from "../../../../actors/mod.ts";
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
}
