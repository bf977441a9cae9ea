import assert from "node:assert/strict";
import fc from "fast-check";
import { ManualClock } from "../../../../actors/mod.ts";
import { TokenBucket, TokenBuckets } from "../../../../protocols/mqtt/admission/token_buckets.ts";
import { quiet } from "../test_client.ts";

function takenOf(bucket: TokenBucket, tries: number): number {
  return Array.from({ length: tries }, () => bucket.take()).filter((taken) => taken).length;
}

Deno.test("token bucket: gives ten seconds' worth at once and then so many a second", () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket({ clock, perSecond: 5 });
  assert.equal(takenOf(bucket, 100), 50);
  assert.equal(bucket.isSpent, true);
  clock.advance(1_000);
  assert.equal(takenOf(bucket, 100), 5);
  clock.advance(3_600_000);
  assert.equal(takenOf(bucket, 100), 50);
});

Deno.test("token bucket: lets one through in its time at a rate below one in ten seconds", () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket({ clock, perSecond: 0.01 });
  assert.equal(takenOf(bucket, 5), 1);
  clock.advance(99_999);
  assert.equal(takenOf(bucket, 5), 0);
  clock.advance(1);
  assert.equal(takenOf(bucket, 5), 1);
});

Deno.test("token bucket: never gives more in any time than its rate and its burst", () => {
  const step = fc.record({ waitMs: fc.nat({ max: 3_000 }), tries: fc.nat({ max: 30 }) });
  fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), fc.array(step), (perSecond, steps) => {
    const clock = new ManualClock();
    const bucket = new TokenBucket({ clock, perSecond });
    let passedMs = 0;
    let taken = 0;
    for (const { waitMs, tries } of steps) {
      clock.advance(waitMs);
      passedMs += waitMs;
      taken += takenOf(bucket, tries);
      assert.ok(taken <= perSecond * (10 + passedMs / 1_000) + 1e-6);
    }
  }));
});

Deno.test("token bucket: tells when the next may come", async () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket({ clock, perSecond: 4 });
  await bucket.refilled();
  takenOf(bucket, 40);
  let isRefilled = false;
  void bucket.refilled().then(() => isRefilled = true);
  clock.advance(249);
  await quiet();
  assert.equal(isRefilled, false);
  clock.advance(1);
  await quiet();
  assert.equal(isRefilled, true);
  assert.equal(bucket.take(), true);
});

Deno.test("token bucket: a clock that is set back gives nothing and takes nothing", () => {
  let nowMs = 1_000_000;
  const clock = { nowMs: () => nowMs, schedule: () => () => {} };
  const bucket = new TokenBucket({ clock, perSecond: 1 });
  assert.equal(takenOf(bucket, 4), 4);
  nowMs -= 500_000;
  assert.equal(takenOf(bucket, 10), 6);
  nowMs += 1_000;
  assert.equal(takenOf(bucket, 10), 1);
});

Deno.test("token buckets: each name has its own, and past their number the longest unused is forgotten", () => {
  const clock = new ManualClock();
  const buckets = new TokenBuckets({ clock, perSecond: 1, bucketsMax: 2 });
  const left = (name: string) => takenOf(buckets.of(name), 100);
  assert.equal(left("a"), 10);
  assert.equal(left("b"), 10);
  assert.equal(left("a"), 0);
  assert.equal(left("c"), 10);
  assert.equal(left("a"), 0);
  assert.equal(left("b"), 10, "it was forgotten");
});
