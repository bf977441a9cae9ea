import assert from "node:assert/strict";
import {
  InProcessRequests,
  ManualClock,
  type NodeCard,
  PresentNodes,
  silentLogger,
} from "../../../actors/mod.ts";

function card(node: string, startedMs: number, roles: readonly string[] = ["edges"]): NodeCard {
  return { node, roles, version: "0.1.0", startedMs, http: `http://${node}:8080` };
}

/** Lets everything happen that does not wait for a clock. */
async function quiet(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

function names(nodes: readonly NodeCard[]): readonly string[] {
  return nodes.map(({ node }) => node);
}

Deno.test("present nodes: each knows all others at once, the longest running first, and by role", async () => {
  const clock = new ManualClock();
  const requests = new InProcessRequests({ clock });
  const ground = { requests, clock, logger: silentLogger };
  const a = new PresentNodes({ ...ground, self: card("a", 2) });
  const b = new PresentNodes({ ...ground, self: card("b", 1, ["api", "edges"]) });
  assert.deepEqual(names(a.all), ["a"]);
  await a.start();
  await b.start();
  await quiet();
  assert.deepEqual([names(a.all), names(b.all)], [["b", "a"], ["b", "a"]]);
  assert.deepEqual(names(a.having("api")), ["b"]);
  assert.deepEqual(b.having("actors"), []);
});

Deno.test("present nodes: one that says nothing for five seconds is gone, and comes back when it does", async () => {
  const clock = new ManualClock();
  const requests = new InProcessRequests({ clock });
  const ground = { requests, clock, logger: silentLogger };
  const a = new PresentNodes({ ...ground, self: card("a", 1) });
  const b = new PresentNodes({ ...ground, self: card("b", 2) });
  await a.start();
  await b.start();
  for (let second = 0; second < 20; second++) {
    clock.advance(1_000);
    await quiet();
    assert.deepEqual(names(a.all), ["a", "b"]);
  }
  b.stop();
  clock.advance(5_000);
  assert.deepEqual(names(a.all), ["a", "b"]);
  clock.advance(1);
  assert.deepEqual(names(a.all), ["a"]);
  await b.start();
  await quiet();
  assert.deepEqual(names(a.all), ["a", "b"]);
});

Deno.test("present nodes: no more than a thousand are known, and room is made for those that come", async () => {
  const clock = new ManualClock();
  const requests = new InProcessRequests({ clock });
  const a = new PresentNodes({ requests, clock, logger: silentLogger, self: card("a", 0) });
  await a.start();
  const say = (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      requests.tell("nodes", new TextEncoder().encode(JSON.stringify(card(`node-${n}`, n))));
    }
  };
  say(0, 1_001);
  await quiet();
  assert.equal(a.all.length, 1_001);
  assert.ok(!names(a.all).includes("node-1000"));
  clock.advance(5_001);
  say(1_000, 1_001);
  await quiet();
  assert.deepEqual(names(a.all), ["a", "node-1000"]);
});
