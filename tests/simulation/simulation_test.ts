import assert from "node:assert/strict";
import { simulate } from "./simulation.ts";
import type { Defect } from "./world.ts";

/** Seeds of one run of the tests; the soak takes more. */
const SEEDS = 150;
/** Every planted defect shows within so many seeds. */
const SEEDS_UNTIL_FOUND_MAX = 50;

Deno.test("simulation: nothing acknowledged is lost, doubled or out of order, whatever fails", async () => {
  const alone = Deno.env.get("MILLRACE_SEED");
  const seeds = alone === undefined
    ? Array.from({ length: SEEDS }, (_, n) => n + 1)
    : [Number(alone)];
  for (const seed of seeds) await simulate(seed);
});

const PLANTED: readonly (readonly [Defect, RegExp])[] = [
  ["acknowledges before the append", /acknowledged message \d+ of publisher \d is lost/],
  ["gives a redelivered batch a new event id", /message \d+ of publisher \d is stored 2 times/],
  ["gives a repeated command a new id", /command \d+ of renamer \d was carried out 2 times/],
];

for (const [defect, found] of PLANTED) {
  Deno.test(`simulation: finds a platform that ${defect}, and names the seed`, async () => {
    let failure: Error | undefined;
    let seed = 0;
    while (failure === undefined && ++seed <= SEEDS_UNTIL_FOUND_MAX) {
      failure = await simulate(seed, defect).then(() => undefined, (error: Error) => error);
    }
    assert.ok(failure !== undefined, "no seed found it");
    assert.match(failure.message, found);
    assert.match(failure.message, new RegExp(`seed ${seed} `));
  });
}
