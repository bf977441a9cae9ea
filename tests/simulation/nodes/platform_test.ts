import assert from "node:assert/strict";
import { simulatePlatform } from "./platform.ts";

/** Seeds of one run of the tests. */
const SEEDS = 60;

Deno.test("nodes: every frame and command is in the log once and in order, whatever befalls its owners", async () => {
  const alone = Deno.env.get("MILLRACE_SEED");
  if (alone !== undefined) return void await simulatePlatform(Number(alone));
  let conflicts = 0;
  for (let seed = 1; seed <= SEEDS; seed++) conflicts += await simulatePlatform(seed);
  assert.ok(conflicts > 0, "no two nodes ever met in one stream");
});
