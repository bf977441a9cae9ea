import assert from "node:assert/strict";
import {
  InProcessLeases,
  type Leases,
  type Logger,
  ManualClock,
  PartitionOwner,
  PARTITIONS,
  TransientError,
} from "../../../actors/mod.ts";
import { passing, turns } from "./cluster.ts";

/** A node whose end of the leases can be cut, and whose work a test looks at. */
interface Watched {
  readonly owner: PartitionOwner;
  readonly said: string[];
  cut: boolean;
  dead: boolean;
  /** How long a partition's work takes to end, in milliseconds. */
  drainMs: number;
}

interface Scene {
  readonly clock: ManualClock;
  readonly leases: Leases;
  node(id: string): Promise<Watched>;
  /** Moves time in small steps, and checks that no two nodes have one partition. */
  run(forMs: number): Promise<void>;
  /** How often each step found so many partitions without an owner. */
  readonly ownerless: number[];
}

function scene(leases: Leases = new InProcessLeases()): Scene {
  const clock = new ManualClock();
  const nodes: Watched[] = [];
  const ownerless: number[] = [];
  const running = () => nodes.filter(({ dead }) => !dead);
  return {
    clock,
    leases,
    ownerless,
    async node(id) {
      const node = watched(id, { clock, leases });
      nodes.push(node);
      await passing(clock, node.owner.start());
      await turns();
      return node;
    },
    async run(forMs) {
      for (const untilMs = clock.nowMs() + forMs; clock.nowMs() < untilMs;) {
        clock.advance(10);
        await turns();
        const all = running().flatMap(({ owner }) => owner.owned);
        assert.equal(new Set(all).size, all.length, "two nodes have one partition");
        ownerless.push(PARTITIONS - all.length);
      }
    },
  };
}

function watched(
  id: string,
  { clock, leases }: { readonly clock: ManualClock; readonly leases: Leases },
): Watched {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const logger: Logger = { debug: say, info: say, warn: say, error: say };
  const reached = <T>(work: () => Promise<T>): Promise<T> => {
    if (node.dead) return new Promise(() => {});
    return node.cut ? Promise.reject(new TransientError("Cannot ask: no line")) : work();
  };
  const owner = new PartitionOwner({
    leases: {
      all: () => reached(() => leases.all()),
      write: (lease, options) => reached(() => leases.write(lease, options)),
      watch: (changed) =>
        reached(() => leases.watch((lease) => node.cut || node.dead || changed(lease))),
    },
    clock,
    logger,
    node: id,
    work: {
      acquired: () => {},
      released: () => new Promise((resolve) => clock.schedule(node.drainMs, resolve)),
    },
  });
  const node: Watched = { owner, said, cut: false, dead: false, drainMs: 0 };
  return node;
}

const loads = (...nodes: readonly Watched[]) => nodes.map(({ owner }) => owner.owned.length);

Deno.test("partition owner: a node that is alone has all partitions at once", async () => {
  const { node } = scene();
  const alone = await node("a");
  assert.deepEqual(loads(alone), [PARTITIONS]);
});

Deno.test("partition owner: a crashed node's partitions are worked on again within ten seconds", async () => {
  const { node, run } = scene();
  const [a, b, c] = [await node("a"), await node("b"), await node("c")];
  await run(20_000);
  assert.deepEqual(loads(a, b, c).toSorted(), [10, 11, 11]);
  a.dead = true;
  await run(10_000);
  assert.deepEqual(loads(b, c), [16, 16]);
});

Deno.test("partition owner: a node that comes gets its share, one partition at a time", async () => {
  const { node, run, ownerless } = scene();
  const a = await node("a");
  await run(5_000);
  const b = await node("b");
  ownerless.length = 0;
  await run(15_000);
  assert.deepEqual(loads(a, b), [16, 16]);
  assert.ok(Math.max(...ownerless) <= 1, "more than one was on its way");
  const before = a.owner.owned;
  await run(30_000);
  assert.deepEqual(a.owner.owned, before, "what is even stays");
});

Deno.test("partition owner: a stop hands everything over without waiting for leases to run out", async () => {
  const { node, run, ownerless } = scene();
  const [a, b] = [await node("a"), await node("b")];
  await run(20_000);
  ownerless.length = 0;
  a.drainMs = 50;
  let stopped = false;
  const stopping = a.owner.stop().then(() => stopped = true);
  await run(2_000);
  await stopping;
  assert.ok(stopped);
  assert.deepEqual(loads(a, b), [0, PARTITIONS]);
  assert.ok(Math.max(...ownerless) <= 4, "the others are worked on meanwhile");
});

Deno.test("partition owner: a partition is given back only when its work has ended", async () => {
  const { node, run, leases } = scene();
  const a = await node("a");
  a.drainMs = 3_000;
  const stopping = a.owner.stop();
  await run(2_500);
  const back = async () => (await leases.all()).filter(({ node }) => node === "").length;
  assert.equal(await back(), 1, "its seat");
  await run(1_000);
  assert.equal(await back(), 1 + 4, "those that went first");
  await run(10_000);
  await stopping;
});

Deno.test("partition owner: a stop ends though the work does not, and the rest runs out", async () => {
  const { clock, node, run } = scene();
  const [a, b] = [await node("a"), await node("b")];
  await run(20_000);
  a.drainMs = 1e9;
  const beganMs = clock.nowMs();
  await passing(clock, a.owner.stop());
  assert.ok(clock.nowMs() - beganMs <= 7_100, "seven seconds of the simulated clock");
  a.dead = true;
  await run(7_000);
  assert.deepEqual(loads(b), [PARTITIONS]);
});

Deno.test("partition owner: work that never ends keeps no partition from others for ever", async () => {
  const { node, run } = scene();
  const a = await node("a");
  await run(3_000);
  a.drainMs = 1e9;
  const b = await node("b");
  await run(300_000);
  assert.deepEqual(loads(a, b), [16, 16], "what was to be given back ran out, one after the other");
  assert.ok(a.said.includes("the work on a partition does not end"));
});

Deno.test("partition owner: a node that cannot renew stops by itself before others may begin", async () => {
  const { node, run } = scene();
  const [a, b] = [await node("a"), await node("b")];
  await run(20_000);
  a.cut = true;
  await run(4_200);
  assert.deepEqual(loads(a, b), [0, 16], "it has stopped, and they have not begun");
  assert.ok(a.said.some((text) => text.includes("not renewed in time")));
  await run(5_800);
  assert.deepEqual(loads(a, b), [0, PARTITIONS]);
  a.cut = false;
  await run(20_000);
  assert.deepEqual(loads(a, b), [16, 16], "it comes back to its share");
});

Deno.test("partition owner: a node goes on with what nobody took while it could not renew", async () => {
  const { node, run } = scene();
  const a = await node("a");
  a.cut = true;
  await run(30_000);
  assert.deepEqual(loads(a), [0]);
  a.cut = false;
  await run(1_000);
  assert.deepEqual(loads(a), [PARTITIONS]);
  assert.equal(a.said.filter((text) => text === "leases not reached").length, 1);
  assert.ok(a.said.includes("leases reached again"));
});

Deno.test("partition owner: work that has not ended is not begun again when the lease comes back", async () => {
  const { node, run } = scene();
  const a = await node("a");
  a.drainMs = 4_000;
  a.cut = true;
  await run(4_500);
  a.cut = false;
  await run(2_000);
  assert.deepEqual(loads(a), [0]);
  await run(2_000);
  assert.deepEqual(loads(a), [PARTITIONS]);
});

Deno.test("partition owner: a node takes nothing while it cannot reach the leases", async () => {
  const { node, run, clock } = scene();
  const a = await node("a");
  a.dead = true;
  const b = watched("b", { clock, leases: new InProcessLeases() });
  b.cut = true;
  await passing(clock, b.owner.start());
  await run(30_000);
  assert.deepEqual(loads(b), [0]);
  b.cut = false;
  await run(2_000);
  assert.deepEqual(loads(b), [PARTITIONS]);
});

Deno.test("partition owner: leases that are gone are written anew", async () => {
  let inner = new InProcessLeases();
  const { node, run } = scene({
    all: () => inner.all(),
    write: (lease, options) => inner.write(lease, options),
    watch: (changed) => inner.watch(changed),
  });
  const a = await node("a");
  await run(5_000);
  inner = new InProcessLeases();
  await run(10_000);
  assert.deepEqual(loads(a), [PARTITIONS]);
});

Deno.test("partition owner: a node beyond the seats waits until one is free", async () => {
  const { node, run } = scene();
  const nodes: Watched[] = [];
  for (let n = 0; n <= PARTITIONS; n++) nodes.push(await node(`node-${n}`));
  await run(30_000);
  const counts = loads(...nodes);
  assert.equal(counts.filter((count) => count === 1).length, PARTITIONS);
  const spare = nodes[counts.indexOf(0)]!;
  nodes.find((each) => each !== spare)!.dead = true;
  await run(10_000);
  assert.deepEqual(loads(spare), [1]);
});
