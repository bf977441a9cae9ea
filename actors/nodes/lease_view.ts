import { PARTITIONS } from "../mailbox/mod.ts";
import type { Clock } from "../platform/mod.ts";
import type { FreePartition, Loads } from "./balance.ts";
import type { Lease } from "./leases.ts";
import { LEASE_MS, SEATS, SETTLE_MS, TAKE_GRACE_MS } from "./limits.ts";

interface Seen {
  readonly lease: Lease;
  /** When this node saw it, on its own clock: that is never before it was written. */
  readonly atMs: number;
  /** When the same node was first seen to have it. */
  readonly sinceMs: number;
  /** A write was refused: the lease has moved on, and whoever has it now will be seen. */
  readonly outdated: boolean;
}

/** What one node has seen of the leases, and how long ago on its own clock. */
export class LeaseView {
  readonly #clock: Clock;
  readonly #seen = new Map<number, Seen>();
  #firstReadMs: number | undefined;
  #readMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** When all leases were last read. */
  get readMs(): number {
    return this.#readMs;
  }

  see(lease: Lease): void {
    const known = this.#seen.get(lease.partition);
    if (known !== undefined && !known.outdated && lease.revision <= known.lease.revision) return;
    const atMs = this.#clock.nowMs();
    const sinceMs = known?.lease.node === lease.node ? known.sinceMs : atMs;
    this.#seen.set(lease.partition, { lease, atMs, sinceMs, outdated: false });
  }

  seeAll(leases: readonly Lease[]): void {
    for (const lease of leases) this.see(lease);
    const present = new Set(leases.map(({ partition }) => partition));
    for (const [partition, { outdated }] of this.#seen) {
      if (outdated && !present.has(partition)) this.#seen.delete(partition);
    }
    this.#readMs = this.#clock.nowMs();
    this.#firstReadMs ??= this.#readMs;
  }

  /** What was seen of it is out of date. Until more is seen it counts as taken. */
  doubt(partition: number): void {
    const known = this.#seen.get(partition);
    const lease = known?.lease ?? { partition, node: "", revision: 0 };
    const atMs = this.#clock.nowMs();
    this.#seen.set(partition, { lease, atMs, sinceMs: known?.sinceMs ?? atMs, outdated: true });
  }

  /** What the next write must name. */
  revisionOf(partition: number): number {
    return this.#seen.get(partition)?.lease.revision ?? 0;
  }

  /** The node that was last seen to write it, run out or not; undefined if nobody knows. */
  writerOf(partition: number): string | undefined {
    const seen = this.#seen.get(partition);
    return seen?.outdated === true ? undefined : seen?.lease.node ?? "";
  }

  /** Since when nobody has it; undefined while somebody does, or may. */
  freeSinceMs(partition: number): number | undefined {
    const seen = this.#seen.get(partition);
    if (seen === undefined) return this.#firstReadMs;
    const ranOutMs = seen.atMs + LEASE_MS;
    if (seen.outdated || seen.lease.node !== "") {
      return this.#clock.nowMs() >= ranOutMs ? ranOutMs : undefined;
    }
    return seen.atMs;
  }

  /** All partitions that nobody has. */
  free(): readonly FreePartition[] {
    const nowMs = this.#clock.nowMs();
    return range(0, PARTITIONS).flatMap((partition) => {
      const sinceMs = this.freeSinceMs(partition);
      if (sinceMs === undefined) return [];
      return [{ partition, passedOver: Math.floor((nowMs - sinceMs) / TAKE_GRACE_MS) }];
    });
  }

  freeSeats(): readonly number[] {
    return range(PARTITIONS, SEATS).filter((seat) => this.freeSinceMs(seat) !== undefined);
  }

  /** What each node that has a seat has; with `settled` only of those that came a while ago. */
  loads({ settled }: { readonly settled: boolean }): Loads {
    const settledMs = this.#clock.nowMs() - SETTLE_MS;
    const loads = new Map<string, number>();
    for (const seat of range(PARTITIONS, SEATS)) {
      const seen = this.#seen.get(seat);
      if (seen === undefined || seen.lease.node === "") continue;
      if (this.freeSinceMs(seat) !== undefined) continue;
      if (!settled || seen.sinceMs <= settledMs) loads.set(seen.lease.node, 0);
    }
    for (const partition of range(0, PARTITIONS)) {
      const node = this.#seen.get(partition)?.lease.node ?? "";
      const load = loads.get(node);
      if (load === undefined || this.freeSinceMs(partition) !== undefined) continue;
      loads.set(node, load + 1);
    }
    return loads;
  }
}

function range(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}
