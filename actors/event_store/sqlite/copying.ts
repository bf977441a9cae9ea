import type { DatabaseSync } from "node:sqlite";
import { InvariantViolation } from "../../errors.ts";
import { systemClock, writeUuid } from "../../platform/mod.ts";
import { eventHash, FIRST_HASH } from "../canonical.ts";
import type { RecordedEvent } from "../event_store.ts";
import { type ListedLog, type LogCopy, misplaced, type StreamEnding } from "../stored_log.ts";
import { writtenEvents } from "../written_event.ts";
import { CommitSignal } from "./commit_signal.ts";
import { packed } from "./packed.ts";
import { SqliteReader } from "./reader.ts";
import { openForReading, openForWriting } from "./schema.ts";
import { sqliteTranslated } from "./sqlite_errors.ts";

/** A log in a file, as it is stored. Throws InvariantViolation if the file is none. */
export function openStoredSqliteLog(path: string): ListedLog {
  return new SqliteStoredLog({ path, database: openForReading(path) });
}

/** A file that is written as a copy of another log; it is made if it is not there. */
export function openSqliteLogCopy(path: string): LogCopy & ListedLog {
  return new SqliteLogCopy({ path, database: openForWriting(path, {}) });
}

interface OpenedFile {
  readonly path: string;
  readonly database: DatabaseSync;
}

class SqliteStoredLog implements ListedLog {
  readonly events: SqliteReader;
  protected readonly file: OpenedFile;

  constructor(file: OpenedFile) {
    this.file = file;
    this.events = new SqliteReader({
      ...file,
      nowMs: () => systemClock.nowMs(),
      // As stored: nothing is upcast.
      upcasting: (_, data) => data,
      committed: new CommitSignal(),
    });
  }

  streams({ after, limit }: { readonly after: string; readonly limit: number }): readonly string[] {
    return this.read(
      "list streams",
      ({ database }) =>
        database.prepare("SELECT name FROM streams WHERE name > ? ORDER BY name LIMIT ?")
          .all(after, limit).map(({ name }) => name as string),
    );
  }

  async ending(stream: string): Promise<StreamEnding> {
    const limits = await this.events.streamLimits(stream);
    return this.read(`read stream '${stream}'`, ({ database }) => {
      const row = database.prepare("SELECT * FROM streams WHERE name = ?").get(stream);
      return {
        revision: (row?.["last_revision"] ?? -1) as number,
        hash: (row?.["last_hash"] ?? FIRST_HASH) as Uint8Array,
        limits,
        deletedBefore: (row?.["deleted_before"] ?? 0) as number,
      };
    });
  }

  // deno-lint-ignore require-await -- what the synchronous read throws becomes a rejection
  async placeOf({ stream, revision, hash }: RecordedEvent): Promise<number | undefined> {
    return this.read(`read stream '${stream}'`, ({ database }) => {
      const row = database.prepare(
        `SELECT e.position, e.hash FROM events e JOIN streams s ON s.id = e.stream_id
         WHERE s.name = ? AND e.revision = ?`,
      ).get(stream, revision);
      const found = row?.["hash"] as Uint8Array | undefined;
      // The hash covers the id and all that came before.
      return found?.every((byte, index) => byte === hash[index]) === true
        ? row!["position"] as number
        : undefined;
    });
  }

  // deno-lint-ignore require-await -- the port is asynchronous, closing is not
  async close(): Promise<void> {
    this.file.database.close();
  }

  protected read<T>(action: string, work: (file: OpenedFile) => T): T {
    return sqliteTranslated(`${action} in event log '${this.file.path}'`, () => work(this.file));
  }
}

/** Events come with their positions, which any number may be: so places in the log stay what they were. */
class SqliteLogCopy extends SqliteStoredLog implements LogCopy {
  readonly keepsPositions = true;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(file: OpenedFile) {
    super(file);
    this.#statements = prepare(file.database);
  }

  // deno-lint-ignore require-await -- what the synchronous write throws becomes a rejection
  async add(events: readonly RecordedEvent[]): Promise<void> {
    this.read("copy events", ({ database }) => {
      database.exec("BEGIN IMMEDIATE");
      try {
        for (const event of events) this.#insert(event);
        database.exec("COMMIT");
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  // deno-lint-ignore require-await -- what the synchronous write throws becomes a rejection
  async settle(stream: string, { limits, deletedBefore }: StreamEnding): Promise<void> {
    this.read(`set limits of '${stream}'`, () => {
      const { addStream, settle } = this.#statements;
      addStream.run(stream, FIRST_HASH, 0);
      settle.run(
        limits.maxCount ?? null,
        limits.maxAgeSeconds ?? null,
        limits.truncateBefore ?? 0,
        deletedBefore,
        stream,
      );
    });
  }

  #insert(event: RecordedEvent): void {
    const { stream, revision, position, id, type, metadata } = event;
    const written = writtenEvents([event], metadata.recordedAtMs);
    if (written instanceof Error) throw written;
    const [only] = written;
    const { addStream, stream: known, insert, moveHead } = this.#statements;
    addStream.run(stream, FIRST_HASH, revision);
    const row = known.get(stream)!;
    const fault = misplaced(event, {
      revision: row["last_revision"] as number,
      hash: eventHash(row["last_hash"] as Uint8Array, only!),
    });
    if (fault !== undefined) {
      throw new InvariantViolation(
        `Cannot copy event ${revision} of '${stream}' (${id}): ${fault}`,
      );
    }
    const { encoding, bytes } = packed(only!);
    const idBytes = new Uint8Array(16);
    writeUuid(idBytes, 0, id);
    const { recordedAtMs } = metadata;
    const place = [position, row["id"]!, revision] as const;
    const { metadataText } = only!;
    insert.run(
      ...place,
      recordedAtMs,
      encoding,
      idBytes,
      event.hash,
      type,
      metadataText,
      bytes,
    );
    moveHead.run(revision, event.hash, row["id"]!);
  }
}

function prepare(database: DatabaseSync) {
  return {
    addStream: database.prepare(
      `INSERT OR IGNORE INTO streams (name, last_revision, last_hash, scavenged_before)
       VALUES (?, -1, ?, ?)`,
    ),
    stream: database.prepare("SELECT id, last_revision, last_hash FROM streams WHERE name = ?"),
    insert: database.prepare(`
      INSERT INTO events
        (position, stream_id, revision, recorded_at_ms, encoding, event_id, hash, type, metadata, data)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    moveHead: database.prepare("UPDATE streams SET last_revision = ?, last_hash = ? WHERE id = ?"),
    settle: database.prepare(
      `UPDATE streams SET max_count = ?, max_age_seconds = ?, truncate_before = ?, deleted_before = ?
       WHERE name = ?`,
    ),
  };
}
