import assert from "node:assert/strict";
import type { MeasuredMessage } from "../../../../projections/mod.ts";
import {
  asking,
  CHANNEL,
  type Check,
  documentMessage,
  DOMAIN,
  type LastingTimeSeries,
  message,
  number,
  type OpenedTimeSeries,
  SECOND_US,
  unreadableMessage,
  values,
} from "./checking.ts";

/** Every answer that a repeat could change. */
async function answers({ queries }: OpenedTimeSeries): Promise<readonly unknown[]> {
  const question = asking();
  const how = { intervalUs: SECOND_US } as const;
  return [
    await queries.messages(question),
    await queries.aggregates(question, { ...how, aggregation: "COUNT" }),
    await queries.aggregates(question, { ...how, aggregation: "SUM" }),
    await queries.documents(question, "json"),
    await queries.lastValues(question),
    await queries.unreadable(DOMAIN, CHANNEL),
  ];
}

const EVERY_KIND: readonly MeasuredMessage[] = [
  message(1, [{ value: number(1) }, { value: number(2) }]),
  message(1, [{ value: number(3) }], { index: 1 }),
  documentMessage(1, [{ a: 1 }, { a: 1 }], { index: 2 }),
  unreadableMessage(1, { index: 3 }),
  { ...unreadableMessage(1, { index: 4 }), reading: { kind: "opaque" } },
];

/** What makes a point that point. */
export function identity(check: Check): void {
  check("holds two records of one series with one time as two points", async (opened) => {
    await opened.store.apply([
      message(1, [{ value: number(1) }, { value: number(2) }]),
      message(1, [{ value: number(3) }], { index: 1 }),
    ], 1);
    await opened.store.apply([message(2, [{ value: number(4) }])], 2);
    assert.deepEqual(await values(opened), [1, 2, 3, 4]);
    assert.equal((await opened.queries.messages(asking())).total, 4);
  });

  check("holds two equal records as two points", async (opened) => {
    await opened.store.apply([message(1, [{}, {}])], 1);
    await opened.store.apply([message(2, [{}])], 2);
    assert.deepEqual(await values(opened), [1, 1, 1]);
  });

  check("doubles nothing when a write is repeated", async (opened) => {
    await opened.store.apply(EVERY_KIND, 1);
    const before = await answers(opened);
    await opened.store.apply(EVERY_KIND, 1);
    assert.deepEqual(await answers(opened), before);
    assert.equal((await opened.queries.messages(asking())).total, 3);
    assert.equal((await opened.queries.documents(asking(), "json")).total, 2);
    assert.equal(await opened.queries.unreadable(DOMAIN, CHANNEL), 1);
  });

  check("doubles nothing when a longer write begins with what was written", async (opened) => {
    await opened.store.apply(EVERY_KIND, 1);
    await opened.store.apply([...EVERY_KIND, message(2, [{ value: number(4) }])], 2);
    assert.deepEqual(await values(opened), [1, 2, 3, 4]);
    assert.equal(await opened.queries.unreadable(DOMAIN, CHANNEL), 1);
  });

  check("counts what was unreadable for each channel", async (opened) => {
    const other = "c0000000-0000-4000-8000-000000000002";
    await opened.store.apply([
      unreadableMessage(1),
      unreadableMessage(1, { index: 1 }),
      unreadableMessage(2, { channelId: other }),
      message(3, [{}]),
    ], 3);
    assert.equal(await opened.queries.unreadable(DOMAIN, CHANNEL), 2);
    assert.equal(await opened.queries.unreadable(DOMAIN, other), 1);
  });
}

/** How far it has come. */
export function checkpoints(check: Check): void {
  check("stands at 0 at first, and then where the last write came to", async ({ store }) => {
    assert.equal(await store.checkpoint(), 0);
    await store.apply([message(7, [{}])], 9);
    assert.equal(await store.checkpoint(), 9);
    await store.apply([], 20);
    assert.equal(await store.checkpoint(), 20);
  });

  check("can be told that the end of the log was reached, again and again", async (opened) => {
    await opened.store.apply([message(1, [{}])], 1);
    opened.store.caughtUp?.();
    opened.store.caughtUp?.();
    assert.deepEqual(await values(opened), [1]);
  });
}

/** What a restart finds. */
export function lasting(check: Check<LastingTimeSeries>): void {
  check(
    "keeps everything and its checkpoint, and doubles nothing after a restart",
    async (opened) => {
      await opened.store.apply(EVERY_KIND, 1);
      const before = await answers(opened);
      const again = await opened.reopened();
      assert.equal(await again.store.checkpoint(), 1);
      assert.deepEqual(await answers(again), before);
      await again.store.apply(EVERY_KIND, 1);
      assert.deepEqual(await answers(again), before);
      await again.store.apply([message(2, [{ value: number(4) }])], 2);
      assert.deepEqual(await values(again), [1, 2, 3, 4]);
    },
  );
}
