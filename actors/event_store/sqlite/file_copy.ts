import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { zstdDecompressSync } from "node:zlib";
import { InvariantViolation } from "../../errors.ts";
import { readUuid } from "../../platform/mod.ts";
import { eventHash, FIRST_HASH } from "../canonical.ts";
import { ENCODING_ZSTD, openForReading } from "./schema.ts";
import { sqliteTranslated } from "./sqlite_errors.ts";

/** Events that are looked at between two breaths. */
const PAGE_EVENTS = 256;

/** What a file of the log was found to hold. */
export interface ExaminedLog {
  readonly events: number;
  readonly streams: number;
  readonly lastPosition: number;
  /** SHA-256, in hexadecimal digits, over name, revision and hash of every stream's last event. */
  readonly heads: string;
}

/**
 * Copies a file of SQLite's that another process may be writing: what was committed before is in the
 * copy, and the copy is as it was at one instant. The writer is not held up. `to` must not be there.
 */
export function copySqliteFile(from: string, to: string): void {
  sqliteTranslated(`copy '${from}' to '${to}'`, () => {
    const database = new DatabaseSync(from, { readOnly: true });
    try {
      database.exec("PRAGMA busy_timeout = 5000");
      database.prepare("VACUUM INTO ?").run(to);
    } finally {
      database.close();
    }
  });
}

/**
 * Looks through a file of the log that nobody writes: the file itself, and the hash chain of every
 * stream. Throws InvariantViolation with the first fault.
 */
export async function examineSqliteLog(
  path: string,
  onProgress: (position: number, last: number) => void,
): Promise<ExaminedLog> {
  const database = openForReading(path);
  try {
    return await examined(database, { path, onProgress });
  } finally {
    database.close();
  }
}

async function examined(
  database: DatabaseSync,
  { path, onProgress }: {
    readonly path: string;
    readonly onProgress: (position: number, last: number) => void;
  },
): Promise<ExaminedLog> {
  const action = `examine event log '${path}'`;
  const refuse = (fault: string): never => {
    throw new InvariantViolation(`Cannot trust event log '${path}': ${fault}`);
  };
  const { found, last } = sqliteTranslated(action, () => ({
    found: database.prepare("PRAGMA integrity_check(1)").get()!["integrity_check"] as string,
    last: database.prepare("SELECT coalesce(max(position), 0) AS last FROM events").get()!["last"],
  }));
  if (found !== "ok") refuse(`the file is damaged (${found})`);
  const lastPosition = last as number;
  const page = database.prepare(`
    SELECT e.*, p.hash AS previous, s.name,
      p.hash IS NULL AND e.revision > 0 AND EXISTS
        (SELECT 1 FROM events b WHERE b.stream_id = e.stream_id AND b.revision < e.revision) AS gap
    FROM events e JOIN streams s ON s.id = e.stream_id
    LEFT JOIN events p ON p.stream_id = e.stream_id AND p.revision = e.revision - 1
    WHERE e.position > ? ORDER BY e.position LIMIT ${PAGE_EVENTS}`);
  let events = 0;
  for (let position = 0;;) {
    const rows = sqliteTranslated(action, () => page.all(position));
    for (const row of rows) {
      const fault = faultOf(row);
      if (fault !== undefined) refuse(`event ${row["revision"]} of '${row["name"]}' ${fault}`);
    }
    events += rows.length;
    if (rows.length === 0) break;
    position = rows.at(-1)!["position"] as number;
    onProgress(position, lastPosition);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return { events, lastPosition, ...sqliteTranslated(action, () => headsOf(database, refuse)) };
}

function faultOf(row: Record<string, unknown>): string | undefined {
  if (row["gap"] === 1) return "does not follow the one before it: one is missing";
  const previous = row["previous"] as Uint8Array | null;
  // What came before the first that is left is gone; the chain begins here on trust.
  if (previous === null && row["revision"] !== 0) return undefined;
  const stored = row["data"] as Uint8Array;
  const hash = eventHash(previous ?? FIRST_HASH, {
    id: readUuid(row["event_id"] as Uint8Array, 0),
    type: row["type"] as string,
    dataBytes: row["encoding"] === ENCODING_ZSTD ? zstdDecompressSync(stored) : stored,
    metadataText: row["metadata"] as string,
  });
  const same = Buffer.from(hash).equals(row["hash"] as Uint8Array);
  return same ? undefined : "was altered: its hash does not fit";
}

function headsOf(
  database: DatabaseSync,
  refuse: (fault: string) => never,
): { readonly streams: number; readonly heads: string } {
  const digest = createHash("sha256");
  const rows = database.prepare(`
    SELECT s.name, s.last_revision, s.last_hash, e.hash,
      (SELECT max(revision) FROM events WHERE stream_id = s.id) AS newest
    FROM streams s LEFT JOIN events e ON e.stream_id = s.id AND e.revision = s.last_revision
    WHERE s.name > ? ORDER BY s.name LIMIT ${PAGE_EVENTS}`);
  let streams = 0;
  for (let after = "";;) {
    const page = rows.all(after);
    for (const { name, last_revision, last_hash, hash, newest } of page) {
      const isEmpty = last_revision === -1 && newest === null;
      const fits = newest === last_revision &&
        Buffer.from(last_hash as Uint8Array).equals(hash as Uint8Array);
      if (!isEmpty && !fits) refuse(`stream '${name}' does not end where it is said to end`);
      digest.update(`${JSON.stringify(name)} ${last_revision} `).update(last_hash as Uint8Array);
    }
    streams += page.length;
    if (page.length < PAGE_EVENTS) return { streams, heads: digest.digest("hex") };
    after = page.at(-1)!["name"] as string;
  }
}
