/*
 * Who is to have what. Every node reckons by itself from the same leases, so all come to the same
 * result without asking each other; where their views differ for a moment, compare-and-set decides.
 */

/** How many partitions each node that is present has, by its id. */
export type Loads = ReadonlyMap<string, number>;

/** A partition that nobody has, and how often whoever it fell to let it lie. */
export interface FreePartition {
  readonly partition: number;
  readonly passedOver: number;
}

/** What of the free partitions falls to `node`: each goes to whoever has least by then. */
export function fallsTo(
  node: string,
  options: { readonly free: readonly FreePartition[]; readonly loads: Loads },
): readonly number[] {
  const loads = new Map(options.loads);
  const mine: number[] = [];
  for (const { partition, passedOver } of options.free) {
    const neediest = [...loads.keys()].sort((a, b) =>
      loads.get(a)! - loads.get(b)! || (a < b ? -1 : 1)
    );
    const taker = neediest[passedOver % neediest.length];
    if (taker === undefined) return mine;
    loads.set(taker, loads.get(taker)! + 1);
    if (taker === node) mine.push(partition);
  }
  return mine;
}

/**
 * The one node that is to give a partition back: the richest, while it has two more than the poorest.
 * Each such step makes the loads more even, so they come to rest, and differ by one at most then.
 */
export function giver(loads: Loads): string | undefined {
  let richest: string | undefined;
  let least = Infinity;
  for (const [node, load] of loads) {
    least = Math.min(least, load);
    const most = richest === undefined ? -1 : loads.get(richest)!;
    if (load > most || (load === most && node < richest!)) richest = node;
  }
  return richest !== undefined && loads.get(richest)! - least >= 2 ? richest : undefined;
}
