import { DatabaseSync } from "node:sqlite";
import { InvariantViolation } from "../../errors.ts";
import { sqliteTranslated } from "./sqlite_errors.ts";

/** `PRAGMA user_version`: a file of a later version is refused, never guessed at. */
const SCHEMA_VERSION = 1;
/** Bytes; large enough that a commit of message batches writes few pages. */
const PAGE_BYTES = 8_192;
/** Pages of the write-ahead log before it is copied back: about 32 MiB. */
const WAL_PAGES = 4_096;
/** Files up to so many bytes are checked through at the start; it takes well below 100 ms. */
const CHECKED_BYTES_MAX = 64 * 1024 * 1024;

/** How `events.data` is held. */
export const ENCODING_JSON = 0;
export const ENCODING_BYTES = 1;
export const ENCODING_ZSTD = 2;

// stream_id and revision stand before the payload: a scan that filters by stream never reads the
// overflow pages that hold message batches.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    last_revision INTEGER NOT NULL,
    last_hash BLOB NOT NULL,
    max_count INTEGER,
    max_age_seconds INTEGER,
    truncate_before INTEGER NOT NULL DEFAULT 0,
    deleted_before INTEGER NOT NULL DEFAULT 0,
    scavenged_before INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    stream_id INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    recorded_at_ms INTEGER NOT NULL,
    encoding INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    hash BLOB NOT NULL,
    type TEXT NOT NULL,
    metadata TEXT NOT NULL,
    data BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS events_by_stream ON events (stream_id, revision);
  CREATE INDEX IF NOT EXISTS events_by_id ON events (event_id);
  CREATE TABLE IF NOT EXISTS snapshots (
    stream TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL
  ) STRICT;
`;

const TABLES = ["streams", "events", "snapshots"];

/** Opens the log for writing, making it at the first start. */
export function openForWriting(
  path: string,
  options: { readonly pagesMax?: number },
): DatabaseSync {
  return sqliteTranslated(`open event log '${path}'`, () => {
    const database = new DatabaseSync(path);
    try {
      refuseForeign(database, path);
      database.exec(`
        PRAGMA page_size = ${PAGE_BYTES};
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = ${WAL_PAGES};
        PRAGMA journal_size_limit = ${2 * WAL_PAGES * PAGE_BYTES};
        PRAGMA busy_timeout = 5000;
      `);
      refuseDamaged(database, path);
      if (options.pagesMax !== undefined) {
        database.exec(`PRAGMA max_page_count = ${options.pagesMax}`);
      }
      // All or nothing: a start that was cut short must not leave tables that look foreign.
      database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

export function openForReading(path: string): DatabaseSync {
  return sqliteTranslated(`open event log '${path}'`, () => {
    const database = new DatabaseSync(path, { readOnly: true });
    database.exec("PRAGMA busy_timeout = 5000; PRAGMA cache_size = -4000;");
    return database;
  });
}

// Before the first pragma that writes: what is not ours keeps every byte.
function refuseForeign(database: DatabaseSync, path: string): void {
  const version = database.prepare("PRAGMA user_version").get()!["user_version"] as number;
  const tables = database.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  ).all().map(({ name }) => String(name));
  const ours = version > 0 && TABLES.every((table) => tables.includes(table));
  if (!ours && (version > 0 || tables.length > 0)) {
    throw new InvariantViolation(
      `Cannot open event log '${path}': it is the database of another program, choose another path`,
    );
  }
  if (version > SCHEMA_VERSION) {
    throw new InvariantViolation(
      `Cannot open event log '${path}': its version is ${version}, this program knows ${SCHEMA_VERSION}`,
    );
  }
}

function refuseDamaged(database: DatabaseSync, path: string): void {
  const size = database.prepare(
    "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()",
  ).get()!["bytes"] as number;
  if (size > CHECKED_BYTES_MAX) return;
  const found = database.prepare("PRAGMA quick_check(1)").get()!["quick_check"] as string;
  if (found === "ok") return;
  throw new InvariantViolation(
    `Cannot open event log '${path}': the file is damaged (${found}), restore it from a copy`,
  );
}
