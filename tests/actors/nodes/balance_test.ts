import assert from "node:assert/strict";
import fc from "fast-check";
import { fallsTo, giver } from "../../../actors/nodes/balance.ts";

const loadsOf = (counts: readonly number[]) =>
  new Map(counts.map((count, index) => [`node-${index}`, count]));

const free = (count: number, passedOver = 0) =>
  Array.from({ length: count }, (_, partition) => ({ partition, passedOver }));

Deno.test("balance: free partitions fall to whoever has least, each to one node", () => {
  const loads = loadsOf([4, 0, 2]);
  const shares = [...loads.keys()].map((node) => fallsTo(node, { free: free(6), loads }));
  assert.deepEqual(shares, [[], [0, 1, 2, 4], [3, 5]]);
});

Deno.test("balance: what its first taker let lie falls to the next one, and so on around", () => {
  const loads = loadsOf([1, 0, 2]);
  const takers = [0, 1, 2, 3].map((passedOver) =>
    [...loads.keys()].filter((node) =>
      fallsTo(node, { free: free(1, passedOver), loads }).length > 0
    )
  );
  assert.deepEqual(takers, [["node-1"], ["node-0"], ["node-2"], ["node-1"]]);
});

Deno.test("balance: nobody takes where nobody is", () => {
  assert.deepEqual(fallsTo("node-0", { free: free(3), loads: new Map() }), []);
  assert.equal(giver(new Map()), undefined);
});

Deno.test("balance: from whatever loads, all are taken once, and giving comes to rest evenly", () => {
  const counts = fc.array(fc.nat({ max: 32 }), { minLength: 1, maxLength: 12 });
  fc.assert(fc.property(counts, fc.nat({ max: 32 }), (begun, freeCount) => {
    const loads = loadsOf(begun);
    const taken = [...loads.keys()].flatMap((node) => {
      const mine = fallsTo(node, { free: free(freeCount), loads });
      return mine.map((partition) => ({ node, partition }));
    });
    assert.equal(new Set(taken.map(({ partition }) => partition)).size, freeCount);
    assert.equal(taken.length, freeCount);
    for (const { node } of taken) loads.set(node, loads.get(node)! + 1);
    const total = [...loads.values()].reduce((sum, load) => sum + load, 0);
    for (let steps = 0;; steps++) {
      assert.ok(steps <= total, "it never comes to rest");
      const from = giver(loads);
      if (from === undefined) break;
      loads.set(from, loads.get(from)! - 1);
      const [to] = [...loads.keys()].filter((node) =>
        fallsTo(node, { free: free(1), loads }).length > 0
      );
      assert.notEqual(to, from, "what was given back does not return");
      loads.set(to!, loads.get(to!)! + 1);
    }
    const most = Math.max(...loads.values());
    assert.ok(most - Math.min(...loads.values()) <= 1);
    assert.equal([...loads.values()].reduce((sum, load) => sum + load, 0), total);
  }));
});
