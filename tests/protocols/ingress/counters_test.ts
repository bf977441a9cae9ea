import assert from "node:assert/strict";
import type { BucketCounts } from "../../../actors/mod.ts";
import { CHANNEL_A, CHANNEL_B, quiet, routeTo, say, withLine, Witness } from "./line.ts";

function bucketOf({ bounds, counts }: BucketCounts): readonly (readonly [number, number])[] {
  return counts.flatMap((count, at) => count === 0 ? [] : [[bounds[at] ?? Infinity, count]]);
}

Deno.test("ingress: counts the messages and bytes of each batch, and once a tick how long its messages waited", async () => {
  await withLine(async (line) => {
    const [a, b] = [routeTo(line, CHANNEL_A), routeTo(line, CHANNEL_B)];
    const witness = new Witness();
    for (let i = 0; i < 7; i++) say(line, { route: a, text: `a ${i}` }, { waiter: witness });
    say(line, { route: b, text: "b" }, { qos: 0 });
    await line.ingress.flush();
    const { batchMessages, batchBytes, durable, ticks } = line.ingress.counters;
    assert.equal(ticks, 1);
    assert.deepEqual(bucketOf(batchMessages), [[1, 1], [10, 1]]);
    assert.equal(batchMessages.sum, 8);
    const stored = line.frames.flatMap(({ sections }) => sections);
    assert.equal(batchBytes.sum, stored.reduce((sum, { batch }) => sum + batch.length, 0));
    assert.equal(durable.count, 8, "a message, though all were observed at once");
    assert.equal(bucketOf(durable).length, 1);
    const { waitedSeconds } = await witness.next();
    assert.ok(Math.abs(durable.sum - 8 * waitedSeconds) < 1e-9);
  });
});

Deno.test("ingress: what a tick took is counted from its first message, not from the end of the one before", async () => {
  await withLine(async (line) => {
    const route = routeTo(line, CHANNEL_A);
    const witness = new Witness();
    say(line, { route, text: "1" }, { waiter: witness });
    await line.ingress.flush();
    const idleMs = performance.now();
    while (performance.now() - idleMs < 50) await quiet();
    const startedMs = performance.now();
    say(line, { route, text: "2" }, { waiter: witness });
    await line.ingress.flush();
    const tookSeconds = (performance.now() - startedMs) / 1_000;
    assert.ok(witness.settlements[1]!.waitedSeconds <= tookSeconds);
  });
});
