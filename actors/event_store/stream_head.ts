import { ConcurrencyConflict } from "../errors.ts";
import type { ExpectedRevision } from "./event_store.ts";

/** Where a stream ends. */
export interface StreamHead {
  /** Of the last event, shown or hidden; -1 if there never was one. */
  readonly revision: number;
  /** Of the last event: the next one chains to it. */
  readonly hash: Uint8Array;
  /** Revision of the first event that a stream read shows after a soft delete. */
  readonly deletedBefore: number;
}

/** What stands against an `action` that expects the stream at a revision. */
export function conflictOf(
  action: string,
  head: StreamHead,
  expected: ExpectedRevision,
): ConcurrencyConflict | undefined {
  if (expected === "any") return undefined;
  const visible = head.revision >= head.deletedBefore;
  const met = expected === "no_stream" ? !visible : head.revision === expected.exact;
  if (met) return undefined;
  const wanted = expected === "no_stream" ? "no stream" : `revision ${expected.exact}`;
  const is = visible ? `at revision ${head.revision}` : "empty";
  return new ConcurrencyConflict(`Cannot ${action}: expected ${wanted}, it is ${is}`);
}
