import assert from "node:assert/strict";
import fc from "fast-check";
import { isSampled } from "../../../actors/mod.ts";
import { traceIdsOf, traceparentOf } from "../../../actors/tracing/traceparent.ts";

const hex = (digits: number) =>
  fc.string({
    unit: fc.constantFrom(..."0123456789abcdef"),
    minLength: digits,
    maxLength: digits,
  }).filter((text) => !/^0*$/.test(text));

Deno.test("traceparent: what is written is read again", () => {
  fc.assert(fc.property(hex(32), hex(16), fc.nat(255), (traceId, spanId, flags) => {
    const ids = { traceId, spanId, flags };
    assert.deepEqual(traceIdsOf(traceparentOf(ids)), ids);
    assert.equal(isSampled(traceparentOf(ids)), (flags & 1) === 1);
  }));
});

Deno.test("traceparent: the specification's own is sampled, and one of a later version too", () => {
  const own = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  assert.ok(isSampled(`00-${own}`));
  assert.ok(isSampled(`cc-${own}-what-the-future-will-be-like`));
  assert.ok(!isSampled(`00-${own.replace(/01$/, "00")}`));
});

Deno.test("traceparent: anything else is as if nothing had been sent", () => {
  const wrong = [
    "",
    "00",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
    " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  ];
  for (const text of wrong) assert.equal(traceIdsOf(text), undefined, text);
  assert.ok(!isSampled(undefined));
  fc.assert(fc.property(fc.string(), (text) => assert.equal(traceIdsOf(text), undefined)));
});
