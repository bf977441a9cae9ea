import assert from "node:assert/strict";
import fc from "fast-check";
import { LATE_FROM } from "../../../../projections/measurements/influxdb/identities.ts";
import { SERIES_CACHE_MAX } from "../../../../projections/measurements/influxdb/limits.ts";
import { LocalFile } from "../../../../projections/measurements/influxdb/local_file.ts";

type Record = readonly [series: string, timeUs: number];

/** Numbers the records in pieces, each saved, and says how each is known. */
async function numbered(
  pieces: readonly (readonly Record[])[],
  options: { readonly crashes?: boolean } = {},
): Promise<readonly string[]> {
  const local = new LocalFile(":memory:");
  const all: string[] = [];
  for (const [at, piece] of pieces.entries()) {
    const once = () =>
      piece.map(([series, timeUs]) => {
        const { timeNs, more } = local.identities.next(series, timeUs);
        return `${series} ${more} ${timeNs}`;
      });
    if (options.crashes) {
      const lost = once();
      local.identities.forget();
      all.push(...once());
      assert.deepEqual(all.slice(-piece.length || all.length), lost);
    } else {
      all.push(...once());
    }
    await local.apply([], at + 1);
    local.identities.saved();
  }
  await local.close();
  return all;
}

const records: fc.Arbitrary<Record[]> = fc.array(
  fc.tuple(fc.constantFrom("a", "b"), fc.integer({ min: -3, max: 3 })),
  { maxLength: 60 },
);

Deno.test("influxdb identities: no two records share one, in whatever order their times come", async () => {
  await fc.assert(fc.asyncProperty(fc.array(records, { maxLength: 4 }), async (pieces) => {
    const identities = await numbered(pieces);
    assert.equal(new Set(identities).size, identities.length);
  }));
});

Deno.test("influxdb identities: a crash, and another cut into pieces, come to the same", async () => {
  await fc.assert(fc.asyncProperty(records, fc.nat({ max: 60 }), async (all, at) => {
    const whole = await numbered([all]);
    assert.deepEqual(await numbered([all.slice(0, at), all.slice(at)], { crashes: true }), whole);
  }));
});

Deno.test("influxdb identities: the microsecond is read from the time, also before the epoch", async () => {
  const local = new LocalFile(":memory:");
  const { MAX_SAFE_INTEGER: last } = Number;
  for (const timeUs of [-last, -1, 0, 1, Date.UTC(2026, 0, 1) * 1_000, last]) {
    for (let i = 0; i < 3; i++) {
      const { timeNs } = local.identities.next("a", timeUs);
      assert.equal(BigInt.asIntN(64, timeNs), timeNs);
      assert.equal(Math.floor(Number(timeNs - BigInt(timeUs) * 1_000n)), i);
    }
  }
  await local.close();
});

Deno.test("influxdb identities: past the numbers of a microsecond a second series begins", async () => {
  const inOrder = Array.from({ length: LATE_FROM + 1 }, (): Record => ["a", 1]);
  const identities = await numbered([[...inOrder, ["a", 2], ["a", 1], ["a", 1]]]);
  assert.equal(identities[LATE_FROM - 1], `a 0 ${1_000 + LATE_FROM - 1}`);
  assert.equal(identities[LATE_FROM], "a 1 1000");
  // Those that come late have numbers of their own.
  assert.deepEqual(identities.slice(-2), [`a 0 ${1_000 + LATE_FROM}`, `a 0 ${1_001 + LATE_FROM}`]);
});

Deno.test("influxdb identities: more series than are kept in memory are told apart from the file", async () => {
  const first = Array.from({ length: SERIES_CACHE_MAX + 10 }, (_, i): Record => [`${i}`, 1]);
  const identities = await numbered([first, first.slice(0, 20)]);
  assert.deepEqual(identities.slice(-20), first.slice(0, 20).map(([series]) => `${series} 0 1001`));
});
