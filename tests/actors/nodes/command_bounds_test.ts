import assert from "node:assert/strict";
import { isRejection, partitionOf, TransientError } from "../../../actors/mod.ts";
import {
  add,
  context,
  counter,
  ID,
  openCluster,
  PARTITION,
  passing,
  type TestCluster,
} from "./cluster.ts";

const test = (says: string, run: (cluster: TestCluster) => Promise<void>) =>
  Deno.test(`bounds of commands: they ${says}`, async () => {
    const cluster = openCluster();
    await run(cluster);
    await cluster.close();
  });

test("are refused beyond what may be in hand in one partition", async (it) => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const owner = it.node({
    log: (inner) => ({
      append: async (...append) => {
        await held;
        return await inner.append(...append);
      },
    }),
  });
  owner.take();
  // Of several actors: one has a shorter line of its own.
  const ids = Array.from({ length: 100_000 }, (_, n) => `${n}`).filter((id) => inPartition(id));
  const taken = ids.slice(0, 1_024).map((id) => add(owner, 1, { id }));
  await assert.rejects(add(owner, 1, { id: ids[1_024]! }), TransientError);
  release();
  assert.equal((await Promise.all(taken)).filter(isRejection).length, 0);
  assert.ok(!isRejection(await add(owner, 1, { id: ids[1_024]! })));
});

test("are refused beyond what may wait for other nodes, and taken again afterwards", async (it) => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  it.node().take();
  const node = it.node({
    requests: (inner) => ({
      async ask(name, question, options) {
        await held;
        return await inner.ask(name, question, options);
      },
    }),
  });
  const waiting = Array.from({ length: 4_096 }, () => add(node, 0));
  const settled = Promise.allSettled(waiting);
  await assert.rejects(add(node, 1), /4096 commands wait/);
  release();
  await passing(it.clock, settled);
  assert.ok(!isRejection(await passing(it.clock, add(node, 1))));
});

test("are refused before they leave, where they would arrive as others", async (it) => {
  it.node().take();
  const commands = it.node().commands;
  const send = (by: unknown) =>
    commands.execute(counter, {
      id: ID,
      command: { type: "Add", by: by as number },
      context: context(),
    });
  const codes = [];
  for (const by of [Infinity, "x".repeat(1_000_001), nested(200_000)]) {
    const refused = await passing(it.clock, send(by));
    codes.push(isRejection(refused) && refused.code);
  }
  assert.deepEqual(codes, ["invalid", "too_large", "invalid"]);
  assert.equal(await it.log.lastPosition(), 0);
});

function inPartition(id: string): boolean {
  return partitionOf(id) === PARTITION;
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}
