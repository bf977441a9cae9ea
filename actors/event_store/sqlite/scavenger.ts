import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Rows that one slice removes: appends wait no longer than it takes. */
const SLICE_ROWS = 100;
/** Streams that one slice looks at, by their ids; most have no limit, or nothing that it hides. */
const SLICE_STREAMS = 2_000;
/** What `slice` answers once it has looked at every stream. */
export const ALL_SCAVENGED = -1;

interface Limited {
  readonly id: number;
  /** First revision that limits of number and deletions leave. */
  readonly lowest: number;
  /** What was recorded before is hidden by its age. */
  readonly oldestMs: number;
  /** Of the last event, which always stays: it carries the numbering and the hash. */
  readonly last: number;
  /** What came before was removed already. */
  readonly removedBefore: number;
}

/**
 * Removes what limits hide, in slices. A pass goes through the streams by their ids and looks at hidden
 * rows alone, because those that are shown are many more.
 */
export class Scavenger {
  readonly #statements: Statements;
  /** Id of the last stream that is done. */
  #done = 0;

  constructor(database: DatabaseSync) {
    this.#statements = prepare(database);
  }

  /** Inside a transaction; answers how many were removed, ALL_SCAVENGED at the end of a pass. */
  slice({ nowMs, through }: { readonly nowMs: number; readonly through: number }): number {
    const first = this.#statements.next.get(this.#done)?.["id"] as number | null;
    if (first === null) {
      this.#done = 0;
      return ALL_SCAVENGED;
    }
    const end = first + SLICE_STREAMS;
    let removed = 0;
    for (const stream of this.#limited({ first, end, nowMs })) {
      removed += this.#removed(stream, { through, most: SLICE_ROWS - removed });
      // There may be more of this one.
      if (removed >= SLICE_ROWS) return removed;
      this.#done = stream.id;
    }
    this.#done = end - 1;
    return removed;
  }

  #limited(
    { first, end, nowMs }: {
      readonly first: number;
      readonly end: number;
      readonly nowMs: number;
    },
  ): readonly Limited[] {
    return this.#statements.limited.all(first, end).map((row) => {
      const [maxCount, maxAgeSeconds] = [row["max_count"], row["max_age_seconds"]];
      const last = row["last_revision"] as number;
      return {
        id: row["id"] as number,
        lowest: Math.max(
          row["truncate_before"] as number,
          row["deleted_before"] as number,
          typeof maxCount === "number" ? last + 1 - maxCount : 0,
        ),
        oldestMs: typeof maxAgeSeconds === "number" ? nowMs - maxAgeSeconds * 1_000 : 0,
        last,
        removedBefore: row["scavenged_before"] as number,
      };
    });
  }

  /** From the oldest on: neither revisions nor positions nor instants ever fall in a stream. */
  #removed(
    { id, lowest, oldestMs, last, removedBefore }: Limited,
    { through, most }: { readonly through: number; readonly most: number },
  ): number {
    const end = oldestMs > 0 ? last : Math.min(lowest, last);
    if (end <= removedBefore) return 0;
    const { oldest, remove, scavenged } = this.#statements;
    let count = 0;
    let before = removedBefore;
    for (const row of oldest.all(id, removedBefore, end, most)) {
      const [position, revision] = [row["position"] as number, row["revision"] as number];
      const isHidden = revision < lowest || (row["recorded_at_ms"] as number) < oldestMs;
      if (!isHidden || position > through) break;
      remove.run(position);
      before = revision + 1;
      count++;
    }
    if (count > 0) scavenged.run(before, id);
    return count;
  }
}

type Statements = Readonly<
  Record<"next" | "limited" | "oldest" | "remove" | "scavenged", StatementSync>
>;

function prepare(database: DatabaseSync): Statements {
  return {
    next: database.prepare("SELECT min(id) AS id FROM streams WHERE id > ?"),
    limited: database.prepare(`
      SELECT * FROM streams WHERE id >= ? AND id < ?
        AND (max_count IS NOT NULL OR max_age_seconds IS NOT NULL OR truncate_before > 0
             OR deleted_before > 0)
      ORDER BY id`),
    oldest: database.prepare(`
      SELECT position, revision, recorded_at_ms FROM events
      WHERE stream_id = ? AND revision >= ? AND revision < ? ORDER BY revision LIMIT ?`),
    remove: database.prepare("DELETE FROM events WHERE position = ?"),
    scavenged: database.prepare("UPDATE streams SET scavenged_before = ? WHERE id = ?"),
  };
}
