import assert from "node:assert/strict";
import { crashRounds } from "./crash_rounds.ts";

/** More of them run in `deno task soak`. */
const ROUNDS = 20;

Deno.test("crash: killed twenty times under full load, nothing acknowledged is lost or doubled", async () => {
  const seed = Number(Deno.env.get("MILLRACE_SEED") ?? Math.floor(Math.random() * 1e6));
  const { acknowledged, created, events } = await crashRounds({ rounds: ROUNDS, seed });
  assert.ok(acknowledged > 1_000, `only ${acknowledged} messages were acknowledged`);
  assert.ok(created > 50, `only ${created} things were created`);
  assert.ok(events > created);
});
