import assert from "node:assert/strict";
import { Ledger } from "../../bench/soak/mqtt/mod.ts";

function heard(numbers: readonly number[], exactlyOnce = false): Ledger {
  const ledger = new Ledger();
  for (const number of numbers) ledger.heard("p", { number, exactlyOnce });
  return ledger;
}

Deno.test("ledger: what came once and in order is all there", () => {
  const ledger = heard([0, 1, 2], true);
  assert.equal(ledger.lost("p", 3), 0);
  assert.deepEqual([ledger.repeated, ledger.doubled, ledger.outOfOrder], [0, 0, 0]);
});

Deno.test("ledger: a gap is lost, and so is an end that did not come", () => {
  assert.equal(heard([0, 3]).lost("p", 4), 2);
  assert.equal(heard([0, 1]).lost("p", 4), 2);
  assert.equal(heard([]).lost("never heard of", 4), 4);
});

Deno.test("ledger: what fills a gap is out of order and not lost", () => {
  const ledger = heard([0, 2, 1], true);
  assert.equal(ledger.lost("p", 3), 0);
  assert.deepEqual([ledger.doubled, ledger.outOfOrder], [0, 1]);
});

Deno.test("ledger: what comes again is repeated, and doubled where exactly once was promised", () => {
  assert.deepEqual([heard([0, 1, 0]).repeated, heard([0, 1, 0]).doubled], [1, 0]);
  assert.deepEqual([heard([0, 1, 0], true).repeated, heard([0, 1, 0], true).doubled], [0, 1]);
});

Deno.test("ledger: a gap of any size takes bounded memory and is counted whole", () => {
  assert.equal(heard([1_000_000]).lost("p", 1_000_001), 1_000_000);
});
