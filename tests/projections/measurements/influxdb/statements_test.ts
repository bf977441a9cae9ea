import assert from "node:assert/strict";
import fc from "fast-check";
import type { SeriesQuestion } from "../../../../projections/mod.ts";
import {
  during,
  floatJson,
  paramsJson,
  seriesConditions,
  windowOf,
  withValues,
} from "../../../../projections/measurements/influxdb/conditions.ts";
import {
  documentFields,
  documentSeries,
  lineOf,
  partsOf,
  placeOf,
  pointFields,
  pointSeries,
  unreadableSeries,
} from "../../../../projections/measurements/influxdb/lines.ts";
import {
  PART_LENGTH_MAX,
  PARTS_MAX,
} from "../../../../projections/measurements/influxdb/limits.ts";
import { microsecondsOf } from "../../../../projections/measurements/influxdb/rows.ts";
import { asking, CHANNEL, DOMAIN, message, number, point, THING } from "../contract/checking.ts";

const IDENTITY = { timeNs: 1_767_225_600_000_000_000n, more: 0 };

Deno.test("influxdb lines: a point is its series, its value, its place in the log and its time", () => {
  const said = message(7, [], { subtopic: "floor/2", index: 36, protocol: "http" });
  const measured = point({ record: 35, value: number(21.5), sum: 7, updateTime: 30 });
  const { head } = pointSeries(said, measured);
  assert.equal(
    lineOf(head, pointFields(measured, placeOf(said, measured.record)), IDENTITY),
    `millrace_points_2,channel=${CHANNEL},domain=${DOMAIN},publisher=${THING},protocol=http,` +
      "subtopic=floor.2,name=temperature,unit=Cel " +
      'place="00000000007.00010.000z",value=21.5,sum=7,updateTime=30 1767225600000000000',
  );
});

Deno.test("influxdb lines: what separates parts of a line is escaped, in tags and in fields", () => {
  const said = message(1, [], { subtopic: "a.b/c d" });
  const measured = point({ unit: 'k,=g "\\\n', value: { kind: "text", value: 'a"b\\c\nd' } });
  const { head } = pointSeries(said, measured);
  assert.match(head, /,subtopic=a\.b\.c\\ d,path=a\.b\/c\\ d,name=temperature,/);
  assert.ok(head.endsWith(',unit=k\\,\\=g\\ "%5C%0A'), head);
  assert.ok(pointFields(measured, "p").endsWith(',stringValue="a\\"b\\\\c\nd"'));
});

Deno.test("influxdb lines: each kind of value has a field of its own, and a sum needs none", () => {
  const fields = (value: Parameters<typeof pointFields>[0]["value"], sum?: number) =>
    pointFields(point({ value, ...(sum === undefined ? {} : { sum }) }), "p");
  assert.equal(fields({ kind: "boolean", value: false }), 'place="p",boolValue=false');
  assert.equal(fields({ kind: "data", value: "aGk" }), 'place="p",dataValue="aGk"');
  assert.equal(fields({ kind: "text", value: "" }), 'place="p",stringValue=""');
  assert.equal(fields({ kind: "none" }, 1e300), 'place="p",sum=1e+300');
});

Deno.test("influxdb lines: records past the numbers of a microsecond carry one more tag", () => {
  const { head } = unreadableSeries(message(1, []));
  const line = lineOf(head, 'place="p"', { ...IDENTITY, more: 2 });
  assert.ok(line.includes(`,domain=${DOMAIN},more=2 place=`), line);
});

Deno.test("influxdb lines: a place sorts as a text as the log does", () => {
  const place = fc.tuple(
    fc.maxSafeNat(),
    fc.nat({ max: 1_000_000 }),
    fc.nat({ max: 10_000 }),
  );
  const text = ([position, index, record]: readonly [number, number, number]) =>
    placeOf(message(position, [], { index }), record);
  fc.assert(fc.property(place, place, (a, b) => {
    const wanted = a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
    const [x, y] = [text(a), text(b)];
    assert.equal(Math.sign(wanted), x < y ? -1 : x > y ? 1 : 0);
  }));
});

Deno.test("influxdb lines: a document has the format of its subtopic, and long ones come in parts", () => {
  const { head } = documentSeries(message(1, [], { subtopic: "site/weather" }));
  assert.match(head, /^millrace_documents_2,.*,subtopic=site\.weather,format=weather$/);
  assert.equal(documentFields({ a: 'b"' }, "p"), 'place="p",payload="{\\"a\\":\\"b\\\\\\"\\"}"');
  // What a message of 256 KiB can grow to when its numbers are written out.
  const long = JSON.stringify(Array.from({ length: 52_428 }, () => 1e20));
  assert.ok(partsOf(long).length > 1 && partsOf(long).length <= PARTS_MAX);
  const pairs = "x" + "😀".repeat(PART_LENGTH_MAX);
  assert.equal(partsOf(pairs).join(""), pairs);
  assert.ok(partsOf(pairs).every((part) => part.isWellFormed()));
});

Deno.test("influxdb statements: no text of a caller stands in a statement, whatever it is", () => {
  const text = fc.string({ unit: "binary", minLength: 1 }).map((inner) => `<${inner}>`);
  const question: fc.Arbitrary<SeriesQuestion> = fc.record({
    domainId: text,
    channelId: text,
    subtopic: text,
    publisher: text,
    protocol: text,
    name: text,
    vs: text,
    vd: text,
    v: fc.double({ noNaN: true, noDefaultInfinity: true }),
    vb: fc.boolean(),
  }).map((texts) => asking(texts));
  const constant = '"domain" = $domain AND "channel" = $channel AND "subtopic" = $subtopic AND ' +
    '"publisher" = $publisher AND "protocol" = $protocol AND "name" = $name AND ' +
    '"format" = $format AND "value" = $value AND "stringValue" = $stringValue AND ' +
    '"boolValue" = $boolValue AND "dataValue" = $dataValue ' +
    "AND time >= -9007199254740991000 AND time < 9007199254740992000";
  fc.assert(fc.property(question, text, (asked, format) => {
    const conditions = withValues(seriesConditions(asked, { format }), asked);
    assert.equal(during(conditions, windowOf(asked)), constant);
    const params = JSON.parse(paramsJson(conditions));
    assert.equal(params.stringValue, asked.vs!.toWellFormed());
    assert.ok(Object.is(params.value, asked.v) || params.value === asked.v);
    assert.deepEqual(Object.keys(params).length, 11);
  }));
});

Deno.test("influxdb statements: a number is written so that it is read as one, with all its digits", () => {
  assert.deepEqual([1, -0.5, 1e300, 1e-7, 1e21, 123456].map(floatJson), [
    ...["1.0", "-0.5", "1.0e+300", "1.0e-7", "1.0e+21", "123456.0"],
  ]);
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    assert.match(floatJson(value), /^-?\d+\.\d+(e[+-]\d+)?$/);
    assert.equal(JSON.parse(floatJson(value)), value === 0 ? 0 : value);
  }));
});

Deno.test("influxdb statements: times beyond what a series can have are those of its ends", () => {
  const all = windowOf({});
  assert.deepEqual(windowOf({ fromUs: -1e300, toUs: 1e300 }), all);
  assert.deepEqual(windowOf({ fromUs: 5, toUs: 7 }), { fromNs: 5_000n, toNs: 7_000n });
});

Deno.test("influxdb rows: an instant is read to the microsecond, rounded down", () => {
  assert.equal(microsecondsOf("1970-01-01T00:00:01Z"), 1_000_000);
  assert.equal(microsecondsOf("1970-01-01T00:00:00.000001999Z"), 1);
  assert.equal(microsecondsOf("1969-12-31T23:59:59.9999995Z"), -1);
  assert.equal(microsecondsOf("1969-12-31T23:59:58.5Z"), -1_500_000);
  assert.equal(microsecondsOf("1684-07-28T00:12:25.259009Z"), -Number.MAX_SAFE_INTEGER);
  assert.equal(microsecondsOf("2255-06-05T23:47:34.740991Z"), Number.MAX_SAFE_INTEGER);
});
