import assert from "node:assert/strict";
import { verifyStream } from "../../../../actors/mod.ts";
import { numbered } from "../events.ts";
import { all, type Check, type LastingStore } from "./checking.ts";

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
}
