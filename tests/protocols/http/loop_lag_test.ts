import assert from "node:assert/strict";
import { watchLoopLag } from "../../../protocols/http/mod.ts";

/** A loop that gets to what is due as late as it is told. */
class LateLoop {
  #nowMs = 0;
  #next: { readonly dueMs: number; readonly action: () => void } | undefined;

  nowMs(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, action: () => void): () => void {
    this.#next = { dueMs: this.#nowMs + delayMs, action };
    return () => this.#next = undefined;
  }

  /** Answers whether anything was due. */
  turn(lateMs: number): boolean {
    const next = this.#next;
    if (next === undefined) return false;
    this.#nowMs = next.dueMs + lateMs;
    next.action();
    return true;
  }
}

/** Samples of each bucket by its bound in milliseconds. */
async function samples(lag: ReturnType<typeof watchLoopLag>): Promise<Record<string, number>> {
  const { values } = await lag.histogram.get();
  const buckets = values.filter(({ metricName }) => metricName?.endsWith("_bucket"));
  let below = 0;
  const own: [string, number][] = buckets.map(({ labels, value }) => {
    const bound = labels.le === "+Inf" ? "more" : String(Math.round(Number(labels.le) * 1_000));
    const inBucket = value - below;
    below = value;
    return [bound, inBucket];
  });
  return Object.fromEntries(own.filter(([, count]) => count > 0));
}

Deno.test("event loop lag: each sample lies in the bucket of its delay", async () => {
  const loop = new LateLoop();
  const lag = watchLoopLag(loop);
  for (const lateMs of [0, 1, 4, 4, 14]) loop.turn(lateMs);
  assert.deepEqual(await samples(lag), { 1: 2, 5: 2, 15: 1 });
});

Deno.test("event loop lag: a stall counts for every sample that it kept from being taken", async () => {
  const loop = new LateLoop();
  const lag = watchLoopLag(loop);
  loop.turn(90);
  // 90, 70, 50, 30 and 10 ms are what a sample would have waited at each of its times.
  assert.deepEqual(await samples(lag), { 10: 1, 30: 1, 50: 1, 75: 1, 100: 1 });
});

Deno.test("event loop lag: a machine that slept for a day is a stall of ten seconds", async () => {
  const loop = new LateLoop();
  const lag = watchLoopLag(loop);
  loop.turn(86_400_000);
  const counts = Object.values(await samples(lag));
  assert.equal(counts.reduce((sum, count) => sum + count, 0), 501);
});

Deno.test("event loop lag: is asked for no longer once it was stopped", () => {
  const loop = new LateLoop();
  const lag = watchLoopLag(loop);
  assert.equal(loop.turn(0), true);
  lag.stop();
  assert.equal(loop.turn(0), false);
});
