import { ageLimits } from "./contract/age_limits.ts";
import { appends, expectedRevisions } from "./contract/appends.ts";
import { appendBounds, otherBounds } from "./contract/bounds.ts";
import {
  checking,
  type LastingStore,
  type OpenedStore,
  type TimedStore,
} from "./contract/checking.ts";
import { deletions } from "./contract/deletions.ts";
import { globalLog } from "./contract/global_log.ts";
import { idempotency } from "./contract/idempotency.ts";
import { lasting } from "./contract/lasting.ts";
import { limits, scavenges } from "./contract/limits.ts";
import { snapshots } from "./contract/snapshots.ts";
import { statuses } from "./contract/status.ts";
import { streamReads } from "./contract/stream_reads.ts";
import { subscriptions } from "./contract/subscriptions.ts";

/*
 * The port of the event log in executable form. It speaks to the port alone: every adapter passes
 * this file unchanged. Cases that need a clock to set or a second opening are registered where the
 * adapter's test can give one.
 */

export type { LastingStore, OpenedStore, TimedStore };

export function eventStoreContract(name: string, open: () => Promise<OpenedStore>): void {
  const check = checking(name, open);
  appends(check);
  expectedRevisions(check);
  idempotency(check);
  appendBounds(check);
  otherBounds(check);
  streamReads(check);
  globalLog(check);
  subscriptions(check);
  limits(check);
  scavenges(check);
  deletions(check);
  snapshots(check);
  statuses(check);
}

/** For adapters whose clock a test can set. */
export function ageLimitContract(name: string, open: () => Promise<TimedStore>): void {
  ageLimits(checking(name, open));
}

/** For adapters that keep what they hold, which is every real one. */
export function lastingContract(name: string, open: () => Promise<LastingStore>): void {
  lasting(checking(name, open));
}
