import assert from "node:assert/strict";
import {
  asking,
  CHANNEL,
  type Check,
  message,
  number,
  OTHER_THING,
  SECOND_US,
  START_US,
  THING,
  values,
} from "./checking.ts";

/** What a point looks like when it is read. */
export function rows(check: Check): void {
  check("shows a record as Mainflux's readers do, without what it has not", async (opened) => {
    const { store, queries } = opened;
    await store.apply([
      message(1, [
        { value: number(21.5), sum: 7, updateTime: 30, timeUs: START_US + 123_456 },
        { name: "label", unit: "", value: { kind: "text", value: "Machine Room ü\u0000" } },
      ], { subtopic: "floor/2" }),
    ], 1);
    const { total, rows } = await queries.messages(asking({ direction: "desc" }));
    assert.equal(total, 2);
    assert.deepEqual(rows, [
      {
        channel: CHANNEL,
        subtopic: "floor.2",
        publisher: THING,
        protocol: "mqtt",
        name: "temperature",
        unit: "Cel",
        time: (START_US + 123_456) / 1e6,
        update_time: 30,
        value: 21.5,
        sum: 7,
      },
      {
        channel: CHANNEL,
        subtopic: "floor.2",
        publisher: THING,
        protocol: "mqtt",
        name: "label",
        time: START_US / 1e6,
        string_value: "Machine Room ü\u0000",
      },
    ]);
  });

  check("gives every kind of value back as it was, and a sum without a value", async (opened) => {
    await opened.store.apply([
      message(1, [
        { value: { kind: "boolean", value: true } },
        { value: { kind: "boolean", value: false } },
        { value: { kind: "data", value: "aGn_" } },
        { value: { kind: "text", value: "" } },
        { value: { kind: "none" }, sum: 12.5 },
      ]),
    ], 1);
    const { rows } = await opened.queries.messages(asking());
    assert.deepEqual(
      rows.map(({ value, string_value, bool_value, data_value, sum }) =>
        JSON.stringify({ value, string_value, bool_value, data_value, sum })
      ),
      [
        '{"bool_value":true}',
        '{"bool_value":false}',
        '{"data_value":"aGn_"}',
        '{"string_value":""}',
        '{"sum":12.5}',
      ],
    );
  });

  check("keeps numbers exactly", async (opened) => {
    const exact = [0.1, -0.5, 1e-300, 1e300, 9_007_199_254_740_991, 0, 1 / 3];
    await opened.store.apply([message(1, exact.map((value) => ({ value: number(value) })))], 1);
    assert.deepEqual(await values(opened), exact);
  });

  check("answers in the order of times, and of one time in that of the log", async (opened) => {
    const at = (seconds: number, value: number) => ({
      timeUs: START_US + seconds * SECOND_US,
      value: number(value),
    });
    await opened.store.apply([message(1, [at(5, 1), at(3, 2), at(5, 3)])], 1);
    await opened.store.apply([
      message(2, [at(5, 4)], { publisher: OTHER_THING }),
      message(2, [at(5, 5), at(1, 6)], { index: 1 }),
    ], 2);
    assert.deepEqual(await values(opened), [6, 2, 1, 3, 4, 5]);
    assert.deepEqual(await values(opened, { direction: "desc" }), [5, 4, 3, 1, 2, 6]);
  });

  check("takes times before the epoch", async (opened) => {
    await opened.store.apply([message(1, [{ timeUs: -1_500_000 }])], 1);
    const { rows } = await opened.queries.messages(asking());
    assert.equal(rows[0]!.time, -1.5);
  });

  check("answers a channel that it does not know as empty", async ({ queries }) => {
    const question = asking();
    assert.deepEqual(await queries.messages(question), { total: 0, rows: [] });
    const how = { aggregation: "MAX", intervalUs: SECOND_US } as const;
    assert.deepEqual(await queries.aggregates(question, how), { total: 0, rows: [] });
    assert.deepEqual(await queries.documents(question, "json"), { total: 0, rows: [] });
    assert.deepEqual(await queries.lastValues(question), []);
    assert.equal(await queries.unreadable(question.domainId, question.channelId), 0);
  });
}

/** Pages and totals. */
export function paging(check: Check): void {
  check("counts all that match exactly, whatever page is asked for", async (opened) => {
    const points = Array.from({ length: 25 }, (_, i) => ({
      timeUs: START_US + i,
      name: i % 5 === 0 ? "fifth" : "other",
      value: number(i),
    }));
    await opened.store.apply([message(1, points)], 1);
    const page = async (more: Parameters<typeof asking>[0]) => {
      const { total, rows } = await opened.queries.messages(asking(more));
      return [total, rows.map(({ value }) => value)];
    };
    assert.deepEqual(await page({ limit: 3 }), [25, [0, 1, 2]]);
    assert.deepEqual(await page({ limit: 3, offset: 23 }), [25, [23, 24]]);
    assert.deepEqual(await page({ limit: 3, offset: 25 }), [25, []]);
    assert.deepEqual(await page({ limit: 2, offset: 1, name: "fifth" }), [5, [5, 10]]);
    assert.deepEqual(await page({ limit: 2, v: 20, comparator: "ge" }), [5, [20, 21]]);
    assert.deepEqual(
      await page({ limit: 1, name: "fifth", fromUs: START_US + 5, toUs: START_US + 15 }),
      [2, [5]],
    );
  });

  check("repeats and omits nothing from page to page, also among equal times", async (opened) => {
    const points = Array.from({ length: 20 }, (_, i) => ({ name: `n${i % 3}`, value: number(i) }));
    await opened.store.apply([message(1, points.slice(0, 10))], 1);
    await opened.store.apply([message(2, points.slice(10))], 2);
    for (const direction of ["asc", "desc"] as const) {
      const seen: unknown[] = [];
      for (let offset = 0; offset < 20; offset += 3) {
        seen.push(...await values(opened, { direction, offset, limit: 3 }));
      }
      assert.deepEqual(seen, await values(opened, { direction }));
      assert.equal(new Set(seen).size, 20);
    }
  });
}
