/*
 * The port of leases: which node has which partition. What it promises is compare-and-set over one
 * small record a partition, seen by all nodes; that a lease has run out is for the owners' own
 * clocks to say (partition_owner.ts). tests/actors/nodes/leases_contract.ts is its executable form.
 */

/** Who has a partition, as it is written down. */
export interface Lease {
  /** Number of the partition; behind them come the seats, by which nodes are known to each other. */
  readonly partition: number;
  /** Id of the node; empty once it was given back. */
  readonly node: string;
  /** Grows with every write: what the next write must name. */
  readonly revision: number;
}

export interface Leases {
  /** All that were ever written, in no order. Throws TransientError if they cannot be read. */
  all(): Promise<readonly Lease[]>;
  /**
   * Writes who has a partition: 0 names the revision of one that was never written. Undefined if
   * another node was faster. Throws TransientError when the outcome is unknown.
   */
  write(
    lease: Pick<Lease, "partition" | "node">,
    options: { readonly revision: number },
  ): Promise<Lease | undefined>;
  /** Calls with every write of any node, in order of each partition; the returned function ends it. */
  watch(changed: (lease: Lease) => void): Promise<() => void>;
}
