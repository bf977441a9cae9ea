import assert from "node:assert/strict";
import { isRejection } from "../../../actors/mod.ts";
import { type Reading, readPayload } from "../../../projections/mod.ts";

/** What relative times are relative to, in microseconds. */
const NOW_US = 1_767_225_600_000_000;

type Point = Extract<Reading, { kind: "points" }>["points"][number];

function resolved(pack: unknown): readonly Point[] {
  const bytes = new TextEncoder().encode(JSON.stringify(pack));
  const reading = readPayload(bytes, { kind: "senml+json", receivedUs: NOW_US });
  assert.ok(!isRejection(reading), JSON.stringify(reading));
  assert.equal(reading.kind, "points");
  return reading.points;
}

function refused(pack: unknown, field: string): string {
  const text = typeof pack === "string" ? pack : JSON.stringify(pack);
  const reading = readPayload(new TextEncoder().encode(text), {
    kind: "senml+json",
    receivedUs: NOW_US,
  });
  assert.ok(isRejection(reading), JSON.stringify(reading));
  assert.equal(reading.code, "invalid");
  assert.equal(reading.field, field, reading.message);
  return reading.message;
}

/** Name, unit, seconds and value: what the RFC's own tables of resolved records show. */
function table(points: readonly Point[]): readonly unknown[] {
  return points.map(({ name, unit, timeUs, value }) => [
    name,
    unit,
    timeUs / 1e6,
    value.kind === "none" ? undefined : value.value,
  ]);
}

const OWNER = "urn:dev:ow:10e2073a01080063";

Deno.test("senml: a single datapoint without a time was measured when it came [RFC8428 5.1.1]", () => {
  assert.deepEqual(resolved([{ n: OWNER, u: "Cel", v: 23.1 }]), [{
    record: 0,
    name: OWNER,
    unit: "Cel",
    timeUs: NOW_US,
    updateTime: 0,
    value: { kind: "number", value: 23.1 },
  }]);
});

Deno.test("senml: a base name stands before every name that follows [RFC8428 5.1.2]", () => {
  const now = NOW_US / 1e6;
  assert.deepEqual(
    table(resolved([
      { bn: `${OWNER}:`, n: "voltage", u: "V", v: 120.1 },
      { n: "current", u: "A", v: 1.2 },
    ])),
    [[`${OWNER}:voltage`, "V", now, 120.1], [`${OWNER}:current`, "A", now, 1.2]],
  );
});

Deno.test("senml: base time and base unit hold until they are set anew, and an older version is read [RFC8428 5.1.2]", () => {
  const bn = "urn:dev:ow:10e2073a0108006:";
  assert.deepEqual(
    table(resolved([
      { bn, bt: 1.276020076001e9, bu: "A", bver: 5, n: "voltage", u: "V", v: 120.1 },
      { n: "current", t: -5, v: 1.2 },
      { n: "current", t: -4, v: 1.3 },
      { n: "current", v: 1.7 },
    ])),
    [
      [`${bn}voltage`, "V", 1276020076.001, 120.1],
      [`${bn}current`, "A", 1276020071.001, 1.2],
      [`${bn}current`, "A", 1276020072.001, 1.3],
      [`${bn}current`, "A", 1276020076.001, 1.7],
    ],
  );
});

Deno.test("senml: a moving sensor's pack resolves to the records that the RFC lists [RFC8428 5.1.3, 5.1.4]", () => {
  const at = [1320067464, 1320067524];
  assert.deepEqual(
    table(resolved([
      { bn: OWNER, bt: 1.320067464e9, bu: "%RH", v: 20 },
      { u: "lon", v: 24.30621 },
      { u: "lat", v: 60.07965 },
      { t: 60, v: 20.3 },
      { u: "lon", t: 60, v: 24.30622 },
      { u: "lat", t: 60, v: 60.07965 },
    ])),
    [
      [OWNER, "%RH", at[0], 20],
      [OWNER, "lon", at[0], 24.30621],
      [OWNER, "lat", at[0], 60.07965],
      [OWNER, "%RH", at[1], 20.3],
      [OWNER, "lon", at[1], 24.30622],
      [OWNER, "lat", at[1], 60.07965],
    ],
  );
});

Deno.test("senml: a value may be a number, a text, a boolean or data [RFC8428 5.1.5]", () => {
  assert.deepEqual(
    resolved([
      { bn: `${OWNER}:`, n: "temp", u: "Cel", v: 23.1 },
      { n: "label", vs: "Machine Room" },
      { n: "open", vb: false },
      { n: "nfc-reader", vd: "aGkgCg" },
    ]).map(({ value }) => value),
    [
      { kind: "number", value: 23.1 },
      { kind: "text", value: "Machine Room" },
      { kind: "boolean", value: false },
      { kind: "data", value: "aGkgCg" },
    ],
  );
});

Deno.test("senml: a pack may go on with another base name [RFC8428 5.1.6]", () => {
  assert.deepEqual(
    table(resolved([
      { bn: "2001:db8::2/", bt: 1.320078429e9, n: "temperature", u: "Cel", v: 25.2 },
      { n: "humidity", u: "%RH", v: 30 },
      { bn: "2001:db8::1/", n: "temperature", u: "Cel", v: 12.3 },
      { n: "humidity", u: "%RH", v: 67 },
    ])),
    [
      ["2001:db8::2/temperature", "Cel", 1320078429, 25.2],
      ["2001:db8::2/humidity", "%RH", 1320078429, 30],
      ["2001:db8::1/temperature", "Cel", 1320078429, 12.3],
      ["2001:db8::1/humidity", "%RH", 1320078429, 67],
    ],
  );
});

Deno.test("senml: a record of base fields alone says nothing itself, and holds for those behind it", () => {
  const points = resolved([{ bn: "pump:" }, { n: "flow", v: 1 }]);
  assert.deepEqual(points.map(({ record, name }) => [record, name]), [[1, "pump:flow"]]);
});

Deno.test("senml: times below 2^28 seconds are relative to the arrival, from there on absolute", () => {
  const us = (t: number) => resolved([{ n: "a", t, v: 1 }])[0]!.timeUs;
  assert.equal(us(0), NOW_US);
  assert.equal(us(-90.5), NOW_US - 90_500_000);
  assert.equal(us(268_435_455), NOW_US + 268_435_455_000_000);
  assert.equal(us(268_435_456), 268_435_456_000_000);
});

Deno.test("senml: times keep microseconds", () => {
  assert.equal(resolved([{ n: "a", t: 1320067464.123456, v: 1 }])[0]!.timeUs, 1320067464123456);
});

Deno.test("senml: base value and base sum are added, and a missing one of two is zero [RFC8428 4.4]", () => {
  const summed = (pack: unknown) => resolved(pack).map(({ value, sum }) => [value, sum]);
  const number = (value: number) => ({ kind: "number", value });
  assert.deepEqual(
    summed([
      { bn: "a", bv: 20, bs: 100, v: 3, s: 5 },
      { v: -3 },
      { s: 7 },
      { vs: "text" },
      { bs: 0, bv: 0, v: 1, s: 2 },
    ]),
    [
      [number(23), 105],
      [number(17), 100],
      [{ kind: "none" }, 107],
      [{ kind: "text", value: "text" }, 100],
      [number(1), 2],
    ],
  );
  assert.deepEqual(summed([{ n: "a", v: 1 }]), [[number(1), undefined]]);
});

Deno.test("senml: an update time is kept", () => {
  assert.equal(resolved([{ n: "a", v: 1, ut: 30 }])[0]!.updateTime, 30);
});

Deno.test("senml: a version beyond 10 is refused, 10 is not [RFC8428 4.4]", () => {
  assert.equal(resolved([{ bver: 10, n: "a", v: 1 }]).length, 1);
  assert.match(refused([{ bver: 11, n: "a", v: 1 }], "payload[0].bver"), /11.*10/);
});

Deno.test("senml: a field that must be understood and is not refuses the pack, others are passed over [RFC8428 4.4]", () => {
  assert.equal(resolved([{ n: "a", v: 1, extra: { any: "thing" } }]).length, 1);
  refused([{ n: "a", v: 1 }, { n: "b", v: 1, extra_: 1 }], "payload[1].extra_");
});

Deno.test("senml: names hold only the RFC's characters and begin with a letter or digit [RFC8428 4.5.1]", () => {
  for (const n of ["a", "0", "A-b:c.d/e_f", "urn:dev:mac:0024befffe804ff1"]) {
    assert.equal(resolved([{ n, v: 1 }])[0]!.name, n);
  }
  for (const n of ["", "-a", ":a", ".a", "/a", "_a", "a b", "ä", "a\n", "a\0", "a#", "a+"]) {
    refused([{ n, v: 1 }], "payload[0].n");
  }
  assert.equal(resolved([{ bn: "a", n: "-b", v: 1 }])[0]!.name, "a-b");
});

Deno.test("senml: a record has one value at the most, and a value or a sum", () => {
  refused([{ n: "a", v: 1, vs: "b" }], "payload[0]");
  refused([{ n: "a" }], "payload[0]");
  refused([{ bn: "a", t: 5 }], "payload[0]");
  refused([{}], "payload[0]");
  refused([{ temperature: 21 }], "payload[0]");
  assert.equal(resolved([{ n: "a", s: 1 }]).length, 1);
});

Deno.test("senml: each field has its type", () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ["n", 1],
    ["u", false],
    ["v", "1"],
    ["vs", 1],
    ["vb", 0],
    ["vd", 1],
    ["s", "1"],
    ["t", "now"],
    ["ut", null],
    ["bn", 1],
    ["bt", "0"],
    ["bu", 1],
    ["bv", "1"],
    ["bs", "1"],
    ["bver", "10"],
  ];
  for (const [field, value] of wrong) {
    const record = { n: "a", ...(field.startsWith("v") ? {} : { v: 1 }), [field]: value };
    refused([record], `payload[0].${field}`);
  }
});

Deno.test("senml: a pack is an array of at least one object", () => {
  for (const pack of [{}, { n: "a", v: 1 }, "text", 1, null, []]) {
    refused(JSON.stringify(pack), "payload");
  }
  for (const record of [1, null, "a", []]) refused([{ n: "a", v: 1 }, record], "payload[1]");
});

Deno.test("senml: a number that is not finite is refused, also when it only comes to be so with its base", () => {
  for (const field of ["v", "t", "s", "ut", "bt", "bv", "bs"]) {
    const rest = field === "v" ? "" : `,"v":1`;
    refused(`[{"n":"a","${field}":1e999${rest}}]`, `payload[0].${field}`);
  }
  refused([{ n: "a", bv: 1e308, v: 1e308 }], "payload[0].v");
  refused([{ n: "a", bs: 1e308, s: 1e308 }], "payload[0].s");
  refused([{ n: "a", bt: 1e308, t: 1e308, v: 1 }], "payload[0].t");
});

Deno.test("senml: a time that microseconds cannot count exactly is refused", () => {
  for (const t of [1e10, 1e300, -2e10, -1e300]) refused([{ n: "a", t, v: 1 }], "payload[0].t");
});

Deno.test("senml: a pack has 10,000 records at the most", () => {
  const records = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ n: `a${n}`, v: n }));
  assert.equal(resolved(records(10_000)).length, 10_000);
  assert.match(refused(records(10_001), "payload"), /10001 records.*10000/);
});
