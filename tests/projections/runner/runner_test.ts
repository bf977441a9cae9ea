import assert from "node:assert/strict";
import {
  type Clock,
  type EventReader,
  type Logger,
  ManualClock,
  silentLogger,
  systemClock,
  TransientError,
} from "../../../actors/mod.ts";
import {
  APPLY_ATTEMPTS_MAX,
  type Followed,
  type Projection,
  ProjectionRunner,
  type ReadModel,
} from "../../../projections/mod.ts";
import { TestLog, THING, thingCreated } from "../log.ts";

/** Keeps what it was given; `trouble` throws before anything is kept. */
class Notebook implements ReadModel<number> {
  readonly notes: number[] = [];
  readonly commits: number[] = [];
  reached = 0;
  caughtUpTimes = 0;
  trouble: (writes: readonly number[]) => void = () => {};

  checkpoint(): Promise<number> {
    return Promise.resolve(this.reached);
  }

  // deno-lint-ignore require-await -- what it throws becomes a rejection
  async apply(writes: readonly number[], checkpoint: number): Promise<void> {
    this.trouble(writes);
    this.notes.push(...writes);
    this.commits.push(writes.length);
    this.reached = checkpoint;
  }

  caughtUp(): void {
    this.caughtUpTimes++;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function positions(
  name: string,
  more: Partial<Projection<number>> = {},
): Projection<number> {
  return {
    name,
    version: 1,
    handles: ["ThingUpdated"],
    project: ({ position }) => [position],
    ...more,
  };
}

/** Keeps the process waiting, as the worker's open port does in the platform. */
const heldClock: Clock = {
  nowMs: () => systemClock.nowMs(),
  schedule(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

const breathe = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

async function withLog(test: (log: TestLog) => Promise<void>): Promise<void> {
  const log = new TestLog();
  try {
    await test(log);
  } finally {
    await log.store.close();
  }
}

async function update(log: TestLog, times: number, stream = `thing-${THING}`): Promise<number[]> {
  const at: number[] = [];
  for (let i = 0; i < times; i++) {
    at.push(await log.record(stream, { type: "ThingUpdated", data: { name: `${i}` } }));
  }
  return at;
}

/** Runs while `during` lasts, then stops. */
async function running(
  events: EventReader,
  followed: readonly Followed[],
  during: (runner: ProjectionRunner) => Promise<void>,
  logger: Logger = silentLogger,
): Promise<void> {
  const runner = new ProjectionRunner({ events, clock: heldClock, logger, breathe });
  const stop = new AbortController();
  const ended = runner.run(followed, stop.signal);
  try {
    await during(runner);
  } finally {
    stop.abort();
    await ended;
  }
}

/** Asks again and again, at most two seconds. */
async function eventually(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(holds());
}

Deno.test("projection runner: hands events over in the order of the log, each once", () =>
  withLog(async (log) => {
    const early = await update(log, 700);
    const notebook = new Notebook();
    await running(
      log.store,
      [{ projection: positions("a"), readModel: notebook }],
      async (runner) => {
        const late = await update(log, 5);
        assert.ok(await runner.waitFor(late.at(-1)!, { projections: ["a"], timeoutMs: 2_000 }));
        assert.deepEqual(notebook.notes, [...early, ...late]);
        assert.equal(runner.status()[0]!.lag, 0);
      },
    );
  }));

Deno.test("projection runner: goes on after a restart where the checkpoint stands", () =>
  withLog(async (log) => {
    const notebook = new Notebook();
    const followed = [{ projection: positions("a"), readModel: notebook }];
    const all: number[] = [];
    for (let round = 0; round < 3; round++) {
      all.push(...await update(log, 10));
      await running(log.store, followed, async (runner) => {
        assert.ok(await runner.waitFor(all.at(-1)!, { projections: ["a"], timeoutMs: 2_000 }));
      });
    }
    assert.deepEqual(notebook.notes, all);
  }));

Deno.test("projection runner: repeats nothing when a crash comes between apply and the next page", () =>
  withLog(async (log) => {
    const all = await update(log, 300);
    const notebook = new Notebook();
    const followed = [{ projection: positions("a"), readModel: notebook }];
    // The process is gone right after the first commit: nothing of the loop's memory survives.
    const gone = new AbortController();
    const crashing = new ProjectionRunner({
      events: log.store,
      clock: systemClock,
      logger: silentLogger,
      breathe,
    });
    const apply = notebook.apply.bind(notebook);
    notebook.apply = async (writes, checkpoint) => {
      await apply(writes, checkpoint);
      notebook.apply = () =>
        Promise.reject(new TransientError("Cannot write: the process is gone"));
      gone.abort();
    };
    await crashing.run(followed, gone.signal);
    assert.ok(notebook.notes.length > 0 && notebook.notes.length < all.length);
    notebook.apply = apply;
    await running(log.store, followed, async (runner) => {
      assert.ok(await runner.waitFor(all.at(-1)!, { projections: ["a"], timeoutMs: 2_000 }));
    });
    assert.deepEqual(notebook.notes, all);
  }));

Deno.test("projection runner: tries again after a failure, and then goes on", () =>
  withLog(async (log) => {
    const [position] = await update(log, 1);
    const notebook = new Notebook();
    let failures = 2;
    notebook.trouble = () => {
      if (failures-- > 0) throw new TransientError("Cannot write: the disk is slow");
    };
    await running(
      log.store,
      [{ projection: positions("a"), readModel: notebook }],
      async (runner) => {
        assert.ok(await runner.waitFor(position!, { projections: ["a"], timeoutMs: 2_000 }));
      },
    );
    assert.deepEqual(notebook.notes, [position]);
  }));

Deno.test("projection runner: stands still and is red before an event it cannot handle, while others go on", () =>
  withLog(async (log) => {
    const before = await update(log, 3);
    const [poison] = await update(log, 1);
    const after = await update(log, 3);
    const notebook = new Notebook();
    const other = new Notebook();
    let attempts = 0;
    const project = ({ position }: { position: number }) => {
      if (position !== poison) return [position];
      attempts++;
      throw new TypeError("cannot read 'x' of undefined");
    };
    await running(log.store, [
      { projection: positions("a", { project }), readModel: notebook },
      { projection: positions("b"), readModel: other },
    ], async (runner) => {
      assert.ok(await runner.waitFor(after.at(-1)!, { projections: ["b"], timeoutMs: 500 }));
      assert.equal(attempts, 1);
      await eventually(() => runner.status()[0]?.state === "red");
      const [red, live] = runner.status();
      assert.equal(red!.checkpoint, before.at(-1));
      assert.match(red!.error!, new RegExp(`before ${poison}: cannot read 'x'`));
      assert.equal(red!.lag, after.at(-1)! - before.at(-1)!);
      assert.equal(live!.state, "live");
      const recordedMs = (await log.store.eventAt(poison!))!.metadata.recordedAtMs;
      const sinceMs = Date.now() - red!.lagSeconds * 1_000;
      assert.ok(Math.abs(sinceMs - recordedMs) < 60_000, "behind since what it stands before");
      assert.deepEqual([red!.events, live!.events, live!.lagSeconds], [3, 7, 0]);
      const later = await update(log, 1);
      assert.ok(await runner.waitFor(later[0]!, { projections: ["b"], timeoutMs: 500 }));
      assert.ok(!await runner.waitFor(later[0]!, { projections: ["a"], timeoutMs: 20 }));
    });
    assert.equal(attempts, APPLY_ATTEMPTS_MAX);
    assert.deepEqual(notebook.notes, before);
    assert.equal(notebook.reached, before.at(-1));
  }));

Deno.test("projection runner: is red while an engine is away, and goes on when it is back", () =>
  withLog(async (log) => {
    const [position] = await update(log, 1);
    const notebook = new Notebook();
    let away = true;
    notebook.trouble = () => {
      if (away) throw new TransientError("Cannot write points: the engine is away");
    };
    await running(
      log.store,
      [{ projection: positions("a"), readModel: notebook }],
      async (runner) => {
        await eventually(() => runner.status()[0]?.state === "red");
        assert.ok(runner.status()[0]!.lagSeconds > 0);
        away = false;
        assert.ok(await runner.waitFor(position!, { projections: ["a"], timeoutMs: 4_000 }));
        assert.equal(runner.status()[0]!.error, undefined);
        await eventually(() => runner.status()[0]!.lagSeconds === 0);
      },
    );
  }));

Deno.test("projection runner: survives a log that cannot be read for a while", () =>
  withLog(async (log) => {
    const [position] = await update(log, 1);
    let failures = 3;
    const events: EventReader = {
      ...log.store,
      readAll: (options) =>
        failures-- > 0
          ? Promise.reject(new TransientError("Cannot read the log: it is locked"))
          : log.store.readAll(options),
    };
    const notebook = new Notebook();
    await running(events, [{ projection: positions("a"), readModel: notebook }], async (runner) => {
      assert.ok(await runner.waitFor(position!, { projections: ["a"], timeoutMs: 3_000 }));
    });
    assert.deepEqual(notebook.notes, [position]);
  }));

Deno.test("projection runner: reads a page once for all that stand at the same place", () =>
  withLog(async (log) => {
    const all = await update(log, 100);
    const reads: number[] = [];
    const events: EventReader = {
      ...log.store,
      readAll: (options) => {
        reads.push(options.after);
        return log.store.readAll(options);
      },
    };
    const behind = new Notebook();
    const ahead = [new Notebook(), new Notebook(), new Notebook()];
    for (const each of ahead) each.reached = all[49]!;
    await running(events, [
      { projection: positions("behind"), readModel: behind },
      ...ahead.map((readModel, i) => ({ projection: positions(`ahead-${i}`), readModel })),
    ], async (runner) => {
      assert.ok(
        await runner.waitFor(all.at(-1)!, {
          projections: ["behind", "ahead-0", "ahead-1", "ahead-2"],
          timeoutMs: 2_000,
        }),
      );
    });
    assert.deepEqual(behind.notes, all);
    for (const each of ahead) assert.deepEqual(each.notes, all.slice(50));
    assert.deepEqual(reads.slice(0, 2), [0, all[49]]);
    assert.ok(reads.length <= 4, `${reads}`);
  }));

Deno.test("projection runner: gives a projection only the streams and types that it asked for", () =>
  withLog(async (log) => {
    await log.record(`thing-${THING}`, thingCreated());
    const [mine] = await update(log, 1);
    const [others] = await update(log, 1, `session-${THING}`);
    const narrow = new Notebook();
    const wide = new Notebook();
    await running(log.store, [
      { projection: positions("a", { streamPrefixes: ["thing-"] }), readModel: narrow },
      { projection: positions("b"), readModel: wide },
    ], async (runner) => {
      assert.ok(await runner.waitFor(others!, { projections: ["a", "b"], timeoutMs: 2_000 }));
    });
    assert.deepEqual(narrow.notes, [mine]);
    assert.deepEqual(wide.notes, [mine, others]);
  }));

Deno.test("projection runner: keeps a checkpoint that moved without writes, without a commit a page", () =>
  withLog(async (log) => {
    const all = await update(log, 600);
    const notebook = new Notebook();
    const projection = positions("a", { handles: ["Nothing"] });
    await running(log.store, [{ projection, readModel: notebook }], async (runner) => {
      for (let i = 0; i < 20; i++) all.push(...await update(log, 1));
      assert.ok(await runner.waitFor(all.at(-1)!, { projections: ["a"], timeoutMs: 2_000 }));
    });
    assert.equal(notebook.reached, all.at(-1));
    assert.ok(notebook.commits.length <= 2, `${notebook.commits.length}`);
  }));

Deno.test("projection runner: says once that the end of the log was reached", () =>
  withLog(async (log) => {
    const [position] = await update(log, 1);
    const notebook = new Notebook();
    await running(
      log.store,
      [{ projection: positions("a"), readModel: notebook }],
      async (runner) => {
        assert.ok(await runner.waitFor(position!, { projections: ["a"], timeoutMs: 2_000 }));
        await eventually(() => notebook.caughtUpTimes === 1);
        assert.equal(runner.status()[0]!.state, "live");
      },
    );
  }));

Deno.test("projection runner: answers no when a position is not reached in time", () =>
  withLog(async (log) => {
    const clock = new ManualClock();
    const runner = new ProjectionRunner({
      events: log.store,
      clock,
      logger: silentLogger,
      breathe,
    });
    const waiting = runner.waitFor(1, { projections: ["a"], timeoutMs: 5_000 });
    clock.advance(5_000);
    assert.equal(await waiting, false);
  }));

Deno.test("projection runner: lets others in while it catches up, and keeps slices short", () =>
  withLog(async (log) => {
    const all = await update(log, 500);
    const notebook = new Notebook();
    const largest: number[] = [];
    notebook.trouble = (writes) => {
      // Half a millisecond an event: a slice of 512 would take a quarter of a second.
      const untilMs = performance.now() + writes.length / 2;
      while (performance.now() < untilMs);
      largest.push(writes.length);
    };
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await running(
      log.store,
      [{ projection: positions("a"), readModel: notebook }],
      async (runner) => {
        assert.ok(await runner.waitFor(all.at(-1)!, { projections: ["a"], timeoutMs: 5_000 }));
      },
    );
    clearInterval(timer);
    assert.ok(Math.max(...largest) <= 64, `${largest}`);
    assert.ok(turns >= 5, `${turns}`);
    assert.deepEqual(notebook.notes, all);
  }));
