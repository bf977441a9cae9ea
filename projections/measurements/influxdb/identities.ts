import { createHash } from "node:crypto";
import type { ReadModelFile } from "../../read_model/mod.ts";
import { SERIES_CACHE_MAX } from "./limits.ts";

/*
 * InfluxDB knows a point by its tags and its time in nanoseconds; a second one with both replaces the
 * first. Series times are microseconds, so a thousand nanoseconds are free to tell apart records of
 * one series and one time. They are numbered in the order of the log. The number is a function of
 * the log alone: a repeat, another node, and a rebuild come to the same.
 *
 * To number them, one must know how many came before. A record that is not older than the newest of
 * its series is counted beside that newest time, in one row a series. Only a record that comes late
 * is counted in a row of its own. Both lie in the local file, and move with its checkpoint.
 */

/** Of the thousand numbers in a microsecond: below it records in order, from it those that came late. */
export const LATE_FROM = 500;

export const IDENTITY_SCHEMA = `
  CREATE TABLE IF NOT EXISTS series (
    key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,
    newest_us INTEGER NOT NULL, records INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS late (
    series_key INTEGER NOT NULL, time_us INTEGER NOT NULL, records INTEGER NOT NULL,
    PRIMARY KEY (series_key, time_us)
  ) STRICT, WITHOUT ROWID;
`;

/** Enough of SHA-256 that two series never meet. */
const ID_BYTES = 16;

export interface Identity {
  /** Nanoseconds since the epoch. */
  readonly timeNs: bigint;
  /** 0, unless one microsecond of the series holds more records than a microsecond has numbers. */
  readonly more: number;
}

interface SeriesState {
  /** Undefined until the series is saved. */
  key: number | undefined;
  readonly id: Uint8Array;
  newestUs: number;
  /** Records at the newest time. */
  records: number;
  /** Records by time, of those that came late since the last save. */
  readonly late: Map<number, number>;
}

/** Numbers records; what it learns is kept by `save`, or forgotten. */
export class Identities {
  readonly #file: ReadModelFile;
  readonly #states = new Map<string, SeriesState>();
  readonly #touched = new Set<SeriesState>();

  constructor(file: ReadModelFile) {
    this.#file = file;
  }

  /** The identity of the next record of a series; records must come in the order of the log. */
  next(series: string, timeUs: number): Identity {
    const state = this.#stateOf(series);
    this.#touched.add(state);
    if (timeUs > state.newestUs) {
      state.newestUs = timeUs;
      state.records = 0;
    }
    const late = timeUs < state.newestUs;
    const before = late ? this.#lateRecords(state, timeUs) : state.records++;
    if (late) state.late.set(timeUs, before + 1);
    return {
      timeNs: BigInt(timeUs) * 1_000n + BigInt((late ? LATE_FROM : 0) + before % LATE_FROM),
      more: Math.floor(before / LATE_FROM),
    };
  }

  /** To be called in the transaction that moves the checkpoint. */
  save(): void {
    for (const state of this.#touched) {
      const { key, newestUs, records } = state;
      if (key === undefined) {
        state.key = this.#file.statement(
          "INSERT INTO series (id, newest_us, records) VALUES (?, ?, ?) RETURNING key",
        ).get(state.id, newestUs, records)!["key"] as number;
      } else {
        this.#file.statement("UPDATE series SET newest_us = ?, records = ? WHERE key = ?")
          .run(newestUs, records, key);
      }
      const insert = this.#file.statement("INSERT OR REPLACE INTO late VALUES (?, ?, ?)");
      for (const [timeUs, count] of state.late) insert.run(state.key!, timeUs, count);
    }
  }

  /** What was learned is in the file. */
  saved(): void {
    for (const state of this.#touched) state.late.clear();
    this.#touched.clear();
    for (const series of this.#states.keys()) {
      if (this.#states.size <= SERIES_CACHE_MAX) break;
      this.#states.delete(series);
    }
  }

  /** What was learned since the last save did not come about. */
  forget(): void {
    this.#states.clear();
    this.#touched.clear();
  }

  #stateOf(series: string): SeriesState {
    const known = this.#states.get(series);
    if (known !== undefined) return known;
    const id = createHash("sha256").update(series).digest().subarray(0, ID_BYTES);
    const row = this.#file.statement("SELECT key, newest_us, records FROM series WHERE id = ?")
      .get(id);
    const state: SeriesState = {
      key: row?.["key"] as number | undefined,
      id,
      newestUs: row === undefined ? -Infinity : row["newest_us"] as number,
      records: row === undefined ? 0 : row["records"] as number,
      late: new Map(),
    };
    this.#states.set(series, state);
    return state;
  }

  #lateRecords({ key, late }: SeriesState, timeUs: number): number {
    const learned = late.get(timeUs);
    if (learned !== undefined || key === undefined) return learned ?? 0;
    const row = this.#file.statement(
      "SELECT records FROM late WHERE series_key = ? AND time_us = ?",
    ).get(key, timeUs);
    return row === undefined ? 0 : row["records"] as number;
  }
}
