import assert from "node:assert/strict";
import fc from "fast-check";
import { ReasonCode } from "../../../protocols/mqtt/codec/mod.ts";
import { RefusalCounts } from "../../../protocols/mqtt/refusal_counts.ts";

Deno.test("mqtt refusal counts: count by what was wanted and why, in words", () => {
  const counts = new RefusalCounts();
  counts.add("connect", { reason: "badCredentials" });
  counts.add("connect", { reason: "badCredentials", times: 2 });
  counts.addCode("subscribe", ReasonCode.quotaExceeded);
  assert.deepEqual([...counts.rows()], [
    { action: "connect", reason: "bad_credentials", count: 3 },
    { action: "subscribe", reason: "quota_exceeded", count: 1 },
  ]);
});

Deno.test("mqtt refusal counts: no code makes a word that is not in the list", () => {
  const words = new Set(
    Object.keys(ReasonCode).map((name) => name.replace(/[A-Z\d]/g, (c) => `_${c.toLowerCase()}`)),
  );
  const counts = new RefusalCounts();
  fc.assert(fc.property(fc.integer(), (code) => counts.addCode("publish", code)));
  for (const { reason } of counts.rows()) assert.ok(words.has(reason), reason);
});
