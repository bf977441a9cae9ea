import assert from "node:assert/strict";
import type { SeriesQuestion } from "../../../../projections/mod.ts";
import {
  asking,
  type Check,
  message,
  number,
  type OpenedTimeSeries,
  OTHER_THING,
  SECOND_US,
  START_US,
  THING,
  values,
} from "./checking.ts";

/** Which series, and from when to when. */
export function seriesFilters(check: Check): void {
  check(
    "finds points by subtopic, publisher, protocol and name, and by all of them",
    async (opened) => {
      await opened.store.apply([
        message(1, [{ value: number(1) }, { name: "humidity", value: number(2) }]),
        message(2, [{ value: number(3) }], { subtopic: "a/b", publisher: OTHER_THING }),
        message(3, [{ value: number(4) }], { subtopic: "a", protocol: "http" }),
        message(4, [{ name: "humidity", value: number(5) }], { subtopic: "a/b", protocol: "http" }),
      ], 4);
      const found = (more: Partial<SeriesQuestion>) => values(opened, more);
      assert.deepEqual(await found({ subtopic: "a/b" }), [3, 5]);
      assert.deepEqual(await found({ subtopic: "a.b" }), [3, 5]);
      assert.deepEqual(await found({ subtopic: "a" }), [4]);
      assert.deepEqual(await found({ publisher: OTHER_THING }), [3]);
      assert.deepEqual(await found({ protocol: "http" }), [4, 5]);
      assert.deepEqual(await found({ name: "humidity" }), [2, 5]);
      assert.deepEqual(await found({ subtopic: "a/b", publisher: THING, name: "humidity" }), [5]);
      assert.deepEqual(await found({ subtopic: "A/b" }), []);
      assert.deepEqual(await found({ name: "humid" }), []);
      assert.deepEqual(await found({ protocol: "coap" }), []);
      const { total } = await opened.queries.messages(asking({ subtopic: "a/b" }));
      assert.equal(total, 2);
    },
  );

  check("finds a subtopic that has dots of its own", async (opened) => {
    await opened.store.apply([message(1, [{ value: number(1) }], { subtopic: "v1.2/a" })], 1);
    assert.deepEqual(await values(opened, { subtopic: "v1.2/a" }), [1]);
    assert.deepEqual(await values(opened, { subtopic: "v1.2.a" }), [1]);
  });

  check("takes quotes, wildcards and commands in a filter for text", async (opened) => {
    await opened.store.apply([message(1, [{ value: number(1) }], { subtopic: "it's %" })], 1);
    assert.deepEqual(await values(opened, { subtopic: "it's %" }), [1]);
    for (const text of ["%", "_", "' OR 1 = 1 --", '"', "\\", "\0"]) {
      assert.deepEqual(await values(opened, { subtopic: text }), []);
      assert.deepEqual(await values(opened, { name: text, vs: text }), []);
    }
  });

  check("begins at `from` and ends before `to`, to the microsecond", async (opened) => {
    const times = [0, 1, 2, SECOND_US];
    await opened.store.apply([
      message(1, times.map((us) => ({ timeUs: START_US + us, value: number(us) }))),
    ], 1);
    const between = (from: number, to: number) =>
      values(opened, { fromUs: START_US + from, toUs: START_US + to });
    assert.deepEqual(await between(1, SECOND_US), [1, 2]);
    assert.deepEqual(await between(0, SECOND_US + 1), times);
    assert.deepEqual(await between(2, 2), []);
    assert.deepEqual(await between(SECOND_US, 0), []);
    assert.deepEqual(await values(opened, { fromUs: START_US + 2 }), [2, SECOND_US]);
    assert.deepEqual(await values(opened, { toUs: START_US + 2 }), [0, 1]);
  });

  check("keeps apart series that differ in the unit or in the protocol alone", async (opened) => {
    await opened.store.apply([
      message(1, [
        { unit: "a b", value: number(1) },
        { unit: "a", value: number(2) },
      ], { subtopic: "c" }),
      message(2, [{ unit: "a", value: number(3) }], { subtopic: "b c" }),
      message(3, [{ unit: "a", value: number(4) }], { subtopic: "b c", protocol: "http" }),
    ], 3);
    const { rows } = await opened.queries.messages(asking());
    assert.deepEqual(
      rows.map(({ unit, subtopic, protocol, value }) => [unit, subtopic, protocol, value]),
      [
        ["a b", "c", "mqtt", 1],
        ["a", "c", "mqtt", 2],
        ["a", "b c", "mqtt", 3],
        ["a", "b c", "http", 4],
      ],
    );
  });
}

async function withOneOfEach({ store }: OpenedTimeSeries): Promise<void> {
  await store.apply([
    message(1, [
      { value: number(-1) },
      { value: number(0) },
      { value: number(1) },
      { value: number(1.5) },
      { value: { kind: "text", value: "1" } },
      { value: { kind: "text", value: "on" } },
      { value: { kind: "boolean", value: true } },
      { value: { kind: "boolean", value: false } },
      { value: { kind: "data", value: "on" } },
      { value: { kind: "none" }, sum: 1 },
    ]),
  ], 1);
}

/** Which values. */
export function valueFilters(check: Check): void {
  check("compares numbers with every comparator, equality if none is named", async (opened) => {
    await withOneOfEach(opened);
    const found = (more: Partial<SeriesQuestion>) => values(opened, { v: 1, ...more });
    assert.deepEqual(await found({}), [1]);
    assert.deepEqual(await found({ comparator: "eq" }), [1]);
    assert.deepEqual(await found({ comparator: "lt" }), [-1, 0]);
    assert.deepEqual(await found({ comparator: "le" }), [-1, 0, 1]);
    assert.deepEqual(await found({ comparator: "gt" }), [1.5]);
    assert.deepEqual(await found({ comparator: "ge" }), [1, 1.5]);
    assert.deepEqual(await found({ v: 0 }), [0]);
  });

  check(
    "finds texts, booleans and data by equality, each only among its own kind",
    async (opened) => {
      await withOneOfEach(opened);
      const found = async (more: Partial<SeriesQuestion>) => {
        const { total, rows } = await opened.queries.messages(asking(more));
        assert.equal(total, rows.length);
        return rows.map(({ value, string_value, bool_value, data_value }) =>
          value ?? string_value ?? bool_value ?? data_value
        );
      };
      assert.deepEqual(await found({ vs: "on" }), ["on"]);
      assert.deepEqual(await found({ vs: "1" }), ["1"]);
      assert.deepEqual(await found({ vs: "O" }), []);
      assert.deepEqual(await found({ vb: true }), [true]);
      assert.deepEqual(await found({ vb: false }), [false]);
      assert.deepEqual(await found({ vd: "on" }), ["on"]);
      assert.deepEqual(await found({ vd: "1" }), []);
      assert.deepEqual(await found({ vs: "on", v: 1 }), []);
    },
  );
}
