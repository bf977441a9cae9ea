import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Aggregation,
  type MeasuredMessage,
  type SeriesQuestion,
  SqliteTimeSeries,
  sqliteTimeSeriesQueries,
  type TimeSeriesQueries,
} from "../../../projections/mod.ts";
import {
  asking,
  CHANNEL,
  documentMessage,
  DOMAIN,
  message,
  OTHER_THING,
  START_US,
  THING,
  unreadableMessage,
} from "../../projections/measurements/contract/checking.ts";
import { startInfluxd } from "../../support/influxd/mod.ts";
import { freshBucket, opened } from "./opened.ts";

const influxd = await startInfluxd();
Deno.test.afterAll(() => influxd.close());

const RUNS = 50;
const AGGREGATIONS: readonly Aggregation[] = ["MAX", "MIN", "AVG", "SUM", "COUNT"];

const text = fc.oneof(
  fc.constantFrom("a", "b", "a b", "a,b", "a=b", "%", "\\", '"', "'", "\n", "ü", "$name", "--"),
  fc.string({ maxLength: 4 }),
);
const subtopic = fc.constantFrom("", "a", "a/b", "a.b", "a/b.c", "%", "it's");
const name = fc.constantFrom("temperature", "humidity", "a:b");
/** Few times, so that many are shared, of which some lie before the epoch and some are far away. */
const timeUs = fc.oneof(
  fc.integer({ min: START_US, max: START_US + 4 }),
  fc.constantFrom(-1, -1_500_000, 0, START_US + 90_000_000, Number.MAX_SAFE_INTEGER),
);
/** Sums of quarters are exact, in whatever order an engine adds. */
const quarter = fc.integer({ min: -1_000, max: 1_000 }).map((n) => n / 4);
const value = fc.oneof(
  { weight: 4, arbitrary: quarter.map((value) => ({ kind: "number" as const, value })) },
  text.map((value) => ({ kind: "text" as const, value })),
  fc.boolean().map((value) => ({ kind: "boolean" as const, value })),
  text.map((value) => ({ kind: "data" as const, value })),
);
const origin = fc.record({
  subtopic,
  publisher: fc.constantFrom(THING, OTHER_THING),
  protocol: fc.constantFrom("mqtt" as const, "http" as const),
});
const points = fc.array(
  fc.record({
    name,
    unit: fc.constantFrom("", "Cel", "a b", "%RH"),
    timeUs,
    value,
    updateTime: fc.constantFrom(0, 0, 30),
  }),
  { minLength: 1, maxLength: 12 },
);
const documents = fc.array(fc.dictionary(text, fc.oneof(text, quarter)), {
  minLength: 1,
  maxLength: 3,
});

/** What a log may hold: each position one event, with one or two messages. */
const log: fc.Arbitrary<readonly MeasuredMessage[]> = fc.array(
  fc.tuple(
    origin,
    fc.oneof(
      { weight: 5, arbitrary: points.map((each) => message(0, each)) },
      { weight: 2, arbitrary: documents.map((each) => documentMessage(0, each)) },
      fc.constant(unreadableMessage(0)),
    ),
  ),
  { minLength: 1, maxLength: 12 },
).map((messages) =>
  messages.map(([origin, said], i) => ({
    ...said,
    ...origin,
    position: 1 + (i >> 1),
    index: i & 1,
    receivedUs: START_US + (i >> 2),
  }))
);

const question: fc.Arbitrary<SeriesQuestion> = fc.record({
  direction: fc.constantFrom("asc" as const, "desc" as const),
  offset: fc.nat({ max: 30 }),
  limit: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(1_000)),
  subtopic: fc.option(subtopic, { nil: undefined, freq: 2 }),
  publisher: fc.option(fc.constantFrom(THING, OTHER_THING), { nil: undefined, freq: 2 }),
  protocol: fc.option(fc.constantFrom("mqtt", "http"), { nil: undefined, freq: 2 }),
  name: fc.option(name, { nil: undefined, freq: 2 }),
  v: fc.option(quarter, { nil: undefined, freq: 2 }),
  comparator: fc.constantFrom("eq", "lt", "le", "gt", "ge"),
  vs: fc.option(text, { nil: undefined, freq: 1 }),
  vb: fc.option(fc.boolean(), { nil: undefined, freq: 1 }),
  fromUs: fc.option(timeUs, { nil: undefined, freq: 2 }),
  toUs: fc.option(timeUs, { nil: undefined, freq: 2 }),
}).map((keys) =>
  asking(Object.fromEntries(Object.entries(keys).filter(([, given]) => given !== undefined)))
);

/** Every answer to one question; rows of one interval have no order of their own. */
async function answers(
  queries: TimeSeriesQueries,
  { asked, aggregation, intervalUs }: {
    readonly asked: SeriesQuestion;
    readonly aggregation: Aggregation;
    readonly intervalUs: number;
  },
): Promise<unknown> {
  const how = { aggregation, intervalUs };
  const aggregated = await queries.aggregates({ ...asked, offset: 0, limit: 1_000 }, how);
  const rows = aggregated.rows.map((row) => JSON.stringify(row, Object.keys(row).toSorted()));
  return {
    messages: await queries.messages(asked),
    aggregates: { total: aggregated.total, rows: rows.toSorted() },
    documents: await queries.documents(asked, "json"),
    ofFormat: await queries.documents(asked, "b"),
    last: await queries.lastValues(asked),
    unreadable: await queries.unreadable(DOMAIN, CHANNEL),
  };
}

Deno.test("influxdb time series: answers every question as the file does, whatever was said", async () => {
  const asked = fc.array(
    fc.record({
      asked: question,
      aggregation: fc.constantFrom(...AGGREGATIONS),
      intervalUs: fc.constantFrom(1_000_000, 60_000_000, 86_400_000_000),
    }),
    { minLength: 6, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(log, fc.nat({ max: 12 }), asked, async (messages, cut, questions) => {
      const influx = opened(influxd.settings(freshBucket()));
      const file = new SqliteTimeSeries(":memory:");
      const queries = sqliteTimeSeriesQueries(file.file);
      try {
        const end = messages.at(-1)!.position;
        const middle = messages[cut]?.position ?? end;
        for (const store of [influx.store, file]) {
          await store.apply(messages.filter(({ position }) => position <= middle), middle);
          await store.apply(messages.filter(({ position }) => position > middle), end);
        }
        for (const each of questions) {
          assert.deepEqual(await answers(influx.queries, each), await answers(queries, each));
        }
      } finally {
        await influx.close();
        await file.close();
      }
    }),
    { numRuns: RUNS },
  );
});
