import assert from "node:assert/strict";
import {
  InProcessLeases,
  type Leases,
  ManualClock,
  PARTITIONS,
  type Random,
  seededRandom,
} from "../../../actors/mod.ts";
import { type NodeWorld, SimulatedNode } from "./node.ts";

/** A defect put in on purpose, to see that the simulation finds it. */
export type Defect = "a clock that runs far too slow" | "leases that take every write";

/** Clocks of machines that nobody has set in years still run within so much of each other. */
const CLOCK_DRIFT = 0.01;
const STEP_MS = 20;
/** Turns of the event loop in one step: a few calls that wait for each other. */
const TURNS = 12;
/** Work on a partition begins again so soon, whatever happened. */
const TAKEN_OVER_MS_MAX = 10_000;

/** Nodes over one set of leases, and what they may never do. */
export class OwnersWorld implements NodeWorld {
  readonly random: Random;
  readonly clock = new ManualClock(1_000_000);
  readonly leases: Leases;
  readonly nodes: SimulatedNode[] = [];
  /** Frames that another node had recorded by the time that they were done. */
  fenced = 0;
  changes = 0;
  readonly #defect: Defect | undefined;
  readonly #newest = new Array<number>(PARTITIONS).fill(0);
  readonly #newestBy = new Array<SimulatedNode | undefined>(PARTITIONS);
  readonly #ownerlessSinceMs = new Array<number>(PARTITIONS).fill(0);
  #quietSinceMs: number;

  constructor(seed: number, defect?: Defect) {
    this.random = seededRandom(seed);
    this.#defect = defect;
    this.leases = defect === "leases that take every write" ? obliging() : new InProcessLeases();
    this.#quietSinceMs = this.clock.nowMs();
    this.#ownerlessSinceMs.fill(this.clock.nowMs());
  }

  get live(): readonly SimulatedNode[] {
    return this.nodes.filter(({ alive }) => alive);
  }

  add(): SimulatedNode {
    const rate = this.#defect === "a clock that runs far too slow" && this.nodes.length === 0
      ? 0.6
      : 1 + (this.random.next() * 2 - 1) * CLOCK_DRIFT;
    // Ids in no order, as in life.
    const id = `${Math.floor(this.random.next() * 1e9).toString(36)}-${this.nodes.length}`;
    const node = new SimulatedNode(this, { id, rate });
    this.nodes.push(node);
    return node;
  }

  /** Something befell the nodes: from now on they have time to come to order again. */
  disturbed(): void {
    this.#quietSinceMs = this.clock.nowMs();
  }

  newest(partition: number): number {
    return this.#newest[partition]!;
  }

  /** As an event log does that expects a revision. */
  record(
    partition: number,
    { frame, by }: { readonly frame: number; readonly by: SimulatedNode },
  ): void {
    if (frame === this.newest(partition) + 1) {
      this.#newest[partition] = frame;
      this.#newestBy[partition] = by;
      return;
    }
    this.fenced++;
    const late = by.outOfTime || this.#newestBy[partition]?.outOfTime;
    assert.ok(late, `frame ${frame} of partition ${partition} was handled twice`);
  }

  changed(): void {
    this.changes++;
  }

  async run(forMs: number): Promise<void> {
    const untilMs = this.clock.nowMs() + forMs;
    while (this.clock.nowMs() < untilMs) {
      this.clock.advance(STEP_MS);
      for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
      this.#check();
    }
  }

  #check(): void {
    const owners: (SimulatedNode | undefined)[] = new Array(PARTITIONS);
    for (const node of this.nodes) {
      if (!node.alive || node.outOfTime) continue;
      for (const partition of new Set([...node.owner.owned, ...node.busy])) {
        const other = owners[partition]?.id;
        assert.equal(other, undefined, `${node.id} and ${other} work on partition ${partition}`);
        owners[partition] = node;
      }
    }
    const nowMs = this.clock.nowMs();
    for (const node of this.live.filter(({ clock }) => !clock.frozen)) {
      for (const partition of node.owner.owned) this.#ownerlessSinceMs[partition] = nowMs;
    }
    if (!this.live.some(({ clock, link }) => !clock.frozen && !link.cut)) this.disturbed();
    for (const [partition, ownedMs] of this.#ownerlessSinceMs.entries()) {
      const sinceMs = Math.max(ownedMs, this.#quietSinceMs);
      assert.ok(nowMs - sinceMs <= TAKEN_OVER_MS_MAX, `nobody works on partition ${partition}`);
    }
  }

  /** Each partition with one node, and no node with two more than another. */
  checkBalance(): void {
    const loads = this.live.map(({ owner }) => owner.owned.length);
    assert.equal(loads.reduce((sum, load) => sum + load, 0), PARTITIONS);
    assert.ok(Math.max(...loads) - Math.min(...loads) <= 1, `loads are ${loads.join(" ")}`);
  }
}

/** They lack what a lease is for. */
function obliging(): Leases {
  const inner = new InProcessLeases();
  return {
    all: () => inner.all(),
    async write(lease) {
      const all = await inner.all();
      const revision = all.find(({ partition }) => partition === lease.partition)?.revision ?? 0;
      return await inner.write(lease, { revision });
    },
    watch: (changed) => inner.watch(changed),
  };
}
