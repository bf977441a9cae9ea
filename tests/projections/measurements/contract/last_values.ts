import assert from "node:assert/strict";
import type { SeriesQuestion } from "../../../../projections/mod.ts";
import {
  asking,
  CHANNEL,
  type Check,
  documentMessage,
  DOMAIN,
  message,
  number,
  type OpenedTimeSeries,
  OTHER_THING,
  SECOND_US,
  START_US,
  unreadableMessage,
  values,
} from "./checking.ts";

async function last(
  { queries }: OpenedTimeSeries,
  more: Partial<SeriesQuestion> = {},
): Promise<readonly unknown[]> {
  return (await queries.lastValues(asking(more)))
    .map(({ value, string_value, bool_value, data_value, sum }) =>
      value ?? string_value ?? bool_value ?? data_value ?? sum
    );
}

function at(seconds: number, value: number) {
  return { timeUs: START_US + seconds * SECOND_US, value: number(value) };
}

export function lastValues(check: Check): void {
  check("gives the value with the newest time, however late an older one comes", async (opened) => {
    await opened.store.apply([message(1, [at(0, 1), at(10, 2), at(5, 3)])], 1);
    assert.deepEqual(await last(opened), [2]);
    await opened.store.apply([message(2, [at(9, 4)])], 2);
    assert.deepEqual(await last(opened), [2]);
    await opened.store.apply([message(3, [at(11, 5)])], 3);
    assert.deepEqual(await last(opened), [5]);
  });

  check("gives of equal times the value that is last in the log", async (opened) => {
    await opened.store.apply([message(1, [at(0, 1), at(0, 2)])], 1);
    assert.deepEqual(await last(opened), [2]);
    await opened.store.apply([
      message(2, [at(0, 3)]),
      message(2, [at(0, 4)], { index: 1 }),
    ], 2);
    assert.deepEqual(await last(opened), [4]);
  });

  check("gives one last value for each series, of whatever kind it is", async (opened) => {
    await opened.store.apply([
      message(1, [
        { name: "a", value: number(1) },
        { name: "b", value: { kind: "text", value: "on" } },
        { name: "c", value: { kind: "boolean", value: false } },
        { name: "d", value: { kind: "data", value: "aGk" } },
        { name: "e", value: { kind: "none" }, sum: 5 },
      ]),
    ], 1);
    assert.deepEqual(await last(opened), [1, "on", false, "aGk", 5]);
    await opened.store.apply([message(2, [{ name: "a", value: { kind: "text", value: "x" } }])], 2);
    assert.deepEqual(await last(opened), ["x", "on", false, "aGk", 5]);
  });

  check(
    "gives last values by name, publisher, subtopic and protocol, page by page",
    async (opened) => {
      await opened.store.apply([
        message(1, [{ value: number(1) }, { unit: "K", value: number(2) }]),
        message(2, [{ value: number(3) }], { publisher: OTHER_THING }),
        message(3, [{ value: number(4) }], { subtopic: "a/b" }),
        message(4, [{ name: "z", value: number(5) }], { protocol: "http" }),
      ], 4);
      assert.deepEqual(await last(opened, { name: "z" }), [5]);
      assert.deepEqual(await last(opened, { publisher: OTHER_THING }), [3]);
      assert.deepEqual(await last(opened, { subtopic: "a.b" }), [4]);
      assert.deepEqual(await last(opened, { protocol: "http" }), [5]);
      const pages: unknown[] = [];
      for (let offset = 0; offset < 6; offset += 2) {
        pages.push(...await last(opened, { offset, limit: 2 }));
      }
      assert.deepEqual(pages.toSorted(), [1, 2, 3, 4, 5]);
      assert.equal(pages.at(-1), 5);
    },
  );
}

/** Two tenants never see each other's, not even under one channel id. */
export function domains(check: Check): void {
  check("keeps domains apart in every answer", async (opened) => {
    const domainId = "d0000000-0000-4000-8000-000000000002";
    const { store, queries } = opened;
    await store.apply([
      message(1, [{ value: number(1) }]),
      message(2, [{ value: number(2) }, { value: number(3) }], { domainId }),
      documentMessage(3, [{ a: 1 }], { domainId }),
      unreadableMessage(4, { domainId }),
    ], 4);
    assert.deepEqual(await values(opened), [1]);
    assert.deepEqual(await values(opened, { domainId }), [2, 3]);
    assert.deepEqual(await last(opened), [1]);
    assert.deepEqual(await last(opened, { domainId }), [3]);
    const total = async (question: SeriesQuestion) => [
      (await queries.messages(question)).total,
      (await queries.documents(question, "json")).total,
      (await queries.aggregates(question, { aggregation: "SUM", intervalUs: SECOND_US }))
        .rows.map(({ value }) => value),
      await queries.unreadable(question.domainId, CHANNEL),
    ];
    assert.deepEqual(await total(asking()), [1, 0, [1], 0]);
    assert.deepEqual(await total(asking({ domainId })), [2, 1, [5], 1]);
    assert.equal(await queries.unreadable(DOMAIN, "c0000000-0000-4000-8000-00000000ffff"), 0);
  });

  check("keeps channels apart", async (opened) => {
    const channelId = "c0000000-0000-4000-8000-000000000002";
    await opened.store.apply([
      message(1, [{ value: number(1) }]),
      message(1, [{ value: number(2) }], { channelId }),
    ], 1);
    assert.deepEqual(await values(opened), [1]);
    assert.deepEqual(await values(opened, { channelId }), [2]);
  });
}
