import assert from "node:assert/strict";
import { ManualClock, silentLogger } from "../../../actors/mod.ts";
import { ProjectionRunner } from "../../../projections/mod.ts";
import { TestLog } from "../log.ts";

Deno.test("projection runner: answers no at once to waits beyond 10,000, and to the others when their time is over", async () => {
  const log = new TestLog();
  const clock = new ManualClock();
  const runner = new ProjectionRunner({
    events: log.store,
    clock,
    logger: silentLogger,
    breathe: () => Promise.resolve(),
  });
  let answered = 0;
  const wait = async (timeoutMs: number) => {
    assert.equal(await runner.waitFor(1, { projections: ["any"], timeoutMs }), false);
    answered++;
  };
  const waits = Array.from({ length: 10_000 }, (_, i) => wait(i < 5 ? 10 : 1_000));
  await wait(1_000);
  assert.equal(answered, 1);

  clock.advance(10);
  await Promise.all(waits.slice(0, 5));
  assert.equal(answered, 6);
  // Room again, for as many as were answered.
  waits.push(wait(1_000));
  await Promise.resolve();
  assert.equal(answered, 6);
  clock.advance(1_000);
  await Promise.all(waits);
  assert.equal(answered, 10_002);
  await log.store.close();
});
