import assert from "node:assert/strict";
import {
  type CommandGateway,
  InvariantViolation,
  isRejection,
  newId,
  StorageFull,
  TransientError,
} from "../../../actors/mod.ts";
import {
  add,
  context,
  counter,
  ID,
  openCluster,
  PARTITION,
  passing,
  type TestCluster,
  turns,
} from "./cluster.ts";

const test = (says: string, run: (cluster: TestCluster) => Promise<void>) =>
  Deno.test(`routed commands: ${says}`, async () => {
    const cluster = openCluster();
    await run(cluster);
    await cluster.close();
  });

const stored = async ({ log }: TestCluster) =>
  (await log.readStream(`counter-${ID}`, { limit: 100 })).map(({ data }) => data);

const sum = async (gateway: CommandGateway) => (await gateway.inspect(counter, ID)).sum;

test("are carried out on the node that has the actor, from whichever node they come", async (it) => {
  const [owner, other] = [it.node(), it.node()];
  owner.take();
  const commandId = newId();
  const done = await passing(it.clock, add(other, 2, { commandId }));
  assert.ok(!isRejection(done));
  assert.deepEqual([done.revision, done.repeated], [0, false]);
  assert.equal(done.position, await it.log.lastPosition());
  const [event] = await it.log.readStream(`counter-${ID}`, { limit: 1 });
  assert.equal(event?.metadata.causationId, commandId);
  await passing(it.clock, add(owner, 3));
  assert.equal(owner.runtime.peek(counter, ID)?.sum, 5);
  assert.equal(other.runtime.activeCount, 0, "no actor came into being elsewhere");
});

test("answer refusals as they were", async (it) => {
  const [owner, other] = [it.node(), it.node()];
  owner.take();
  const refused = await passing(it.clock, add(other, -1));
  assert.deepEqual(refused, {
    rejected: true,
    code: "invalid",
    message: "Cannot add: the sum would be less than 0",
    field: "by",
  });
});

test("throw what was thrown on the other node, in its own class", async (it) => {
  for (const thrown of [new InvariantViolation("Cannot be"), new TransientError("Cannot yet")]) {
    const owner = it.node({ log: () => ({ readStream: () => Promise.reject(thrown) }) });
    owner.take();
    await assert.rejects(passing(it.clock, add(it.node(), 1)), (error: Error) => {
      assert.deepEqual([error.constructor, error.message], [thrown.constructor, thrown.message]);
      return true;
    });
    await owner.giveBack();
  }
});

test("tell that the log of the other node is full", async (it) => {
  const full = new StorageFull("Cannot append: the disk is full");
  const owner = it.node({ log: () => ({ append: () => Promise.reject(full) }) });
  owner.take();
  const refused = await passing(it.clock, add(it.node(), 1));
  assert.ok(isRejection(refused));
  assert.equal(refused.code, "storage_full");
});

test("wait for the next owner while nobody has the partition", async (it) => {
  const [old, next, other] = [it.node(), it.node(), it.node()];
  old.take();
  await passing(it.clock, add(other, 1));
  await old.giveBack();
  const commands = [1, 2, 3].map((by) => add(other, by));
  it.clock.schedule(6_500, () => next.take());
  const done = await passing(it.clock, Promise.all(commands));
  assert.ok(done.every((each) => !isRejection(each)));
  assert.equal(await sum(next.commands), 7);
});

test("wait on a node that becomes the owner meanwhile", async (it) => {
  const node = it.node();
  const command = add(node, 4);
  it.clock.schedule(1_000, () => node.take());
  await passing(it.clock, command);
  assert.deepEqual(await stored(it), [{ by: 4 }]);
});

test("ask again when the node that was asked has the partition no more", async (it) => {
  const [stale, owner, other] = [it.node(), it.node(), it.node()];
  stale.take();
  stale.believes.clear();
  it.clock.schedule(500, () => owner.take());
  await passing(it.clock, add(other, 1));
  assert.deepEqual([stale.runtime.activeCount, owner.runtime.activeCount], [0, 1]);
});

test("give up when nobody has the partition in time, and write nothing", async (it) => {
  const startMs = it.clock.nowMs();
  await assert.rejects(
    passing(it.clock, add(it.node(), 1)),
    (error: Error) =>
      error instanceof TransientError && error.message.includes(`counter-${ID}`) &&
      error.message.includes(`no node has its partition ${PARTITION} now`),
  );
  assert.ok(it.clock.nowMs() - startMs <= 10_100, "after ten seconds of the simulated clock");
  assert.deepEqual(await stored(it), []);
});

test("are carried out once when the answer was lost and they are sent again", async (it) => {
  let lost = 2;
  const owner = it.node();
  owner.take();
  const other = it.node({
    requests: (inner) => ({
      async ask(name, question, options) {
        const answer = await inner.ask(name, question, options);
        if (lost-- > 0) throw new TransientError("Cannot ask: the answer was lost");
        return answer;
      },
    }),
  });
  const done = await passing(it.clock, add(other, 5));
  assert.ok(!isRejection(done));
  assert.equal(done.repeated, true);
  assert.deepEqual(await stored(it), [{ by: 5 }]);
});

test("are carried out once when the first node was slow and another one took over", async (it) => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const slow = it.node({
    log: (inner) => ({
      append: async (...append) => {
        await held;
        return await inner.append(...append);
      },
    }),
  });
  slow.take();
  const [owner, other] = [it.node(), it.node()];
  const command = add(other, 5);
  // Taken for dead by the others; it still has the command in hand, and believes what it did.
  it.clock.schedule(1_000, () => {
    void slow.desk.released(PARTITION);
    owner.take();
  });
  await passing(it.clock, command);
  release();
  await turns();
  assert.deepEqual(await stored(it), [{ by: 5 }]);
});

test("decide on what another node wrote meanwhile, when a partition comes back", async (it) => {
  const [first, second] = [it.node(), it.node()];
  first.take();
  await passing(it.clock, add(first, 5));
  await first.giveBack();
  second.take();
  await passing(it.clock, add(second, -5));
  await second.giveBack();
  first.take();
  const refused = await passing(it.clock, add(first, -1));
  assert.ok(isRejection(refused), "it does not go by the five that it remembers");
  assert.equal(await sum(first.commands), 0);
});

test("see the newest state of an actor of another node, and of one that nobody has", async (it) => {
  const [owner, other] = [it.node(), it.node()];
  owner.take();
  await passing(it.clock, add(other, 7));
  assert.equal(await sum(other.commands), 7);
  await owner.giveBack();
  assert.equal(await sum(owner.commands), 7);
});

test("finish what is in hand before a partition is given back", async (it) => {
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
  const inHand = [add(it.node(), 1), add(owner, 2)];
  await turns();
  let given = false;
  const back = owner.giveBack().then(() => given = true);
  await turns();
  assert.equal(given, false);
  release();
  await passing(it.clock, Promise.all([...inHand, back]));
  assert.equal(await sum(owner.commands), 3);
});

test("ask a node of another version what it does not know, and hear so", async (it) => {
  it.node().take();
  const newer = { ...counter, category: "abacus" };
  const sent = it.node().commands.execute(newer, {
    id: ID,
    command: { type: "Add", by: 1 },
    context: context(),
  });
  await assert.rejects(
    passing(it.clock, sent),
    (error: Error) => error instanceof TransientError && error.message.includes("abacus"),
  );
});

test("reach a node whose line to the others was broken when it took the partition", async (it) => {
  let broken = 2;
  const owner = it.node({
    requests: (inner) => ({
      answer: (name, reply) =>
        broken-- > 0
          ? Promise.reject(new TransientError("Cannot answer: not connected"))
          : inner.answer(name, reply),
    }),
  });
  owner.take();
  await passing(it.clock, add(it.node(), 1));
  assert.deepEqual(await stored(it), [{ by: 1 }]);
});
