import assert from "node:assert/strict";
import type { Check } from "./checking.ts";

export function statuses(check: Check): void {
  check("says which engine and version it is, and that it is up with nothing in line", async ({
    store,
  }) => {
    const { engine, version, state, reason, lag } = await store.status();
    assert.match(engine, /^[a-z-]+$/);
    assert.match(version, /^\d+\.\d+/);
    assert.deepEqual([state, reason, lag], ["up", undefined, 0]);
  });
}
