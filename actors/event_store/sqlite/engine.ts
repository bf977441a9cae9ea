import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ConcurrencyConflict } from "../../errors.ts";
import { writeUuid } from "../../platform/mod.ts";
import { eventHash, FIRST_HASH } from "../canonical.ts";
import type {
  AppendResult,
  ExpectedRevision,
  NewEvent,
  Snapshot,
  StreamLimits,
} from "../event_store.ts";
import { conflictOf } from "../stream_head.ts";
import { type WrittenEvent, writtenEvents } from "../written_event.ts";
import { packed } from "./packed.ts";
import { Scavenger } from "./scavenger.ts";
import { openForWriting } from "./schema.ts";
import { sqliteTranslated } from "./sqlite_errors.ts";

/** Streams whose head is kept in memory. */
const HEADS_MAX = 50_000;

export interface AppendRequest {
  readonly stream: string;
  readonly events: readonly NewEvent[];
  readonly expectedRevision: ExpectedRevision;
}

interface Head {
  readonly id: number;
  revision: number;
  hash: Uint8Array;
  /** Revision of the first event that a stream read shows after a soft delete. */
  deletedBefore: number;
}

/** The writing half, synchronous: it runs in the writer's worker, or inline in tests. */
export class SqliteEngine {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #nowMs: () => number;
  readonly #heads = new Map<string, Head>();
  readonly #statements: Statements;
  readonly #scavenger: Scavenger;
  #recordedAtMs: number;
  /** What the last COMMIT took, with its flush to the disk. */
  lastCommitMs = 0;

  constructor(
    options: { readonly path: string; readonly nowMs: () => number; readonly pagesMax?: number },
  ) {
    this.#path = options.path;
    this.#nowMs = options.nowMs;
    this.#database = openForWriting(options.path, options);
    this.#statements = prepare(this.#database);
    this.#scavenger = new Scavenger(this.#database);
    const newest = this.#statements.newest.get();
    this.#recordedAtMs = newest === undefined ? 0 : newest["recorded_at_ms"] as number;
  }

  /** The connection, for reads of an in-memory log that no second connection can see. */
  get connection(): DatabaseSync {
    return this.#database;
  }

  /**
   * All requests in one transaction with one fsync; each succeeds or is refused alone. Throws only
   * if the commit itself fails: then nothing of the group was stored.
   */
  appendGroup(requests: readonly AppendRequest[]): readonly (AppendResult | Error)[] {
    return this.#transaction("append", () => {
      // One instant for the group, never before the last: an instant then names a position.
      this.#recordedAtMs = Math.max(this.#recordedAtMs, this.#nowMs());
      return requests.map((request) => this.#append(request));
    });
  }

  setStreamLimits(stream: string, limits: StreamLimits): void {
    this.#transaction("set limits", () => {
      this.#head(stream);
      this.#statements.setLimits.run(
        limits.maxCount ?? null,
        limits.maxAgeSeconds ?? null,
        limits.truncateBefore ?? 0,
        stream,
      );
    });
  }

  softDelete(stream: string, expectedRevision: ExpectedRevision): void {
    this.#transaction("delete", () => {
      const head = this.#head(stream);
      const conflict = conflictOf(`delete '${stream}'`, head, expectedRevision);
      if (conflict !== undefined) throw conflict;
      head.deletedBefore = head.revision + 1;
      this.#statements.softDelete.run(head.deletedBefore, head.id);
    });
  }

  saveSnapshot(stream: string, snapshot: Snapshot): void {
    this.#transaction("save snapshot", () => {
      const { revision, version, state } = snapshot;
      this.#statements.saveSnapshot.run(stream, revision, version, JSON.stringify(state));
    });
  }

  /** Removes a bounded number of hidden events; call again until it answers ALL_SCAVENGED. */
  scavenge(through: number): number {
    return this.#transaction(
      "scavenge",
      () => this.#scavenger.slice({ nowMs: this.#nowMs(), through }),
    );
  }

  close(): void {
    this.#database.close();
  }

  #transaction<T>(action: string, work: () => T): T {
    return sqliteTranslated(`${action} in event log '${this.#path}'`, () => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        const startedMs = performance.now();
        this.#database.exec("COMMIT");
        this.lastCommitMs = performance.now() - startedMs;
        return result;
      } catch (error) {
        // SQLite itself rolls back on a full disk; a second ROLLBACK would hide the cause.
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        this.#heads.clear();
        throw error;
      }
    });
  }

  #append({ stream, events, expectedRevision }: AppendRequest): AppendResult | Error {
    const head = this.#head(stream);
    const repeated = this.#repeated(head, { stream, events });
    if (repeated !== undefined) return repeated;
    const conflict = conflictOf(`append to '${stream}'`, head, expectedRevision);
    if (conflict !== undefined) return conflict;
    // Before the first insert: what has no canonical form is refused alone, not with its group.
    const written = writtenEvents(events, this.#recordedAtMs);
    if (written instanceof Error) return written;
    let position = 0;
    for (const event of written) position = this.#insert(head, event);
    this.#statements.moveHead.run(head.revision, head.hash, head.id);
    return { revision: head.revision, position };
  }

  // The first id decides: an append is all or nothing, so where one is, all are.
  #repeated(
    head: Head,
    { stream, events }: { readonly stream: string; readonly events: readonly NewEvent[] },
  ): AppendResult | Error | undefined {
    if (head.revision < 0) return undefined;
    let place: AppendResult | undefined;
    for (const { id } of events) {
      const known = this.#statements.byId.get(idBytes(id), head.id);
      if (known === undefined) {
        if (place === undefined) return undefined;
        return new ConcurrencyConflict(
          `Cannot append to '${stream}': event '${events[0]!.id}' is in it, event '${id}' is not`,
        );
      }
      place = { revision: known["revision"] as number, position: known["position"] as number };
    }
    return place;
  }

  #insert(head: Head, event: WrittenEvent): number {
    head.hash = eventHash(head.hash, event);
    head.revision++;
    const { encoding, bytes } = packed(event);
    const inserted = this.#statements.insert.run(
      head.id,
      head.revision,
      this.#recordedAtMs,
      encoding,
      idBytes(event.id),
      head.hash,
      event.type,
      event.metadataText,
      bytes,
    );
    return Number(inserted.lastInsertRowid);
  }

  #head(stream: string): Head {
    const known = this.#heads.get(stream);
    if (known !== undefined) return known;
    const row = this.#statements.stream.get(stream);
    const head: Head = row === undefined
      ? {
        id: Number(this.#statements.addStream.run(stream, FIRST_HASH).lastInsertRowid),
        revision: -1,
        hash: FIRST_HASH,
        deletedBefore: 0,
      }
      : {
        id: row["id"] as number,
        revision: row["last_revision"] as number,
        hash: row["last_hash"] as Uint8Array,
        deletedBefore: row["deleted_before"] as number,
      };
    if (this.#heads.size >= HEADS_MAX) this.#heads.delete(this.#heads.keys().next().value!);
    this.#heads.set(stream, head);
    return head;
  }
}

function idBytes(id: string): Uint8Array {
  const bytes = new Uint8Array(16);
  writeUuid(bytes, 0, id);
  return bytes;
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync): Readonly<
  Record<
    | "newest"
    | "stream"
    | "addStream"
    | "moveHead"
    | "insert"
    | "byId"
    | "setLimits"
    | "softDelete"
    | "saveSnapshot",
    StatementSync
  >
> {
  return {
    newest: database.prepare("SELECT recorded_at_ms FROM events ORDER BY position DESC LIMIT 1"),
    stream: database.prepare("SELECT * FROM streams WHERE name = ?"),
    addStream: database.prepare(
      "INSERT INTO streams (name, last_revision, last_hash) VALUES (?, -1, ?)",
    ),
    moveHead: database.prepare("UPDATE streams SET last_revision = ?, last_hash = ? WHERE id = ?"),
    insert: database.prepare(`
      INSERT INTO events
        (stream_id, revision, recorded_at_ms, encoding, event_id, hash, type, metadata, data)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    byId: database.prepare(
      // Left to itself, SQLite looks through the whole stream by its other index.
      "SELECT position, revision FROM events INDEXED BY events_by_id WHERE event_id = ? AND stream_id = ?",
    ),
    setLimits: database.prepare(
      "UPDATE streams SET max_count = ?, max_age_seconds = ?, truncate_before = ? WHERE name = ?",
    ),
    softDelete: database.prepare("UPDATE streams SET deleted_before = ? WHERE id = ?"),
    saveSnapshot: database.prepare(`
      INSERT INTO snapshots (stream, revision, version, state) VALUES (?, ?, ?, ?)
      ON CONFLICT (stream) DO UPDATE SET
        revision = excluded.revision, version = excluded.version, state = excluded.state
      WHERE excluded.revision >= snapshots.revision`),
  };
}
