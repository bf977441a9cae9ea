import assert from "node:assert/strict";
import {
  type ActorKind,
  ActorRuntime,
  type CommandContext,
  ConcurrencyConflict,
  type EventStore,
  InvariantViolation,
  isRejection,
  type Logger,
  ManualClock,
  newId,
  openInlineEventStore,
  reject,
  StorageFull,
  TransientError,
} from "../../../actors/mod.ts";
import { METADATA } from "../event_store/events.ts";

/** A counter: the smallest kind of actor that there is. */
interface Counter {
  readonly sum: number;
}
type Count = { readonly type: "Add"; readonly by: number };
type Counted = { readonly type: "Added"; readonly data: { readonly by: number } };

const counter: ActorKind<Count, Counted, Counter> = {
  category: "counter",
  decider: {
    initialState: { sum: 0 },
    decide: ({ by }) =>
      by < 0
        ? reject("invalid", "Cannot add: a number from 0 is needed", "by")
        : by === 0
        ? []
        : [{ type: "Added", data: { by } }],
    evolve: ({ sum }, { data }) => ({ sum: sum + data.by }),
  },
  schemaVersions: {},
  snapshotVersion: 1,
  domainOf: () => METADATA.domainId,
};

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

interface Setting {
  readonly store: EventStore;
  readonly clock: ManualClock;
  runtime: ActorRuntime;
  /** A runtime that knows nothing yet, over the same log. */
  restarted(activeActorsMax?: number): ActorRuntime;
}

/** `wrap` puts faults between the runtime and its log. */
function given(
  options: {
    readonly wrap?: (store: EventStore) => Partial<EventStore>;
    readonly activeActorsMax?: number;
  } = {},
): Setting {
  const clock = new ManualClock();
  const inner = openInlineEventStore({ path: ":memory:", nowMs: () => clock.nowMs() });
  const store = { ...inner, ...options.wrap?.(inner) };
  const open = (activeActorsMax?: number) =>
    new ActorRuntime({
      store,
      clock,
      logger: silent,
      newId,
      ...(activeActorsMax === undefined ? {} : { activeActorsMax }),
    });
  return { store: inner, clock, runtime: open(options.activeActorsMax), restarted: open };
}

function context(commandId = newId()): CommandContext {
  return {
    commandId,
    correlationId: newId(),
    principal: { kind: "system", id: "test" },
    edge: "system",
    remoteAddress: "local",
  };
}

const add = (runtime: ActorRuntime, by: number, { id = "a", commandId = newId() } = {}) =>
  runtime.execute(counter, {
    id,
    command: { type: "Add", by },
    context: context(commandId),
  });

const sum = async (runtime: ActorRuntime, id = "a") => (await runtime.inspect(counter, id)).sum;
const length = async (store: EventStore, id = "a") =>
  (await store.readStream(`counter-${id}`, { limit: 1_000 })).length;

Deno.test("actor runtime: decides, appends, and says where the events lie", async () => {
  const { runtime, store } = given();
  const first = await add(runtime, 2);
  assert.ok(!isRejection(first));
  assert.deepEqual([first.revision, first.repeated], [0, false]);
  assert.equal(first.position, await store.lastPosition());
  await add(runtime, 3);
  assert.equal(await sum(runtime), 5);
});

Deno.test("actor runtime: writes who, from where and because of what with every event", async () => {
  const { runtime, store } = given();
  const commandId = newId();
  await add(runtime, 1, { commandId });
  const [event] = await store.readStream("counter-a", { limit: 1 });
  assert.equal(event!.metadata.causationId, commandId);
  assert.deepEqual(event!.metadata.principal, { kind: "system", id: "test" });
  assert.equal(event!.metadata.domainId, METADATA.domainId);
});

Deno.test("actor runtime: answers a refusal as a value and writes nothing", async () => {
  const { runtime, store } = given();
  const refused = await add(runtime, -1);
  assert.ok(isRejection(refused));
  assert.equal(refused.field, "by");
  assert.equal(await length(store), 0);
});

Deno.test("actor runtime: takes a command that changes nothing as done, without an event", async () => {
  const { runtime, store } = given();
  await add(runtime, 1);
  const done = await add(runtime, 0);
  assert.ok(!isRejection(done));
  assert.equal(done.revision, 0);
  assert.equal(await length(store), 1);
});

Deno.test("actor runtime: carries a command out once, also after passivation and after a restart", async () => {
  const { runtime, store, restarted } = given();
  const commandId = newId();
  const first = await add(runtime, 2, { commandId });
  const again = await add(runtime, 2, { commandId });
  assert.deepEqual(again, { ...first, repeated: true });
  const reborn = await add(restarted(), 2, { commandId });
  assert.deepEqual(reborn, { ...first, repeated: true });
  assert.equal(await length(store), 1);
});

Deno.test("actor runtime: handles concurrent commands one after another, in order", async () => {
  const { runtime, store } = given();
  await Promise.all(Array.from({ length: 50 }, (_, n) => add(runtime, n + 1)));
  const events = await store.readStream("counter-a", { limit: 100 });
  assert.deepEqual(
    events.map(({ data }) => (data as { by: number }).by),
    Array.from({ length: 50 }, (_, n) => n + 1),
  );
});

Deno.test("actor runtime: refuses commands beyond what may wait, and carries out the others", async () => {
  const { runtime, store } = given();
  const outcomes = await Promise.allSettled(Array.from({ length: 300 }, () => add(runtime, 1)));
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.equal(refused.length, 300 - 256);
  assert.ok(refused.every(({ reason }) => reason instanceof TransientError));
  assert.equal(await length(store), 256);
  assert.ok(!isRejection(await add(runtime, 1)), "a full line is no crash");
});

Deno.test("actor runtime: reloads and decides again when another node wrote first", async () => {
  const { runtime, restarted } = given();
  const other = restarted();
  await add(runtime, 1);
  await add(other, 10);
  await add(runtime, 100);
  await add(other, 1_000);
  assert.equal(await sum(runtime), 111);
  assert.equal(await sum(restarted()), 1_111);
  assert.deepEqual([runtime.counters.conflicts, runtime.counters.commands], [1, 2]);
});

Deno.test("actor runtime: gives up after three conflicts, refusing", async () => {
  let appends = 0;
  const { runtime, store } = given({
    wrap: () => ({
      append() {
        appends++;
        return Promise.reject(new ConcurrencyConflict("Cannot append: somebody was first"));
      },
    }),
  });
  const refused = await add(runtime, 1);
  assert.ok(isRejection(refused));
  assert.equal(refused.code, "conflict");
  assert.equal(appends, 3);
  const { conflicts, commands, rejections } = runtime.counters;
  assert.deepEqual([conflicts, commands, rejections], [3, 0, 1]);
  assert.equal(await length(store), 0);
});

Deno.test("actor runtime: repeats an append whose answer was lost, and writes it once", async () => {
  let lost = 1;
  const { runtime, store, clock } = given({
    wrap: (inner) => ({
      async append(...args) {
        const result = await inner.append(...args);
        if (lost-- > 0) throw new TransientError("Cannot hear the answer");
        return result;
      },
    }),
  });
  const done = add(runtime, 1);
  await turns();
  clock.advance(1_000);
  assert.ok(!isRejection(await done));
  assert.equal(await length(store), 1);
});

Deno.test("actor runtime: refuses while the disk is full, and goes on when there is room", async () => {
  let full = true;
  const { runtime } = given({
    wrap: (inner) => ({
      append: (...args) =>
        full
          ? Promise.reject(new StorageFull("Cannot append: the disk is full"))
          : inner.append(...args),
    }),
  });
  const refused = await add(runtime, 1);
  assert.ok(isRejection(refused) && refused.code === "storage_full");
  full = false;
  assert.ok(!isRejection(await add(runtime, 1)));
});

Deno.test("actor runtime: drops an actor that crashed, keeps it away for a while, and rebuilds it", async () => {
  let broken = true;
  const { runtime, clock } = given({
    wrap: (inner) => ({
      append: (...args) =>
        broken ? Promise.reject(new InvariantViolation("Cannot be")) : inner.append(...args),
    }),
  });
  await assert.rejects(add(runtime, 1), InvariantViolation);
  await assert.rejects(add(runtime, 1), TransientError, "kept away");
  clock.advance(50);
  await assert.rejects(add(runtime, 1), InvariantViolation, "tried again");
  clock.advance(50);
  await assert.rejects(add(runtime, 1), TransientError, "kept away for longer");
  clock.advance(50);
  broken = false;
  assert.ok(!isRejection(await add(runtime, 1)));
  assert.equal(await sum(runtime), 1);
  assert.deepEqual([runtime.counters.crashes, runtime.counters.activations], [2, 3]);
});

Deno.test("actor runtime: crashes on a gap in the revisions instead of deciding on half a state", async () => {
  const { runtime, restarted } = given({
    wrap: (inner) => ({
      async readStream(stream, options) {
        return (await inner.readStream(stream, options)).filter(({ revision }) => revision !== 1);
      },
    }),
  });
  for (const by of [1, 2, 3]) await add(runtime, by);
  await assert.rejects(
    sum(restarted()),
    (error: Error) =>
      error instanceof InvariantViolation && /after revision 0 comes 2/.test(error.message),
  );
});

Deno.test("actor runtime: activates from the snapshot and the events after it", async () => {
  const reads: number[] = [];
  const setting = given({
    wrap: (inner) => ({
      readStream(stream, options) {
        reads.push(options.fromRevision ?? 0);
        return inner.readStream(stream, options);
      },
    }),
  });
  for (let n = 0; n < 105; n++) await add(setting.runtime, 1);
  await turns();
  assert.equal((await setting.store.readSnapshot("counter-a"))!.revision, 99);
  reads.length = 0;
  const commandId = newId();
  const reborn = setting.restarted();
  assert.equal(await sum(reborn), 105);
  assert.deepEqual(reads, [100]);
  await add(reborn, 1, { commandId });
  assert.equal(await sum(setting.restarted()), 106);
});

Deno.test("actor runtime: ignores a snapshot of another shape", async () => {
  const { runtime, store, restarted } = given();
  await add(runtime, 1);
  await store.saveSnapshot("counter-a", { revision: 0, version: 2, state: { nonsense: true } });
  assert.equal(await sum(restarted()), 1);
});

Deno.test("actor runtime: carries on when a snapshot cannot be saved", async () => {
  const { runtime } = given({
    wrap: () => ({ saveSnapshot: () => Promise.reject(new StorageFull("Cannot save: full")) }),
  });
  for (let n = 0; n < 101; n++) assert.ok(!isRejection(await add(runtime, 1)));
});

Deno.test("actor runtime: passivates what was idle for long, and rebuilds it when spoken to", async () => {
  const { runtime, clock } = given();
  await add(runtime, 1, { id: "a" });
  clock.advance(4 * 60_000);
  await add(runtime, 1, { id: "b" });
  assert.equal(runtime.activeCount, 2);
  clock.advance(90_000);
  assert.equal(runtime.activeCount, 1);
  assert.equal(runtime.peek(counter, "a"), undefined);
  assert.deepEqual(runtime.peek(counter, "b"), { sum: 1 });
  assert.equal(await sum(runtime, "a"), 1);
  assert.deepEqual([runtime.counters.activations, runtime.counters.passivations], [3, 1]);
});

Deno.test("actor runtime: holds no more actors than its bound, the longest unused go first", async () => {
  const { runtime } = given({ activeActorsMax: 10 });
  for (let n = 0; n < 10; n++) await add(runtime, 1, { id: `${n}` });
  await add(runtime, 1, { id: "0" });
  for (let n = 10; n < 100; n++) {
    await add(runtime, 1, { id: `${n}` });
    await add(runtime, 1, { id: "0" });
    assert.ok(runtime.activeCount <= 10);
  }
  assert.deepEqual(runtime.peek(counter, "0"), { sum: 92 });
  assert.equal(runtime.peek(counter, "1"), undefined);
  assert.equal(await sum(runtime, "1"), 1);
});

Deno.test("actor runtime: never passivates an actor with a command under way", async () => {
  let release = () => {};
  const stuck = new Promise<void>((resolve) => release = resolve);
  const { runtime } = given({
    activeActorsMax: 2,
    wrap: (inner) => ({
      async append(stream, ...rest) {
        if (stream === "counter-busy") await stuck;
        return inner.append(stream, ...rest);
      },
    }),
  });
  const busy = add(runtime, 1, { id: "busy" });
  for (let n = 0; n < 5; n++) await add(runtime, 1, { id: `${n}` });
  assert.equal(runtime.peek(counter, "busy"), undefined, "its state is not settled");
  release();
  await busy;
  assert.deepEqual(runtime.peek(counter, "busy"), { sum: 1 });
});

/** Lets everything that waits for nothing but its turn go on. */
async function turns(): Promise<void> {
  for (let n = 0; n < 20; n++) await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
}
