import assert from "node:assert/strict";
import fc from "fast-check";
import { Buckets, SECONDS_BOUNDS } from "../../../actors/mod.ts";

Deno.test("buckets: a value falls into the first bucket whose bound it does not pass", () => {
  const buckets = new Buckets([1, 10]);
  for (const value of [0, 1, 1.5, 10, 11, 1e9]) buckets.observe(value);
  assert.deepEqual(buckets.counts, [2, 2, 2]);
  assert.equal(buckets.count, 6);
});

Deno.test("buckets: many of one size are as that one many times", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.double({ min: 0, max: 100, noNaN: true }), fc.nat(50))),
    (values) => {
      const [atOnce, oneByOne] = [new Buckets(), new Buckets()];
      for (const [value, times] of values) {
        atOnce.observe(value, times);
        for (let i = 0; i < times; i++) oneByOne.observe(value);
      }
      assert.deepEqual(atOnce.counts, oneByOne.counts);
      assert.equal(atOnce.count, oneByOne.count);
      assert.ok(Math.abs(atOnce.sum - oneByOne.sum) <= 1e-9 * (1 + atOnce.sum));
    },
  ));
});

Deno.test("buckets: the bounds of waits rise", () => {
  assert.deepEqual([...SECONDS_BOUNDS].sort((a, b) => a - b), SECONDS_BOUNDS);
});
