import assert from "node:assert/strict";
import fc from "fast-check";
import { TAG_BYTES_MAX } from "../../../../projections/measurements/influxdb/limits.ts";
import { tagOf, textOf } from "../../../../projections/measurements/influxdb/texts.ts";

function roundTrip(text: string): string {
  const { tag, long } = tagOf(text);
  return textOf(tag, (asked) => asked === tag ? long : undefined);
}

Deno.test("influxdb texts: any text comes back from its tag, as its bytes say it", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.string({ unit: "grapheme", maxLength: 200 }),
    fc.constantFrom(
      "%",
      "%-",
      "%41",
      "a\\",
      "\n",
      "\r\n",
      "\0",
      "\ud800",
      "\ufffd",
      "\u2028",
      "%-x",
    ),
    fc.integer({ min: 300, max: 5_000 }).map((length) => "ü\n".repeat(length)),
  );
  fc.assert(fc.property(texts, (text) => assert.equal(roundTrip(text), text.toWellFormed())));
});

Deno.test("influxdb texts: a tag is printable, has no backslash and is not too long", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (text) => {
    const { tag } = tagOf(text);
    assert.match(tag, /^[^\p{C}\\\ufffd]*$/u);
    assert.ok(new TextEncoder().encode(tag).length <= TAG_BYTES_MAX);
  }));
});

Deno.test("influxdb texts: what people usually write stays as it is", () => {
  for (
    const text of ["temperature", "m/s²", "urn:dev:ow:10e2073a01080063:", "Machine Room ü", "a,b=c"]
  ) {
    assert.equal(tagOf(text).tag, text);
  }
});

Deno.test("influxdb texts: two long texts have two tags, also if they begin alike", () => {
  const long = "x".repeat(TAG_BYTES_MAX);
  assert.equal(tagOf(long).tag, long);
  assert.notEqual(tagOf(`${long}a`).tag, tagOf(`${long}b`).tag);
});
