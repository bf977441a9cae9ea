import { encode } from "cborg";
import assert from "node:assert/strict";
import { type ContentKind, isRejection } from "../../../actors/mod.ts";
import { type Reading, readPayload } from "../../../projections/mod.ts";

const NOW_US = 1_767_225_600_000_000;

type Point = Extract<Reading, { kind: "points" }>["points"][number];

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.replace(/\s/g, "").match(/../g)!, (pair) => parseInt(pair, 16));
}

function resolved(payload: Uint8Array, kind: ContentKind = "senml+cbor"): readonly Point[] {
  const reading = readPayload(payload, { kind, receivedUs: NOW_US });
  assert.ok(!isRejection(reading), JSON.stringify(reading));
  assert.equal(reading.kind, "points");
  return reading.points;
}

function refused(payload: Uint8Array): string {
  const reading = readPayload(payload, { kind: "senml+cbor", receivedUs: NOW_US });
  assert.ok(isRejection(reading), JSON.stringify(reading));
  assert.equal(reading.code, "invalid");
  return reading.message;
}

function pack(...records: readonly (readonly (readonly [unknown, unknown])[])[]): Uint8Array {
  return encode(records.map((fields) => new Map(fields)));
}

/** The example of RFC 8428 section 6, which is that of 5.1.2 in JSON. */
const RFC_EXAMPLE = bytes(`
  87 a7 21 78 1b 75 72 6e 3a 64 65 76 3a 6f 77 3a 31 30 65 32 30 37 33 61 30 31 30 38 30 30 36 3a
  22 fb 41 d3 03 a1 5b 00 10 62 23 61 41 20 05 00 67 76 6f 6c 74 61 67 65 01 61 56 02 fb 40 5e 06
  66 66 66 66 66 a3 00 67 63 75 72 72 65 6e 74 06 24 02 fb 3f f3 33 33 33 33 33 33 a3 00 67 63 75
  72 72 65 6e 74 06 23 02 fb 3f f4 cc cc cc cc cc cd a3 00 67 63 75 72 72 65 6e 74 06 22 02 fb 3f
  f6 66 66 66 66 66 66 a3 00 67 63 75 72 72 65 6e 74 06 21 02 f9 3e 00 a3 00 67 63 75 72 72 65 6e
  74 06 20 02 fb 3f f9 99 99 99 99 99 9a a3 00 67 63 75 72 72 65 6e 74 06 00 02 fb 3f fb 33 33 33
  33 33 33`);

Deno.test("senml cbor: the RFC's example comes to what its JSON says [RFC8428 6]", () => {
  const bn = "urn:dev:ow:10e2073a0108006:";
  const at = 1276020076.001;
  assert.deepEqual(
    resolved(RFC_EXAMPLE).map(({ name, unit, timeUs, value }) => [
      name,
      unit,
      timeUs / 1e6,
      value.kind === "number" ? value.value : value,
    ]),
    [
      [`${bn}voltage`, "V", at, 120.1],
      ...[1.2, 1.3, 1.4, 1.5, 1.6, 1.7].map((v, i) => [`${bn}current`, "A", at - 5 + i, v]),
    ],
  );
});

Deno.test("senml cbor: every prefix of the RFC's example is refused, never thrown at", () => {
  for (let length = 0; length < RFC_EXAMPLE.length; length++) refused(RFC_EXAMPLE.slice(0, length));
});

Deno.test("senml cbor: every label has its meaning [RFC8428 table 6]", () => {
  const points = resolved(pack(
    [[-1, 10], [-2, "b:"], [-3, 300_000_000], [-4, "W"], [-5, 10], [-6, 100], [0, "n"], [2, 1]],
    [[0, "u"], [1, "V"], [2, 2], [5, 5], [6, 1], [7, 60]],
    [[0, "vs"], [3, "text"]],
    [[0, "vb"], [4, true]],
    [[0, "vd"], [8, new Uint8Array([0x68, 0x69, 0xff])]],
  ));
  assert.deepEqual(
    points.map(({ name, unit, timeUs, updateTime, sum }) => [
      name,
      unit,
      timeUs / 1e6,
      updateTime,
      sum,
    ]),
    [
      ["b:n", "W", 3e8, 0, 100],
      ["b:u", "V", 300_000_001, 60, 105],
      ["b:vs", "W", 3e8, 0, 100],
      ["b:vb", "W", 3e8, 0, 100],
      ["b:vd", "W", 3e8, 0, 100],
    ],
  );
  assert.deepEqual(points.map(({ value }) => value), [
    { kind: "number", value: 11 },
    { kind: "number", value: 12 },
    { kind: "text", value: "text" },
    { kind: "boolean", value: true },
    // Base64url without padding, as SenML JSON writes the same bytes.
    { kind: "data", value: "aGn_" },
  ]);
});

Deno.test("senml cbor: a number may be a decimal fraction [RFC8428 6]", () => {
  // [{0: "a", 2: 4([-2, 27315])}]
  assert.deepEqual(resolved(bytes("81 a2 00 61 61 02 c4 82 21 19 6a b3"))[0]!.value, {
    kind: "number",
    value: 273.15,
  });
  refused(bytes("81 a2 00 61 61 02 c4 61 61"));
});

Deno.test("senml cbor: a field that must be understood and is not refuses the pack", () => {
  assert.equal(resolved(pack([[0, "a"], [2, 1], ["extra", 1]])).length, 1);
  assert.match(refused(pack([[0, "a"], [2, 1], ["extra_", 1]])), /extra_/);
});

Deno.test("senml cbor: bytes are data and nothing else", () => {
  refused(pack([[0, new Uint8Array([97])], [2, 1]]));
  refused(pack([[0, "a"], [3, new Uint8Array([97])]]));
});

Deno.test("senml cbor: NaN, infinities, undefined and repeated labels are refused", () => {
  for (const value of ["f97e00", "f97c00", "f9fc00", "f7"]) {
    refused(bytes(`81 a2 00 6161 02 ${value}`));
  }
  refused(bytes("81 a3 00 6161 02 01 02 02"));
});

Deno.test("senml cbor: integers beyond a double's are refused", () => {
  refused(bytes("81 a2 00 6161 02 1b ff ff ff ff ff ff ff ff"));
});

Deno.test("senml cbor: nesting past 32 levels is refused, also where it would exhaust a stack", () => {
  const inside = (levels: number) =>
    bytes(`81 a3 00 6161 02 01 65 6578747261 ${"81".repeat(levels - 1)}80`);
  assert.equal(resolved(inside(30)).length, 1);
  assert.match(refused(inside(31)), /deeper than 32/);
  const maps = (levels: number) =>
    bytes(`81 a3 00 6161 02 01 65 6578747261 ${"a100".repeat(levels - 1)}a0`);
  assert.equal(resolved(maps(30)).length, 1);
  assert.match(refused(maps(31)), /deeper than 32/);
  refused(new Uint8Array(1_000_000).fill(0x81));
});

Deno.test("senml cbor: what is not an array of maps is refused", () => {
  for (const value of [{ n: "a" }, 1, "a", null, []]) refused(encode(value));
  refused(encode([1]));
  refused(encode([["a"]]));
});

Deno.test("senml cbor: an array that nobody declared is recognised, other bytes are opaque", () => {
  assert.equal(resolved(RFC_EXAMPLE, "unspecified").length, 7);
  for (const other of [encode([1, 2]), encode({ a: 1 }), RFC_EXAMPLE.slice(0, 40)]) {
    assert.deepEqual(readPayload(other, { kind: "unspecified", receivedUs: NOW_US }), {
      kind: "opaque",
    });
  }
});
