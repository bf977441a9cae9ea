import assert from "node:assert/strict";
import { numbered } from "../events.ts";
import { all, type Check, numbers, type TimedStore } from "./checking.ts";

export function ageLimits(check: Check<TimedStore>): void {
  check("hides events past their greatest age", async ({ store, forwardMs }) => {
    await store.setStreamLimits("session-a", { maxAgeSeconds: 60 });
    await store.append("session-a", numbered(1, 0), { expectedRevision: "any" });
    forwardMs(59_000);
    await store.append("session-a", numbered(1, 1), { expectedRevision: "any" });
    assert.deepEqual(numbers(await store.readStream("session-a", all)), [0, 1]);
    forwardMs(2_000);
    assert.deepEqual(numbers(await store.readStream("session-a", all)), [1]);
  });

  check("shows what an age hid once the limit is taken away", async ({ store, forwardMs }) => {
    await store.setStreamLimits("session-a", { maxAgeSeconds: 60 });
    await store.append("session-a", numbered(2), { expectedRevision: "any" });
    forwardMs(61_000);
    assert.deepEqual(await store.readStream("session-a", all), []);
    assert.deepEqual(await store.readStream("session-a", { ...all, direction: "backwards" }), []);
    const next = await store.append("session-a", numbered(1, 2), {
      expectedRevision: { exact: 1 },
    });
    assert.equal(next.revision, 2);
    await store.setStreamLimits("session-a", {});
    assert.deepEqual(numbers(await store.readStream("session-a", all)), [0, 1, 2]);
  });
}
