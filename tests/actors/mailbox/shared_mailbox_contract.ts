import assert from "node:assert/strict";
import {
  type FrameHandler,
  type RecordedFollower,
  reject,
  type SectionOutcome,
  type SharedMailbox,
  TransientError,
} from "../../../actors/mod.ts";
import { frameFor } from "./mailbox_contract.ts";

/*
 * What a mailbox that nodes share promises beyond one that does not: every node hears what any of
 * them recorded, and can wait for it.
 */

export interface SharedBy {
  /** Two nodes of one installation; what they take for the end of the log is `logEnd`. */
  readonly nodes: readonly [SharedMailbox, SharedMailbox];
  close(): Promise<void>;
}

export type OpenShared = (logEnd: () => Promise<number>) => Promise<SharedBy>;

/** What a follower was told, in one line each, and a way to wait for it. */
export interface Told extends RecordedFollower {
  readonly lines: string[];
  /** Resolves once there is a line that this is true of. */
  until(found: (line: string) => boolean): Promise<void>;
}

export function tellTales(): Told {
  const lines: string[] = [];
  let waiting: { found: (line: string) => boolean; resolve: () => void }[] = [];
  const say = (line: string) => {
    lines.push(line);
    waiting = waiting.filter(({ found, resolve }) => {
      if (found(line)) resolve();
      return !found(line);
    });
  };
  const until = (found: (line: string) => boolean) => {
    if (lines.some(found)) return Promise.resolve();
    return new Promise<void>((resolve) => waiting.push({ found, resolve }));
  };
  const outcome = ({ position, rejection }: SectionOutcome) => rejection?.code ?? position;
  return {
    lines,
    until,
    recorded: ({ partition, id }, outcomes) =>
      say(`recorded ${partition} ${id} ${outcomes.map(outcome).join(",")}`),
    reached: (partition, position) => say(`reached ${partition} ${position}`),
    missed: (partition) => say(`missed ${partition}`),
  };
}

/** Without what is told again every second. */
export function withoutReached({ lines }: Told): readonly string[] {
  return lines.filter((line) => !line.startsWith("reached"));
}

/** Stores each frame at the next position of a log that it counts. */
export function counting(): {
  readonly handler: FrameHandler;
  readonly end: () => Promise<number>;
} {
  let position = 0;
  return {
    handler: ({ sections }) => Promise.resolve(sections.map(() => ({ position: ++position }))),
    end: () => Promise.resolve(position),
  };
}

export function sharedMailboxContract(name: string, open: OpenShared): void {
  const check = (
    says: string,
    run: (nodes: SharedBy["nodes"], log: ReturnType<typeof counting>) => Promise<void>,
  ) =>
    Deno.test(`${name}: ${says}`, async () => {
      const log = counting();
      const { nodes, close } = await open(log.end);
      try {
        await run(nodes, log);
      } finally {
        await close();
      }
    });

  check(
    "tells every node what any of them recorded, in its order, each once",
    async (nodes, log) => {
      const told = [tellTales(), tellTales()];
      for (const [index, node] of nodes.entries()) await node.follow(told[index]!);
      nodes[1].consume(4, log.handler);
      const frames = Array.from({ length: 10 }, () => frameFor("a", 4));
      for (const [index, frame] of frames.entries()) await nodes[index % 2]!.post(frame);
      const lines = frames.map(({ id }, index) => `recorded 4 ${id} ${index + 1}`);
      for (const each of told) {
        await each.until((line) => line === lines.at(-1));
        assert.deepEqual(withoutReached(each), lines);
      }
    },
  );

  check("hands on the frame with its place and the outcome of each section", async (nodes) => {
    const [edge, actors] = nodes;
    const frame = frameFor("a", 0);
    const two = { ...frame, sections: [...frame.sections, ...frameFor("b", 0).sections] };
    const refused = reject("forbidden", "Cannot publish: the channel is disabled");
    const outcomes = [{ position: 2 ** 45 }, { position: 0, rejection: refused }];
    const heard = Promise.withResolvers<void>();
    await edge.follow({
      recorded(handed, become) {
        assert.deepEqual(handed, { ...two, sequence: handed.sequence });
        assert.ok(handed.sequence! > 0);
        assert.deepEqual(become, outcomes);
        heard.resolve();
      },
      reached: () => {},
      missed: () => {},
    });
    actors.consume(0, () => Promise.resolve(outcomes));
    await edge.post(two);
    await heard.promise;
  });

  check(
    "tells up to where the log was told, once nothing of the partition is in hand",
    async (nodes, log) => {
      const [edge, actors] = nodes;
      const told = tellTales();
      await edge.follow(told);
      actors.consume(3, log.handler);
      await told.until((line) => line === "reached 3 0");
      const frame = frameFor("a", 3);
      await edge.post(frame);
      await told.until((line) => line === "reached 3 1");
      const recorded = told.lines.indexOf(`recorded 3 ${frame.id} 1`);
      assert.ok(recorded >= 0 && recorded < told.lines.indexOf("reached 3 1"));
      assert.ok(!told.lines.includes("missed 3"));
    },
  );

  check(
    "tells nothing up to a position while a frame is in hand that may stand before it",
    async (nodes) => {
      const [edge, actors] = nodes;
      const told = tellTales();
      await edge.follow(told);
      const begun = Promise.withResolvers<void>();
      const stored = Promise.withResolvers<readonly SectionOutcome[]>();
      actors.consume(3, () => {
        begun.resolve();
        return stored.promise;
      });
      actors.consume(5, () => Promise.resolve([]));
      await edge.post(frameFor("a", 3));
      await begun.promise;
      const rounds = (partition: number) =>
        told.lines.filter((line) => line.startsWith(`reached ${partition}`)).length;
      const passed = async (partition: number, count: number) => {
        const enough = rounds(partition) + count;
        while (rounds(partition) < enough) await new Promise((resolve) => setTimeout(resolve, 20));
      };
      const before = rounds(3);
      // Partition 5 is told in the same messages.
      await passed(5, 2);
      assert.equal(rounds(3), before);
      stored.resolve([{ position: 1 }]);
      await passed(3, 1);
    },
  );

  check("goes on without a gap when another node takes a partition over", async (nodes, log) => {
    const [first, second] = nodes;
    const told = tellTales();
    await first.follow(told);
    const frames = Array.from({ length: 6 }, () => frameFor("a", 1));
    for (const [round, node] of [first, second, first].entries()) {
      const end = node.consume(1, log.handler);
      const [one, other] = frames.slice(2 * round);
      await second.post(one!);
      await first.post(other!);
      await told.until((line) => line.includes(other!.id));
      await end();
    }
    const lines = frames.map(({ id }, index) => `recorded 1 ${id} ${index + 1}`);
    assert.deepEqual(withoutReached(told), lines);
  });

  check("tells a follower what is recorded from then on, until it ends", async (nodes, log) => {
    const [edge, actors] = nodes;
    actors.consume(2, log.handler);
    await edge.post(frameFor("a", 2));
    await edge.handled(2, { timeoutMs: 5_000 });
    const [brief, lasting] = [tellTales(), tellTales()];
    const end = await edge.follow(brief);
    await actors.follow(lasting);
    const [second, third] = [frameFor("a", 2), frameFor("a", 2)];
    await edge.post(second);
    await brief.until((line) => line.includes(second.id));
    end();
    await edge.post(third);
    await lasting.until((line) => line.includes(third.id));
    assert.deepEqual(withoutReached(brief), [`recorded 2 ${second.id} 2`]);
  });

  check("waits until what was posted is handled, by any node, and no longer", async (nodes) => {
    const [edge, actors] = nodes;
    await edge.handled(6, { timeoutMs: 5_000 });
    const release = Promise.withResolvers<void>();
    let handled = 0;
    await edge.post(frameFor("a", 6));
    await actors.post(frameFor("a", 6));
    await assert.rejects(edge.handled(6, { timeoutMs: 50 }), TransientError);
    actors.consume(6, async () => {
      await release.promise;
      handled++;
      return [{ position: handled }];
    });
    await assert.rejects(edge.handled(6, { timeoutMs: 50 }), TransientError);
    await edge.handled(7, { timeoutMs: 5_000 });
    const waiting = edge.handled(6, { timeoutMs: 5_000 });
    release.resolve();
    await waiting;
    assert.equal(handled, 2);
  });
}
