import { PARTITIONS } from "../partitions.ts";

/** A lease that stands in this node's name, of a partition or of a seat. */
export interface Holding {
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

export function newHolding(partition: number): Holding {
  return {
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
}

/** By a seat a node is known to the others; it is no work. */
export function isSeat(partition: number): boolean {
  return partition >= PARTITIONS;
}
