import assert from "node:assert/strict";
import fc from "fast-check";
import { TransientError } from "../../../../actors/mod.ts";
import { TIED_ROWS_MAX } from "../../../../projections/measurements/influxdb/limits.ts";
import { exactPage, type Source } from "../../../../projections/measurements/influxdb/pages.ts";

interface Row {
  readonly us: number;
  readonly place: number;
  /** Below the microsecond, by which the engine sorts. */
  readonly ns: number;
}

/** Sorts as influxd does: by nanoseconds, and of one nanosecond as it likes. */
function engine(rows: readonly Row[], direction: "asc" | "desc"): Source<Row> {
  const time = ({ us, ns }: Row) => BigInt(us) * 1_000n + BigInt(ns);
  const sign = direction === "asc" ? 1 : -1;
  const within = (window: { readonly fromNs: bigint; readonly toNs: bigint }) =>
    rows.filter((row) => time(row) >= window.fromNs && time(row) < window.toNs)
      .toSorted((a, b) => sign * Number(time(a) - time(b)));
  return {
    rows: (window, { limit, offset }) =>
      Promise.resolve(within(window).slice(offset, offset + limit)),
    count: (window) => Promise.resolve(within(window).length),
    compareTied: (a, b) => a.place - b.place,
  };
}

const WINDOW = { fromNs: -(2n ** 62n), toNs: 2n ** 62n };

Deno.test("influxdb pages: any page is that of all rows in order, however many share a microsecond", async () => {
  const rows = fc.array(
    fc.record({ us: fc.integer({ min: -2, max: 2 }), ns: fc.nat({ max: 2 }) }),
    { maxLength: 40 },
  ).chain((times) =>
    fc.shuffledSubarray(times.map((_, i) => i), { minLength: times.length })
      .map((places) => times.map((time, i): Row => ({ ...time, place: places[i]! })))
  );
  const asked = fc.record({
    direction: fc.constantFrom("asc" as const, "desc" as const),
    offset: fc.nat({ max: 45 }),
    limit: fc.integer({ min: 1, max: 45 }),
  });
  await fc.assert(fc.asyncProperty(rows, asked, async (all, { direction, offset, limit }) => {
    const sign = direction === "asc" ? 1 : -1;
    const inOrder = all.toSorted((a, b) => sign * (a.us - b.us || a.place - b.place));
    const page = await exactPage(engine(all, direction), {
      window: WINDOW,
      direction,
      offset,
      limit,
    });
    assert.deepEqual(page, inOrder.slice(offset, offset + limit));
  }));
});

Deno.test("influxdb pages: more rows of one microsecond than can be ordered are refused", async () => {
  const source: Source<Row> = {
    rows: (_, { limit }) =>
      Promise.resolve(Array.from({ length: limit }, (_, place) => ({ us: 1, place, ns: 0 }))),
    count: () => Promise.resolve(2 * TIED_ROWS_MAX),
    compareTied: (a, b) => a.place - b.place,
  };
  await assert.rejects(
    exactPage(source, { window: WINDOW, direction: "asc", offset: 0, limit: 10 }),
    (error) => error instanceof TransientError && /more than 100000 records/.test(error.message),
  );
});
