import assert from "node:assert/strict";
import {
  type EventStore,
  ManualClock,
  openInlineEventStore,
  READ_LIMIT_MAX,
  scavengeRegularly,
  TransientError,
} from "../../../actors/mod.ts";
import { numbered } from "./events.ts";

const INTERVAL_MS = 10 * 60_000;

interface Scene {
  readonly store: EventStore;
  readonly lines: string[];
  /** What readers have passed. */
  passed: number;
  /** Lets the next scavenge come, and be over. */
  next(): Promise<void>;
  held(): Promise<number>;
}

function scene(says: string, run: (scene: Scene) => Promise<void>): void {
  Deno.test(`scavenging: ${says}`, async () => {
    const clock = new ManualClock();
    const store = openInlineEventStore({ path: ":memory:", nowMs: () => clock.nowMs() });
    const lines: string[] = [];
    let over = Promise.withResolvers<void>();
    const watched: EventStore = {
      ...store,
      scavenge: async (which) => {
        try {
          return await store.scavenge(which);
        } finally {
          over.resolve();
        }
      },
    };
    const line = (message: string) => void lines.push(message);
    const at: Scene = {
      store: watched,
      lines,
      passed: 0,
      async next() {
        over = Promise.withResolvers();
        // What readers have passed is asked for in a turn of its own.
        await new Promise((resolve) => setTimeout(resolve, 0));
        clock.advance(INTERVAL_MS);
        await over.promise;
        await new Promise((resolve) => setTimeout(resolve, 0));
      },
      held: async () => (await store.readAll({ after: 0, limit: READ_LIMIT_MAX })).events.length,
    };
    await store.setStreamLimits("session-a", { maxCount: 2 });
    await store.append("session-a", numbered(300), { expectedRevision: "any" });
    const scavenging = scavengeRegularly({
      store: watched,
      clock,
      logger: { debug: line, info: line, warn: line, error: line },
      passed: () =>
        at.passed < 0
          ? Promise.reject(new TransientError("Cannot ask the read models"))
          : Promise.resolve(at.passed),
    });
    await run(at);
    scavenging.stop();
    await store.close();
  });
}

scene("frees what readers had passed one interval before, and nothing else", async (at) => {
  at.passed = 100;
  await at.next();
  assert.equal(await at.held(), 300, "nothing had been passed at the start");
  at.passed = 300;
  await at.next();
  assert.equal(await at.held(), 200);
  await at.next();
  assert.equal(await at.held(), 2);
  assert.deepEqual(at.lines, ["hidden events removed", "hidden events removed"]);
});

scene("goes on while streams grow, and says nothing where nothing is hidden", async (at) => {
  at.passed = 300;
  await at.next();
  await at.next();
  assert.equal(await at.held(), 2);
  await at.store.append("session-a", numbered(5, 300), { expectedRevision: { exact: 299 } });
  at.passed = 305;
  await at.next();
  assert.equal(await at.held(), 5, "two of them were passed before they were hidden");
  await at.next();
  assert.equal(await at.held(), 2);
  await at.next();
  assert.equal(at.lines.length, 3);
});

scene("waits where readers cannot be asked", async (at) => {
  at.passed = -1;
  await at.next();
  await at.next();
  assert.equal(await at.held(), 300);
  at.passed = 300;
  await at.next();
  await at.next();
  assert.equal(await at.held(), 2);
  assert.deepEqual(new Set(at.lines), new Set(["hidden events stay", "hidden events removed"]));
});
