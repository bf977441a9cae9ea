import {
  type Clock,
  type Leases,
  type ManualClock,
  PartitionOwner,
  type PartitionWork,
  type Random,
  silentLogger,
} from "../../../actors/mod.ts";
import { type Link, linkedLeases } from "./link.ts";
import { NodeClock } from "./node_clock.ts";

/** How long one frame takes. */
const FRAME_MS_MAX = 200;

/** What a simulated node stands in. */
export interface NodeWorld {
  readonly clock: ManualClock;
  readonly random: Random;
  readonly leases: Leases;
  /** Number of the newest frame that was recorded. */
  newest(partition: number): number;
  record(partition: number, done: { readonly frame: number; readonly by: SimulatedNode }): void;
  /** A node began to work on a partition, or ended. */
  changed(): void;
}

/** One simulated node: it owns partitions, and handles the frames of each one after another. */
export class SimulatedNode {
  readonly id: string;
  readonly clock: NodeClock;
  readonly link: Link = { cut: false, calm: false };
  readonly owner: PartitionOwner;
  /** Whether it ever stood still or took time for standing: then what it has in hand may end late. */
  outOfTime = false;
  stopping = false;
  stopped = false;
  readonly #world: NodeWorld;
  readonly #lines = new Map<number, Line>();

  constructor(world: NodeWorld, options: { readonly id: string; readonly rate: number }) {
    const { id, rate } = options;
    this.id = id;
    this.#world = world;
    this.clock = new NodeClock(world.clock, { rate });
    this.owner = new PartitionOwner({
      leases: this.#linked(world.leases),
      clock: this.clock,
      logger: silentLogger,
      node: id,
      work: this.#work(),
    });
    void this.owner.start();
  }

  get alive(): boolean {
    return this.clock.alive && !this.stopped;
  }

  /** Those with a frame in hand. */
  get busy(): readonly number[] {
    return [...this.#lines].filter(([, line]) => line.busy).map(([partition]) => partition);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.owner.stop();
    this.stopped = true;
  }

  #linked(leases: Leases): Leases {
    const { clock: world, random } = this.#world;
    return linkedLeases(leases, { world, random, clock: this.clock, link: this.link });
  }

  #work(): PartitionWork {
    return {
      acquired: (partition) => {
        this.#world.changed();
        const { clock, owner } = this;
        const { random } = this.#world;
        const line = new Line({
          clock,
          random,
          mayBegin: () => owner.owns(partition),
          next: () => this.#world.newest(partition) + 1,
          done: (frame) => this.#world.record(partition, { frame, by: this }),
        });
        this.#lines.set(partition, line);
        line.begin();
      },
      released: async (partition) => {
        const line = this.#lines.get(partition)!;
        await line.end();
        if (this.#lines.get(partition) === line) this.#lines.delete(partition);
        this.#world.changed();
      },
    };
  }
}

interface LineGround {
  readonly clock: Clock;
  readonly random: Random;
  readonly mayBegin: () => boolean;
  readonly next: () => number;
  readonly done: (frame: number) => void;
}

/** Handles the frames of one partition, from the first one that nobody recorded. */
class Line {
  readonly #ground: LineGround;
  #ended = false;
  readonly #idle = Promise.withResolvers<void>();
  busy = false;

  constructor(ground: LineGround) {
    this.#ground = ground;
  }

  begin(): void {
    const { clock, random, mayBegin, next, done } = this.#ground;
    if (this.#ended) return this.#idle.resolve();
    if (!mayBegin()) {
      clock.schedule(FRAME_MS_MAX, () => this.begin());
      return;
    }
    this.busy = true;
    const frame = next();
    clock.schedule(1 + random.next() * FRAME_MS_MAX, () => {
      this.busy = false;
      done(frame);
      this.begin();
    });
  }

  async end(): Promise<void> {
    this.#ended = true;
    if (!this.busy) this.#idle.resolve();
    await this.#idle.promise;
  }
}
