import { encode } from "cborg";
import fc from "fast-check";
import assert from "node:assert/strict";
import { type ContentKind, isRejection } from "../../../actors/mod.ts";
import { readPayload } from "../../../projections/mod.ts";

const KINDS: readonly ContentKind[] = ["unspecified", "senml+json", "senml+cbor", "json", "opaque"];
const NOW_US = 1_767_225_600_000_000;

/** Whatever comes out of a payload must fit into a store. */
function assertReadable(kind: ContentKind, payload: Uint8Array): void {
  const reading = readPayload(payload, { kind, receivedUs: NOW_US });
  if (isRejection(reading)) {
    assert.ok(reading.message.length > 0);
    assert.ok(kind !== "unspecified" && kind !== "opaque");
    return;
  }
  if (reading.kind !== "points") return;
  for (const { name, timeUs, updateTime, value, sum } of reading.points) {
    assert.match(name, /^[A-Za-z0-9][-A-Za-z0-9:./_]*$/);
    assert.ok(Number.isSafeInteger(timeUs));
    assert.ok(Number.isFinite(updateTime));
    assert.ok(sum === undefined || Number.isFinite(sum));
    if (value.kind === "number") assert.ok(Number.isFinite(value.value));
  }
}

const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(1e308, -1e308, 2 ** 28, 2 ** 53, 0),
);
const text = fc.oneof(fc.constantFrom("a", "b:", "", "Cel"), fc.string({ maxLength: 8 }));
/** Records that are near to right: each field mostly of its type. */
const record = fc.record({
  bn: text,
  bt: number,
  bu: text,
  bv: number,
  bs: number,
  bver: fc.constantFrom(1, 10, 11),
  n: text,
  u: text,
  v: fc.oneof(number, fc.jsonValue()),
  s: number,
  t: number,
  ut: number,
}, { requiredKeys: [] });

Deno.test("payload: no bytes are ever thrown at", () => {
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), fc.uint8Array({ maxLength: 64 }), assertReadable),
  );
});

Deno.test("payload: no JSON is ever thrown at, and what it comes to is finite", () => {
  fc.assert(fc.property(fc.constantFrom(...KINDS), fc.json(), (kind, json) => {
    assertReadable(kind, new TextEncoder().encode(json));
  }));
});

Deno.test("payload: packs of any numbers come to finite points or a refusal", () => {
  fc.assert(
    fc.property(
      fc.constantFrom<ContentKind>("senml+json", "unspecified"),
      fc.array(record, { minLength: 1, maxLength: 5 }),
      (kind, records) => assertReadable(kind, new TextEncoder().encode(JSON.stringify(records))),
    ),
    { numRuns: 500 },
  );
});

/** JSON name and CBOR label [RFC8428 table 6]. */
const LABELS = { bn: -2, bt: -3, bv: -5, n: 0, u: 1, v: 2, s: 5, t: 6, ut: 7 } as const;

Deno.test("payload: SenML says the same in CBOR and in JSON", () => {
  // JSON knows no negative zero.
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })
    .map((value) => value === 0 ? 0 : value);
  const plain = fc.record({
    bn: fc.constantFrom("a", "b:"),
    bt: finite,
    bv: finite,
    n: fc.constantFrom("x", "y/z"),
    u: fc.constantFrom("V", "Cel"),
    v: finite,
    s: finite,
    t: finite,
    ut: finite,
  }, { requiredKeys: ["n", "v"] });
  fc.assert(fc.property(fc.array(plain, { minLength: 1, maxLength: 4 }), (records) => {
    const json = new TextEncoder().encode(JSON.stringify(records));
    const cbor = encode(records.map((fields) =>
      new Map(
        Object.entries(fields).map(([name, value]) => [LABELS[name as keyof typeof LABELS], value]),
      )
    ));
    assert.deepEqual(
      readPayload(cbor, { kind: "senml+cbor", receivedUs: NOW_US }),
      readPayload(json, { kind: "senml+json", receivedUs: NOW_US }),
    );
  }));
});
