import fc from "fast-check";
import assert from "node:assert/strict";
import type { ContentKind } from "../../../actors/mod.ts";
import {
  measurementsProjection,
  SqliteTimeSeries,
  sqliteTimeSeriesQueries,
  type TimeSeriesQueries,
} from "../../../projections/mod.ts";
import {
  CHANNEL,
  DOMAIN,
  OTHER_DOMAIN,
  published,
  type Said,
  say,
  START_MS,
  TestLog,
  THING,
} from "../log.ts";

interface Following {
  readonly log: TestLog;
  readonly store: SqliteTimeSeries;
  readonly queries: TimeSeriesQueries;
  /** Publishes one batch, and follows. */
  tell(...messages: readonly Said[]): Promise<void>;
  follow(): Promise<void>;
}

async function withMeasurements(run: (following: Following) => Promise<void>): Promise<void> {
  const log = new TestLog();
  const store = new SqliteTimeSeries(":memory:");
  const follow = () => log.follow({ projection: measurementsProjection, readModel: store });
  try {
    await run({
      log,
      store,
      queries: sqliteTimeSeriesQueries(store.file),
      follow,
      async tell(...messages) {
        await say(log, messages);
        await follow();
      },
    });
  } finally {
    await store.close();
    await log.store.close();
  }
}

const question = {
  domainId: DOMAIN,
  channelId: CHANNEL,
  direction: "asc",
  offset: 0,
  limit: 1_000,
} as const;

Deno.test("measurements: a message comes to points that say who published it, where and how", () =>
  withMeasurements(async ({ queries, tell }) => {
    await tell(
      { subtopic: "floor/2", payload: '[{"n":"a","v":1},{"n":"b","vs":"on","t":-60}]' },
      { subtopic: "", payload: '[{"n":"a","v":2}]' },
    );
    const { rows } = await queries.messages(question);
    const common = { channel: CHANNEL, publisher: THING, protocol: "mqtt" };
    assert.deepEqual(rows, [
      {
        ...common,
        subtopic: "floor.2",
        name: "b",
        time: START_MS / 1_000 - 60,
        string_value: "on",
      },
      { ...common, subtopic: "floor.2", name: "a", time: START_MS / 1_000, value: 1 },
      { ...common, name: "a", time: START_MS / 1_000, value: 2 },
    ]);
  }));

Deno.test("measurements: empty levels of a subtopic are dots, shown as they are asked for", () =>
  withMeasurements(async ({ queries, tell }) => {
    const subtopics = ["", "/", "//", "a/", "/a", "a//b"];
    await tell(...subtopics.map((subtopic) => ({ subtopic, payload: '[{"n":"a","v":1}]' })));
    const { rows } = await queries.messages(question);
    const shown = rows.map(({ subtopic }) => subtopic ?? "");
    assert.deepEqual(shown, ["", ".", "..", "a.", ".a", "a..b"]);
    for (const subtopic of [...shown, ...subtopics]) {
      const { rows: found } = await queries.messages({ ...question, subtopic });
      assert.deepEqual(found.map((row) => row.subtopic ?? ""), [subtopic.replaceAll("/", ".")]);
    }
  }));

Deno.test("measurements: each message is read as what it was declared to be", () =>
  withMeasurements(async ({ queries, tell }) => {
    const payload = '[{"n":"a","v":1}]';
    const kinds: readonly ContentKind[] = ["senml+json", "json", "opaque", "unspecified"];
    await tell(...kinds.map((contentKind) => ({ subtopic: contentKind, payload, contentKind })));
    const { rows } = await queries.messages(question);
    assert.deepEqual(rows.map(({ subtopic }) => subtopic), ["senml+json", "unspecified"]);
    const documents = await queries.documents(question, "json");
    assert.deepEqual(documents.rows.map(({ subtopic }) => subtopic), ["json"]);
    assert.equal(await queries.unreadable(DOMAIN, CHANNEL), 0);
  }));

Deno.test("measurements: a message that is not what it was declared to be is counted and stops nothing", () =>
  withMeasurements(async ({ queries, tell }) => {
    await tell(
      { subtopic: "", payload: "no SenML", contentKind: "senml+json" },
      { subtopic: "", payload: '[{"n":"a","v":1,"t":1e300}]', contentKind: "senml+json" },
      { subtopic: "", payload: "{", contentKind: "json" },
      { subtopic: "", payload: "\u0001", contentKind: "senml+cbor" },
      { subtopic: "", payload: '[{"n":"a","v":7}]' },
      { subtopic: "", payload: "no SenML" },
    );
    assert.equal(await queries.unreadable(DOMAIN, CHANNEL), 4);
    const { rows } = await queries.messages(question);
    assert.deepEqual(rows.map(({ value }) => value), [7]);
  }));

Deno.test("measurements: a batch belongs to the domain that its event names", () =>
  withMeasurements(async ({ log, queries, follow }) => {
    const { fact, options } = published([{ subtopic: "", payload: '[{"n":"a","v":1}]' }]);
    await log.record(`messages-${CHANNEL}-2026-01-01`, fact, {
      ...options,
      domainId: OTHER_DOMAIN,
    });
    await follow();
    assert.equal((await queries.messages(question)).total, 0);
    assert.equal((await queries.messages({ ...question, domainId: OTHER_DOMAIN })).total, 1);
  }));

const numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(1e308, -1e308, 2 ** 28, 2 ** 53),
);
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom("\ud800", "a\0b", ""),
);
/** One field in so many is of another type. */
const mostly = (field: fc.Arbitrary<number | string>) =>
  fc.oneof({ weight: 50, arbitrary: field }, fc.constantFrom(true, null, "1", 1));
const base = { bt: mostly(numbers), bs: mostly(numbers), bv: mostly(numbers) };
const rest = { u: mostly(texts), s: mostly(numbers), t: mostly(numbers), ut: mostly(numbers) };
const name = { n: fc.constantFrom("a", "b", "x/y") };
const records = fc.oneof(
  fc.record({ ...name, ...base, ...rest, v: mostly(numbers) }, { requiredKeys: ["n", "v"] }),
  fc.record({ ...name, ...rest, vs: mostly(texts) }, { requiredKeys: ["n", "vs"] }),
  fc.record({ ...name, ...rest, vd: mostly(texts) }, { requiredKeys: ["n", "vd"] }),
);

Deno.test("measurements: no payload stops them, and what was read can be asked for", () =>
  withMeasurements(async ({ log, queries, follow, store }) => {
    const declared = fc.constantFrom<ContentKind>("unspecified", "senml+json", "json");
    const batch = fc.array(fc.tuple(declared, fc.array(records, { maxLength: 3 })), {
      minLength: 1,
      maxLength: 5,
    });
    const how = { aggregation: "SUM", intervalUs: 1_000_000 } as const;
    await fc.assert(
      fc.asyncProperty(batch, async (messages) => {
        await say(
          log,
          messages.map(([contentKind, records]) => ({
            subtopic: "",
            payload: JSON.stringify(records),
            contentKind,
          })),
        );
        await follow();
        assert.equal(await store.checkpoint(), await log.store.lastPosition());
        const points = await queries.messages(question);
        assert.equal(points.rows.length, Math.min(points.total, question.limit));
        await queries.aggregates(question, how);
        await queries.documents(question, "json");
        await queries.lastValues(question);
      }),
      { numRuns: 100 },
    );
    assert.ok((await queries.messages(question)).total > 0);
  }));
