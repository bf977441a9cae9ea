import { TransientError } from "../../../actors/mod.ts";
import { microsecond, type Window } from "./conditions.ts";
import { TIED_ROWS_MAX } from "./limits.ts";

/*
 * influxd sorts by nanoseconds and leaves open which of two series with one time comes first. The
 * port sorts by microseconds and then by a tie. So rows of one microsecond are put into order here;
 * and where a page begins or ends among them, all of that microsecond are fetched to cut exactly.
 */

/** A row that knows its place in the order. */
export interface Placed {
  /** Microseconds since the epoch. */
  readonly us: number;
}

export interface Source<R extends Placed> {
  /** In the order of nanoseconds, in the question's direction. */
  rows(
    window: Window,
    part: { readonly limit: number; readonly offset: number },
  ): Promise<readonly R[]>;
  count(window: Window): Promise<number>;
  /** Orders rows of one microsecond, oldest first. */
  compareTied(a: R, b: R): number;
}

export interface PageWanted {
  readonly window: Window;
  readonly direction: "asc" | "desc";
  readonly offset: number;
  readonly limit: number;
}

/** Rows `offset` to `offset + limit`, in exact order. */
export async function exactPage<R extends Placed>(
  source: Source<R>,
  wanted: PageWanted,
): Promise<readonly R[]> {
  const { window, offset, limit } = wanted;
  const lead = offset > 0 ? 1 : 0;
  const fetched = await source.rows(window, { limit: lead + limit + 1, offset: offset - lead });
  const page = fetched.slice(lead, lead + limit);
  const first = page[0]?.us;
  const last = page.at(-1)?.us;
  if (first === undefined || last === undefined) return [];
  const cutsFirst = lead === 1 && fetched[0]!.us === first;
  const cutsLast = fetched[lead + limit]?.us === last;
  const sorted = inOrder(page, source, wanted);
  if (!cutsFirst && !cutsLast) return sorted;
  const before = cutsFirst ? await source.count(beforeIt(first, wanted)) : offset;
  const [head, tail] = await Promise.all([
    cutsFirst || first === last ? tied(source, first, wanted) : sorted.filter(at(first)),
    first === last ? [] : cutsLast ? tied(source, last, wanted) : sorted.filter(at(last)),
  ]);
  const middle = sorted.filter(({ us }) => us !== first && us !== last);
  return [...head.slice(offset - before), ...middle, ...tail].slice(0, limit);
}

function at(us: number): (row: Placed) => boolean {
  return (row) => row.us === us;
}

function inOrder<R extends Placed>(
  rows: readonly R[],
  source: Source<R>,
  { direction }: PageWanted,
): readonly R[] {
  const sign = direction === "asc" ? 1 : -1;
  return rows.toSorted((a, b) => sign * (a.us - b.us || source.compareTied(a, b)));
}

/** The part of the window whose rows all come before those of a microsecond. */
function beforeIt(us: number, { window, direction }: PageWanted): Window {
  const { fromNs, toNs } = microsecond(us);
  return direction === "asc" ? { ...window, toNs: fromNs } : { ...window, fromNs: toNs };
}

async function tied<R extends Placed>(
  source: Source<R>,
  us: number,
  wanted: PageWanted,
): Promise<readonly R[]> {
  const rows = await source.rows(microsecond(us), { limit: TIED_ROWS_MAX + 1, offset: 0 });
  if (rows.length <= TIED_ROWS_MAX) return inOrder(rows, source, wanted);
  throw new TransientError(
    `Cannot order more than ${TIED_ROWS_MAX} records of one microsecond: ask by name or publisher`,
  );
}
