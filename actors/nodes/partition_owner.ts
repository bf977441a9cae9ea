import { partitionOf, PARTITIONS } from "../mailbox/mod.ts";
import type { Clock, Logger } from "../platform/mod.ts";
import { fallsTo, giver } from "./balance.ts";
import { within } from "./deadline.ts";
import { LeaseWatch } from "./lease_watch.ts";
import type { Leases } from "./leases.ts";
import {
  DRAIN_MS_MAX,
  HANDOVERS_AT_ONCE,
  LEASE_MARGIN_MS,
  LEASE_MS,
  LEASES_ANSWER_MS,
  LOOK_MS,
  OWNER_STOP_MS_MAX,
  RENEW_AGAIN_MS,
  RENEW_MS,
  SEATS,
} from "./limits.ts";

/** What is done with a partition while this node has it. Neither may throw. */
export interface PartitionWork {
  acquired(partition: number): void;
  /** Takes nothing more of it; resolves when what was in hand is done. */
  released(partition: number): Promise<void>;
}

export interface OwnerGround {
  readonly leases: Leases;
  /** Must never be set back: leases are measured by it. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** A fresh one for each start: the leases of the one before it belong to nobody that lives. */
  readonly node: string;
  readonly work: PartitionWork;
}

/** A lease that stands in this node's name, of a partition or of a seat. */
interface Holding {
  readonly partition: number;
  /** Nobody else takes it before, counted from before the write that says so. */
  safeUntilMs: number;
  renewAtMs: number;
  /** A write that failed is not repeated before. */
  againMs: number;
  /** Being taken: it is not this node's before that write is answered. */
  taking: boolean;
  writing: boolean;
  work: "none" | "running" | "draining";
  drainUntilMs: number;
  /** To be given back. */
  leaving: boolean;
}

/**
 * Which partitions this node has. It renews their leases, takes what falls to it of those that ran out
 * or were given back, and gives one back at a time while another node has less. A lease is judged by
 * the time for which this node saw it unchanged, never by a time that another machine wrote. A node
 * that cannot renew stops by itself before another one may begin.
 */
export class PartitionOwner {
  readonly #ground: OwnerGround;
  readonly #watch: LeaseWatch;
  readonly #holdings = new Map<number, Holding>();
  #phase: "idle" | "open" | "stopping" | "ended" = "idle";
  #cancelLook = () => {};
  readonly #emptied = Promise.withResolvers<void>();

  constructor(ground: OwnerGround) {
    this.#ground = ground;
    this.#watch = new LeaseWatch({ ...ground, changed: () => this.#look() });
  }

  /** Whether work on it may begin at this very moment. */
  owns(partition: number): boolean {
    const holding = this.#holdings.get(partition);
    return holding?.work === "running" && this.#ground.clock.nowMs() < holding.safeUntilMs;
  }

  /** Those that work may begin on. */
  get owned(): readonly number[] {
    return [...this.#holdings.keys()].filter((partition) => this.owns(partition));
  }

  /** Resolves after the first look at the leases, whether it succeeded or not: it goes on by itself. */
  async start(): Promise<void> {
    this.#phase = "open";
    this.#lookLater();
    await this.#watch.read();
  }

  /** Hands over one partition after the other; what is not done in time runs out by itself. */
  async stop(): Promise<void> {
    const { clock } = this.#ground;
    this.#phase = "stopping";
    this.#look();
    const late = Promise.withResolvers<void>();
    const cancel = clock.schedule(OWNER_STOP_MS_MAX, late.resolve);
    await Promise.race([this.#emptied.promise, late.promise]);
    cancel();
    this.#phase = "ended";
    this.#cancelLook();
    this.#watch.end();
    for (const holding of this.#holdings.values()) {
      if (holding.work === "running") this.#drain(holding);
    }
  }

  #lookLater(): void {
    this.#cancelLook = this.#ground.clock.schedule(LOOK_MS, () => {
      this.#lookLater();
      this.#watch.readIfDue();
      this.#look();
    });
  }

  /** Does all that is due now; whatever it begins looks again when it is done. */
  #look(): void {
    if (this.#phase === "ended" || this.#phase === "idle") return;
    for (const holding of this.#holdings.values()) this.#tend(holding);
    if (this.#phase === "stopping") {
      this.#handOverMore();
      if (this.#holdings.size === 0) this.#emptied.resolve();
      return;
    }
    this.#adopt();
    if (!this.#watch.fresh) return;
    if (this.#seat === undefined) {
      this.#takeSeat();
      return;
    }
    this.#take();
    this.#give();
  }

  get #seat(): Holding | undefined {
    return this.#holdings.values().find(({ partition }) => isSeat(partition));
  }

  #tend(holding: Holding): void {
    if (holding.taking) return;
    const { partition } = holding;
    const nowMs = this.#ground.clock.nowMs();
    const writer = this.#watch.view.writerOf(partition);
    const lost = writer !== undefined && writer !== this.#ground.node;
    const safe = !lost && nowMs < holding.safeUntilMs;
    if (holding.work === "running" && (!safe || holding.leaving)) this.#drain(holding);
    // It stays while it drains: the same work must not begin anew before it has ended.
    if (lost && holding.work === "none") this.#holdings.delete(partition);
    if (lost || holding.writing) return;
    if (holding.leaving && holding.work === "none") {
      if (nowMs >= holding.againMs) void this.#write(holding, "");
    } else if (nowMs >= holding.renewAtMs && this.#mayRenew(holding)) {
      void this.#write(holding, this.#ground.node);
    } else if (safe && holding.work === "none" && !isSeat(partition)) {
      holding.work = "running";
      this.#ground.work.acquired(partition);
    }
  }

  #mayRenew({ partition, leaving, drainUntilMs }: Holding): boolean {
    // A seat says that its node sees what there is to take.
    if (isSeat(partition)) return this.#watch.fresh;
    return !leaving || this.#ground.clock.nowMs() < drainUntilMs;
  }

  #drain(holding: Holding): void {
    const { work, clock, logger } = this.#ground;
    const { partition } = holding;
    holding.work = "draining";
    holding.drainUntilMs = clock.nowMs() + DRAIN_MS_MAX;
    if (!holding.leaving && this.#phase !== "ended") {
      logger.warn("partition let go of: its lease was not renewed in time", { partition });
    }
    work.released(partition).catch((error) => {
      logger.error("partition not drained", { partition, error: String(error) });
    }).finally(() => {
      holding.work = "none";
      this.#look();
    });
  }

  /** Writes that it is this node's, or nobody's. */
  async #write(holding: Holding, node: string): Promise<void> {
    const { leases, clock } = this.#ground;
    const { partition } = holding;
    const sentMs = clock.nowMs();
    holding.writing = true;
    holding.renewAtMs = sentMs + RENEW_MS;
    try {
      const revision = this.#watch.view.revisionOf(partition);
      const written = await within(leases.write({ partition, node }, { revision }), {
        clock,
        timeoutMs: LEASES_ANSWER_MS,
        action: `write the lease of partition ${partition}`,
      });
      if (written === undefined) {
        this.#watch.doubt(partition);
      } else {
        this.#watch.view.see(written);
        if (node !== "") holding.safeUntilMs = sentMs + LEASE_MS - LEASE_MARGIN_MS;
      }
    } catch (error) {
      this.#watch.failed(error);
      holding.againMs = holding.renewAtMs = clock.nowMs() + RENEW_AGAIN_MS;
    }
    holding.writing = false;
    // What was taken without an answer is found in this node's name later.
    if (holding.taking && holding.safeUntilMs === 0) this.#holdings.delete(partition);
    holding.taking = false;
    this.#look();
  }

  /** Leases that were written in this node's name without an answer. */
  #adopt(): void {
    for (let partition = 0; partition < PARTITIONS + SEATS; partition++) {
      if (this.#watch.view.writerOf(partition) !== this.#ground.node) continue;
      if (this.#holdings.has(partition)) continue;
      if (isSeat(partition) && this.#seat !== undefined) continue;
      this.#tend(this.#hold(partition));
    }
  }

  #hold(partition: number): Holding {
    const holding: Holding = {
      partition,
      safeUntilMs: 0,
      renewAtMs: 0,
      againMs: 0,
      taking: false,
      writing: false,
      work: "none",
      drainUntilMs: 0,
      leaving: false,
    };
    this.#holdings.set(partition, holding);
    return holding;
  }

  #takeNow(partition: number): void {
    const holding = this.#hold(partition);
    holding.taking = true;
    void this.#write(holding, this.#ground.node);
  }

  #takeSeat(): void {
    const free = this.#watch.view.freeSeats();
    // Each node begins at another one, so that many that start at once do not all want the same.
    const from = PARTITIONS + partitionOf(this.#ground.node) % SEATS;
    const seat = free.find((each) => each >= from) ?? free[0];
    if (seat !== undefined) this.#takeNow(seat);
  }

  #take(): void {
    const { node } = this.#ground;
    const free = this.#watch.view.free().filter(({ partition }) => !this.#holdings.has(partition));
    if (free.length === 0) return;
    const held = [...this.#holdings.keys()].filter((partition) => !isSeat(partition)).length;
    const loads = new Map(this.#watch.view.loads({ settled: false })).set(node, held);
    for (const partition of fallsTo(node, { free, loads })) this.#takeNow(partition);
  }

  /** At most one partition of all is on its way to another node: all others are worked on. */
  #give(): void {
    const holdings = [...this.#holdings.values()];
    if (holdings.some(({ taking, leaving }) => taking || leaving)) return;
    if (this.#watch.view.free().length > 0) return;
    if (giver(this.#watch.view.loads({ settled: true })) !== this.#ground.node) return;
    const given = holdings.findLast(({ work }) => work === "running");
    if (given !== undefined) this.#giveBack(given);
  }

  #handOverMore(): void {
    let leaving = 0;
    for (const holding of this.#holdings.values()) {
      if (isSeat(holding.partition)) {
        if (!holding.leaving) this.#giveBack(holding);
        continue;
      }
      if (leaving++ >= HANDOVERS_AT_ONCE) return;
      if (!holding.leaving && !holding.taking) this.#giveBack(holding);
    }
  }

  #giveBack(holding: Holding): void {
    holding.leaving = true;
    this.#tend(holding);
  }
}

function isSeat(partition: number): boolean {
  return partition >= PARTITIONS;
}
