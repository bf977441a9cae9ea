import assert from "node:assert/strict";
import type { Aggregation, SeriesQuestion } from "../../../../projections/mod.ts";
import {
  asking,
  CHANNEL,
  type Check,
  message,
  number,
  type OpenedTimeSeries,
  OTHER_THING,
  SECOND_US,
  START_US,
  THING,
} from "./checking.ts";

const MINUTE_US = 60 * SECOND_US;

function at(
  seconds: number,
  value: number,
): { readonly timeUs: number; value: ReturnType<typeof number> } {
  return { timeUs: START_US + seconds * SECOND_US, value: number(value) };
}

/** Seconds after the start and value of each row. */
async function aggregated(
  { queries }: OpenedTimeSeries,
  aggregation: Aggregation,
  more: Partial<SeriesQuestion> & { readonly intervalUs?: number } = {},
): Promise<readonly (readonly [number, number | undefined])[]> {
  const { intervalUs = MINUTE_US, ...question } = more;
  const { rows } = await queries.aggregates(asking(question), { aggregation, intervalUs });
  return rows.map(({ time, value }) => [time - START_US / 1e6, value] as const);
}

export function aggregates(check: Check): void {
  check("aggregates the numbers of each interval in every way", async (opened) => {
    await opened.store.apply([
      message(1, [at(0, 3), at(30, 1), at(59.999999, 2), at(60, 10), at(200, -4)]),
    ], 1);
    const cases: readonly (readonly [Aggregation, readonly number[]])[] = [
      ["MAX", [3, 10, -4]],
      ["MIN", [1, 10, -4]],
      ["AVG", [2, 10, -4]],
      ["SUM", [6, 10, -4]],
      ["COUNT", [3, 1, 1]],
    ];
    for (const [aggregation, [first, second, fourth]] of cases) {
      // The interval from 120 to 180 holds nothing and has no row.
      assert.deepEqual(
        await aggregated(opened, aggregation),
        [[0, first], [60, second], [180, fourth]],
        aggregation,
      );
    }
  });

  check("begins intervals at whole multiples since the epoch, also before it", async (opened) => {
    await opened.store.apply([
      message(1, [{ timeUs: -1 }, { timeUs: -10 * SECOND_US }, { timeUs: 0 }]),
    ], 1);
    const { rows } = await opened.queries.aggregates(asking(), {
      aggregation: "COUNT",
      intervalUs: 10 * SECOND_US,
    });
    assert.deepEqual(rows.map(({ time, value }) => [time, value]), [[-10, 2], [0, 1]]);
  });

  check("aggregates by an hour, a day and a week", async (opened) => {
    const hours = [0, 1, 25, 200];
    await opened.store.apply([message(1, hours.map((hour) => at(hour * 3_600, hour)))], 1);
    const count = async (hours: number) =>
      (await aggregated(opened, "COUNT", { intervalUs: hours * 60 * MINUTE_US }))
        .map(([, value]) => value);
    assert.deepEqual(await count(1), [1, 1, 1, 1]);
    assert.deepEqual(await count(24), [2, 1, 1]);
    // The first of January 2026 is a Thursday, as was the first day of the epoch.
    assert.deepEqual(await count(168), [3, 1]);
  });

  check("passes over what is not a number", async (opened) => {
    await opened.store.apply([
      message(1, [
        at(0, 5),
        { value: { kind: "text", value: "100" } },
        { value: { kind: "boolean", value: true } },
        { value: { kind: "none" }, sum: 9 },
        { name: "label", value: { kind: "text", value: "a" } },
      ]),
    ], 1);
    assert.deepEqual(await aggregated(opened, "COUNT"), [[0, 1]]);
    assert.deepEqual(await aggregated(opened, "MAX"), [[0, 5]]);
  });

  check("aggregates each series for itself, and says which it is", async (opened) => {
    await opened.store.apply([
      message(1, [at(0, 1), at(1, 3), { name: "humidity", unit: "%RH", value: number(50) }]),
      message(2, [at(2, 9)], { publisher: OTHER_THING, subtopic: "a/b", protocol: "http" }),
    ], 2);
    const { total, rows } = await opened.queries.aggregates(asking(), {
      aggregation: "SUM",
      intervalUs: MINUTE_US,
    });
    assert.equal(total, 3);
    const row = { channel: CHANNEL, protocol: "mqtt", time: START_US / 1e6 };
    assert.deepEqual(
      [...rows].sort((a, b) => a.value! - b.value!),
      [
        { ...row, publisher: THING, name: "temperature", unit: "Cel", value: 4 },
        {
          ...row,
          publisher: OTHER_THING,
          subtopic: "a.b",
          protocol: "http",
          name: "temperature",
          unit: "Cel",
          value: 9,
        },
        { ...row, publisher: THING, name: "humidity", unit: "%RH", value: 50 },
      ],
    );
  });

  check("aggregates only what the question's other keys let through", async (opened) => {
    await opened.store.apply([
      message(1, [at(0, 1), at(10, 2), at(20, 30), at(70, 4), { name: "b", value: number(100) }]),
    ], 1);
    const sum = (more: Partial<SeriesQuestion>) => aggregated(opened, "SUM", more);
    assert.deepEqual(await sum({ name: "temperature" }), [[0, 33], [60, 4]]);
    assert.deepEqual(await sum({ name: "temperature", v: 10, comparator: "lt" }), [[0, 3], [
      60,
      4,
    ]]);
    assert.deepEqual(
      await sum({ name: "temperature", fromUs: START_US + 10 * SECOND_US }),
      [[0, 32], [60, 4]],
    );
    assert.deepEqual(
      await sum({ name: "temperature", toUs: START_US + 20 * SECOND_US }),
      [[0, 3]],
    );
    assert.deepEqual(await sum({ publisher: OTHER_THING }), []);
  });

  check("pages over aggregates, with the total of them", async (opened) => {
    const points = Array.from({ length: 10 }, (_, i) => [
      at(i * 60, i),
      { ...at(i * 60, 100 + i), name: "humidity" },
      { ...at(i * 60, 200 + i), unit: "K" },
    ]).flat();
    await opened.store.apply([message(1, points)], 1);
    for (const direction of ["asc", "desc"] as const) {
      const seen: (number | undefined)[] = [];
      for (let offset = 0; offset < 30; offset += 4) {
        const { total, rows } = await opened.queries.aggregates(
          asking({ offset, limit: 4, direction }),
          { aggregation: "MAX", intervalUs: MINUTE_US },
        );
        assert.equal(total, 30);
        seen.push(...rows.map(({ value }) => value));
      }
      assert.equal(new Set(seen).size, 30);
      const minutes = seen.map((value) => value! % 100);
      const sorted = minutes.toSorted((a, b) => direction === "asc" ? a - b : b - a);
      assert.deepEqual(minutes, sorted);
    }
  });
}
