import assert from "node:assert/strict";
import { simulateOwners } from "./owners.ts";
import type { Defect } from "./owners_world.ts";

/** Seeds of one run of the tests. */
const SEEDS = 200;
/** Every planted defect shows within so many seeds. */
const SEEDS_UNTIL_FOUND_MAX = 30;

Deno.test("owners: no two work on one partition, each is taken over in time, and all come to rest", async () => {
  const alone = Deno.env.get("MILLRACE_SEED");
  const seeds = alone === undefined
    ? Array.from({ length: SEEDS }, (_, n) => n + 1)
    : [Number(alone)];
  for (const seed of seeds) await simulateOwners(seed);
});

const PLANTED: readonly (readonly [Defect, RegExp])[] = [
  ["a clock that runs far too slow", /work on partition|handled twice/],
  ["leases that take every write", /work on partition|handled twice|loads are|move about/],
];

for (const [defect, found] of PLANTED) {
  Deno.test(`owners: the simulation finds ${defect}`, async () => {
    let failure: Error | undefined;
    for (let seed = 1; failure === undefined && seed <= SEEDS_UNTIL_FOUND_MAX; seed++) {
      failure = await simulateOwners(seed, defect).then(() => undefined, (error: Error) => error);
    }
    assert.ok(failure !== undefined, "no seed found it");
    assert.match(failure.message, found);
  });
}
