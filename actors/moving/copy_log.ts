import { TerminalError } from "../errors.ts";
import type { LogCopy, StoredLog } from "../event_store/mod.ts";

/** Events that are under way from one log to the other; a page of the log has at most about 1 MiB. */
const PAGE_EVENTS = 1_024;

export interface MoveProgress {
  /** Position of the origin that was reached. */
  readonly position: number;
  /** Of so many. */
  readonly last: number;
  /** Events that were handled since the beginning of this step. */
  readonly events: number;
}

export interface Logs {
  readonly from: StoredLog;
  readonly to: LogCopy;
  readonly onProgress: (progress: MoveProgress) => void;
}

/**
 * Adds the events that the copy does not have yet, in the order of the log; answers how many. What the
 * copy holds says itself how far it is. Throws TerminalError if it holds events of another log.
 */
export async function copyLog({ from, to, onProgress }: Logs): Promise<number> {
  const last = await from.events.lastPosition();
  let after = await reachedBy({ from, to });
  let count = 0;
  for (let atEnd = false; !atEnd;) {
    const page = await from.events.readAll({ after, limit: PAGE_EVENTS });
    if (page.events.length > 0) await to.add(page.events);
    count += page.events.length;
    ({ reached: after, atEnd } = page);
    onProgress({ position: after, last, events: count });
  }
  return count;
}

/** The position of the origin up to which the copy has everything. */
async function reachedBy({ from, to }: Pick<Logs, "from" | "to">): Promise<number> {
  const last = await to.events.lastPosition();
  const newest = last === 0 ? undefined : await to.events.eventAt(last);
  if (newest === undefined) return 0;
  const place = await from.placeOf(newest);
  if (place !== undefined) return place;
  const { id, type, revision, stream } = newest;
  throw new TerminalError(
    `Cannot move the log: the target holds events that the origin does not have, the newest is ${type} (${id}), event ${revision} of '${stream}'; empty the target or choose another one`,
  );
}
