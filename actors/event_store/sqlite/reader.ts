import type { DatabaseSync, StatementSync } from "node:sqlite";
import { zstdDecompressSync } from "node:zlib";
import { readUuid } from "../../platform/mod.ts";
import {
  type EventMetadata,
  type EventReader,
  type JsonObject,
  type LogPage,
  type LogReadOptions,
  READ_LIMIT_MAX,
  type RecordedEvent,
  type Snapshot,
  type StreamLimits,
  type StreamReadOptions,
} from "../event_store.ts";
import { checkPosition, checkReadLimit } from "../bounds.ts";
import { type Upcasting } from "../upcasting.ts";
import { ENCODING_JSON, ENCODING_ZSTD } from "./schema.ts";
import { sqliteTranslated } from "./sqlite_errors.ts";
import type { CommitSignal } from "./commit_signal.ts";

/** Decompressed bytes after which a page ends, whatever its limit. */
const PAGE_BYTES_MAX = 1024 * 1024;
/** Rows fetched at once, so that a page overshoots its bytes by little. */
const CHUNK_ROWS = 32;

const EVENT_COLUMNS =
  "e.position, e.revision, e.recorded_at_ms, e.encoding, e.event_id, e.hash, e.type, e.metadata, e.data";

const decoder = new TextDecoder();

export interface ReaderOptions {
  readonly database: DatabaseSync;
  readonly path: string;
  readonly nowMs: () => number;
  readonly upcasting: Upcasting;
  readonly committed: CommitSignal;
}

/**
 * Takes the stream's id, its first and last revision, the oldest instant, and how many rows. One
 * bound below: of two SQLite takes the first for its index, and passes over all rows in between.
 */
export function streamRows(order: "ASC" | "DESC"): string {
  return `SELECT ${EVENT_COLUMNS} FROM events e
          WHERE e.stream_id = ? AND e.revision BETWEEN ? AND ? AND e.recorded_at_ms >= ?
          ORDER BY e.revision ${order} LIMIT ?`;
}

/** The reading half on a connection of its own: reads are synchronous inside, pages keep them short. */
export class SqliteReader implements EventReader {
  readonly #database: DatabaseSync;
  readonly #options: ReaderOptions;
  readonly #statements = new Map<string, StatementSync>();

  constructor(options: ReaderOptions) {
    this.#database = options.database;
    this.#options = options;
  }

  /** Of SQLite. */
  get engineVersion(): string {
    return this.#statement("SELECT sqlite_version() AS version").get()!["version"] as string;
  }

  readStream(stream: string, options: StreamReadOptions): Promise<readonly RecordedEvent[]> {
    return this.#read(`read stream '${stream}'`, () => {
      checkReadLimit(options.limit);
      const row = this.#statement("SELECT * FROM streams WHERE name = ?").get(stream);
      if (row === undefined) return [];
      const backwards = options.direction === "backwards";
      const { lowest, oldestMs } = this.#shownOf(row);
      const { fromRevision: from } = options;
      const first = backwards ? lowest : Math.max(lowest, from ?? 0);
      const last = backwards ? from ?? Number.MAX_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
      const rows = this.#statement(streamRows(backwards ? "DESC" : "ASC"))
        .all(row["id"]!, first, last, oldestMs, options.limit);
      return rows.map((event) => this.#event(event, { stream, stored: options.stored === true }));
    });
  }

  firstRevision(stream: string): Promise<number> {
    return this.#read(`read stream '${stream}'`, () => {
      const row = this.#statement("SELECT * FROM streams WHERE name = ?").get(stream);
      if (row === undefined) return 0;
      const { lowest, oldestMs } = this.#shownOf(row);
      const first = this.#statement(
        `SELECT revision FROM events WHERE stream_id = ? AND revision >= ? AND recorded_at_ms >= ?
         ORDER BY revision LIMIT 1`,
      ).get(row["id"]!, lowest, oldestMs);
      return (first?.["revision"] ?? (row["last_revision"] as number) + 1) as number;
    });
  }

  eventAt(position: number): Promise<RecordedEvent | undefined> {
    return this.#read("read the log", () => {
      checkPosition(position);
      const row = this.#statement(
        `SELECT ${EVENT_COLUMNS}, s.name FROM events e JOIN streams s ON s.id = e.stream_id
         WHERE e.position = ?`,
      ).get(position);
      return row && this.#event(row, { stream: row["name"] as string, stored: false });
    });
  }

  readAll(options: LogReadOptions): Promise<LogPage> {
    return this.#read("read the log", () => {
      checkReadLimit(options.limit);
      checkPosition(options.after);
      // The one writer's commits come in ascending positions: what is there up to `last` is complete.
      const last = this.#last();
      const events: RecordedEvent[] = [];
      let after = options.after;
      let bytes = 0;
      while (events.length < options.limit && bytes < PAGE_BYTES_MAX) {
        const wanted = Math.min(CHUNK_ROWS, options.limit - events.length);
        const rows = this.#logRows(after, last, { ...options, limit: wanted });
        for (const row of rows) {
          const event = this.#event(row, { stream: row["name"] as string, stored: false });
          bytes += event.data instanceof Uint8Array
            ? event.data.length
            : (row["data"] as Uint8Array).length;
          events.push(event);
        }
        if (rows.length < wanted) {
          return { events, reached: Math.max(last, options.after), atEnd: true };
        }
        after = events.at(-1)!.position;
      }
      return { events, reached: after, atEnd: after >= last };
    });
  }

  async *subscribeToAll(
    options: Omit<LogReadOptions, "limit"> & { readonly signal: AbortSignal },
  ): AsyncIterable<LogPage> {
    const { signal, ...where } = options;
    let after = options.after;
    while (!signal.aborted) {
      const seen = this.#options.committed.count;
      const page = await this.readAll({ ...where, after, limit: READ_LIMIT_MAX });
      after = page.reached;
      if (page.events.length > 0) yield page;
      if (page.atEnd) await this.#options.committed.after(seen, signal);
    }
  }

  lastPosition(): Promise<number> {
    return this.#read("read the log", () => this.#last());
  }

  async grownBeyond(position: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const seen = this.#options.committed.count;
      if (await this.lastPosition() > position) return;
      await this.#options.committed.after(seen, signal);
    }
  }

  streamLimits(stream: string): Promise<StreamLimits> {
    return this.#read(`read limits of stream '${stream}'`, () => {
      const row = this.#statement("SELECT * FROM streams WHERE name = ?").get(stream);
      if (row === undefined) return {};
      const { max_count, max_age_seconds, truncate_before } = row;
      return {
        ...(max_count === null ? {} : { maxCount: max_count as number }),
        ...(max_age_seconds === null ? {} : { maxAgeSeconds: max_age_seconds as number }),
        ...(truncate_before === 0 ? {} : { truncateBefore: truncate_before as number }),
      };
    });
  }

  readSnapshot(stream: string): Promise<Snapshot | undefined> {
    return this.#read(`read snapshot of stream '${stream}'`, () => {
      const row = this.#statement("SELECT * FROM snapshots WHERE stream = ?").get(stream);
      if (row === undefined) return undefined;
      return {
        revision: row["revision"] as number,
        version: row["version"] as number,
        state: JSON.parse(row["state"] as string) as JsonObject,
      };
    });
  }

  close(): void {
    this.#database.close();
  }

  // deno-lint-ignore require-await -- what the synchronous read throws becomes a rejection
  async #read<T>(action: string, work: () => T): Promise<T> {
    return sqliteTranslated(`${action} in event log '${this.#options.path}'`, work);
  }

  /** From where on a stream's events are shown, by its limits. */
  #shownOf(row: Record<string, unknown>): { readonly lowest: number; readonly oldestMs: number } {
    const [maxCount, maxAgeSeconds] = [row["max_count"], row["max_age_seconds"]];
    return {
      lowest: Math.max(
        row["truncate_before"] as number,
        row["deleted_before"] as number,
        typeof maxCount === "number" ? (row["last_revision"] as number) + 1 - maxCount : 0,
      ),
      oldestMs: typeof maxAgeSeconds === "number"
        ? this.#options.nowMs() - maxAgeSeconds * 1_000
        : 0,
    };
  }

  #last(): number {
    return this.#statement("SELECT coalesce(max(position), 0) AS last FROM events").get()![
      "last"
    ] as number;
  }

  #logRows(after: number, last: number, options: LogReadOptions): ReturnType<StatementSync["all"]> {
    const prefixes = options.streamPrefixes;
    // Of no prefixes, none matches.
    const matching = prefixes === undefined
      ? ""
      : prefixes.length === 0
      ? "AND FALSE"
      : `AND (${prefixes.map(() => "(s.name >= ? AND s.name < ?)").join(" OR ")})`;
    // CROSS JOIN keeps SQLite on the order of positions instead of sorting what each stream holds.
    const statement = this.#statement(
      `SELECT ${EVENT_COLUMNS}, s.name FROM events e CROSS JOIN streams s ON s.id = e.stream_id
       WHERE e.position > ? AND e.position <= ? ${matching} ORDER BY e.position LIMIT ?`,
    );
    const bounds = (prefixes ?? []).flatMap((prefix) => [prefix, `${prefix}\u{10ffff}`]);
    return statement.all(after, last, ...bounds, options.limit);
  }

  #event(
    row: Record<string, unknown>,
    { stream, stored }: { readonly stream: string; readonly stored: boolean },
  ): RecordedEvent {
    const type = row["type"] as string;
    const metadata = JSON.parse(row["metadata"] as string) as
      & EventMetadata
      & { recordedAtMs: number };
    const event = {
      position: row["position"] as number,
      stream,
      revision: row["revision"] as number,
      id: readUuid(row["event_id"] as Uint8Array, 0),
      type,
      hash: row["hash"] as Uint8Array,
    };
    const data = dataOf(row);
    if (stored || data instanceof Uint8Array) return { ...event, data, metadata };
    const newest = this.#options.upcasting(type, { data, schemaVersion: metadata.schemaVersion });
    return {
      ...event,
      data: newest.data,
      metadata: { ...metadata, schemaVersion: newest.schemaVersion },
    };
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function dataOf(row: Record<string, unknown>): JsonObject | Uint8Array {
  const bytes = row["data"] as Uint8Array;
  switch (row["encoding"]) {
    case ENCODING_JSON:
      return JSON.parse(decoder.decode(bytes)) as JsonObject;
    case ENCODING_ZSTD:
      return new Uint8Array(zstdDecompressSync(bytes));
    default:
      return bytes;
  }
}
