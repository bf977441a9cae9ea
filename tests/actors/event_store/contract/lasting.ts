import assert from "node:assert/strict";
import { TransientError, verifyStream } from "../../../../actors/mod.ts";
import { numbered } from "../events.ts";
import { all, type Check, type LastingStore, numbers } from "./checking.ts";

export function lasting(check: Check<LastingStore>): void {
  check("knows a repeated append after it was opened again", async ({ store, reopened }) => {
    const events = numbered(2);
    const first = await store.append("thing-a", events, { expectedRevision: "no_stream" });
    const again = await reopened();
    assert.deepEqual(
      await again.append("thing-a", events, { expectedRevision: "no_stream" }),
      first,
    );
    const next = await again.append("thing-a", numbered(1), { expectedRevision: { exact: 1 } });
    assert.equal(next.revision, 2);
    assert.ok(next.position > first.position);
    assert.equal("what" in verifyStream(await again.readStream("thing-a", all)), false);
  });

  check("keeps limits, deletions, snapshots and the log when opened again", async (opened) => {
    const { store } = opened;
    await store.append("session-a", numbered(5), { expectedRevision: "any" });
    await store.setStreamLimits("session-a", { maxCount: 2, maxAgeSeconds: 3_600 });
    await store.append("thing-a", numbered(3, 5), { expectedRevision: "any" });
    await store.softDelete("thing-a", { expectedRevision: { exact: 2 } });
    const snapshot = { revision: 4, version: 2, state: { name: "a" } };
    await store.saveSnapshot("session-a", snapshot);
    const before = await store.readAll({ ...all, after: 0 });
    const again = await opened.reopened();
    assert.deepEqual(await again.readAll({ ...all, after: 0 }), before);
    assert.deepEqual(numbers(await again.readStream("session-a", all)), [3, 4]);
    assert.deepEqual(await again.streamLimits("session-a"), { maxCount: 2, maxAgeSeconds: 3_600 });
    assert.deepEqual(await again.readStream("thing-a", all), []);
    assert.deepEqual(await again.readSnapshot("session-a"), snapshot);
    const next = await again.append("thing-a", numbered(1), { expectedRevision: "no_stream" });
    assert.equal(next.revision, 3);
  });

  check("refuses what is asked of it once it is closed", async ({ store, reopened }) => {
    await reopened();
    await assert.rejects(
      store.append("thing-a", numbered(1), { expectedRevision: "any" }),
      TransientError,
    );
    await assert.rejects(store.readStream("thing-a", all), TransientError);
    await assert.rejects(store.readSnapshot("thing-a"), TransientError);
  });
}
