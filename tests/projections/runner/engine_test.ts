import assert from "node:assert/strict";
import {
  InvariantViolation,
  silentLogger,
  systemClock,
  TransientError,
} from "../../../actors/mod.ts";
import {
  APPLY_ATTEMPTS_MAX,
  type Projection,
  ProjectionRunner,
  type ProjectionStatus,
  type ReadModel,
  statusOfAll,
} from "../../../projections/mod.ts";
import { TestLog, THING } from "../log.ts";

const NOTES: Projection<number> = {
  name: "notes",
  version: 1,
  handles: ["ThingUpdated"],
  project: ({ position }) => [position],
};

/** A read model whose engine may be away, or lose what it had. */
class FarNotebook implements ReadModel<number> {
  readonly mayBeAway = true;
  readonly sliceMs = 10_000;
  readonly notes = new Set<number>();
  readonly slices: number[] = [];
  reached = 0;
  attempts = 0;
  trouble: Error | undefined;
  takesMs = 0;

  checkpoint(): Promise<number> {
    return Promise.resolve(this.reached);
  }

  async apply(writes: readonly number[], checkpoint: number): Promise<void> {
    this.attempts++;
    await new Promise((resolve) => setTimeout(resolve, this.takesMs));
    if (this.trouble !== undefined) throw this.trouble;
    for (const note of writes) this.notes.add(note);
    this.slices.push(writes.length);
    this.reached = checkpoint;
  }

  lose(): void {
    this.notes.clear();
    this.reached = 0;
    this.trouble = new TransientError("lost");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function following(
  run: (at: {
    readonly log: TestLog;
    readonly notebook: FarNotebook;
    readonly runner: ProjectionRunner;
    status(): ProjectionStatus;
    update(times: number): Promise<number>;
  }) => Promise<void>,
  notebook = new FarNotebook(),
): Promise<void> {
  const log = new TestLog();
  const runner = new ProjectionRunner({
    events: log.store,
    clock: {
      nowMs: () => systemClock.nowMs(),
      schedule(delayMs, action) {
        const timer = setTimeout(action, delayMs);
        return () => clearTimeout(timer);
      },
    },
    logger: silentLogger,
    breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
  });
  const update = async (times: number) => {
    let last = 0;
    for (let i = 0; i < times; i++) {
      last = await log.record(`thing-${THING}`, { type: "ThingUpdated", data: { name: `${i}` } });
    }
    return last;
  };
  const first = await update(3);
  const stop = new AbortController();
  const ended = runner.run([{ projection: NOTES, readModel: notebook }], stop.signal);
  try {
    if (notebook.trouble === undefined) await reached(runner, first);
    await run({ log, notebook, runner, status: () => runner.status()[0]!, update });
  } finally {
    stop.abort();
    await ended;
    await log.store.close();
  }
}

async function reached(runner: ProjectionRunner, position: number): Promise<void> {
  assert.ok(await runner.waitFor(position, { projections: ["notes"], timeoutMs: 10_000 }));
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !holds(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(holds());
}

Deno.test("projection runner: one whose engine is away waits, is not red, and goes on by itself", () =>
  following(async ({ notebook, runner, status, update }) => {
    notebook.trouble = new TransientError("away");
    const last = await update(5);
    await eventually(() => status().state === "waiting");
    assert.match(status().error!, /away/);
    const attempts = notebook.attempts;
    await eventually(() => notebook.attempts > attempts);
    notebook.trouble = undefined;
    await reached(runner, last);
    await eventually(() => status().state === "live");
    assert.equal(status().error, undefined);
    assert.equal(notebook.notes.size, 8);
  }));

Deno.test("projection runner: one whose engine refuses for good is red, as any other", () =>
  following(async ({ notebook, status, update }) => {
    notebook.trouble = new InvariantViolation("no such field");
    await update(1);
    await eventually(() => status().state === "red");
    assert.ok(notebook.attempts >= APPLY_ATTEMPTS_MAX);
  }));

Deno.test("projection runner: an engine that lost what it had is filled from the start", () =>
  following(async ({ notebook, runner, update }) => {
    notebook.lose();
    const last = await update(1);
    await eventually(() => runner.status()[0]!.checkpoint === 0);
    notebook.trouble = undefined;
    await reached(runner, last);
    assert.equal(notebook.notes.size, 4);
  }));

Deno.test("projection runner: an engine that is far away gets many events at once, though each time takes long", () =>
  following(async ({ notebook, runner, update }) => {
    notebook.trouble = new TransientError("away");
    const last = await update(500);
    notebook.takesMs = 30;
    notebook.trouble = undefined;
    await reached(runner, last);
    assert.ok(Math.max(...notebook.slices) >= 64, `${notebook.slices}`);
  }));

Deno.test("projection runner: of several, one that waits shows how far behind the others it is", () => {
  const status = (name: string, checkpoint: number, lag: number): ProjectionStatus => ({
    ...{ name, checkpoint, lag },
    version: 1,
    lagSeconds: 0,
    events: 0,
    state: "live",
  });
  const all = statusOfAll([
    { status: () => [status("a", 100, 0), status("b", 90, 10)] },
    { status: () => [status("c", 40, 5)] },
    { status: () => [] },
  ]);
  assert.deepEqual(all.map(({ name, lag }) => [name, lag]), [["a", 0], ["b", 10], ["c", 60]]);
});
