import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { InvariantViolation } from "../errors.ts";
import { copySqliteFile, sqliteTranslated } from "../event_store/sqlite/mod.ts";
import { decrypt, encrypt } from "./cipher.ts";

const KEY_BYTES = 32;
const FILE_MODE = 0o600;
/** Stands in the place of the wrapped key: an empty blob cannot be one. */
const ERASED = new Uint8Array(0);

/** What the folder has of a person; undefined if it never had a key. */
export type HeldKey = Uint8Array | "erased" | undefined;

export interface WrappedKey {
  readonly userId: string;
  /** Under the installation's key. */
  readonly wrapped: Uint8Array;
}

/** The keys of persons, each wrapped under the installation's; deliberately not a projection. */
export interface Vault {
  keyOf(userId: string): HeldKey;
  /** Wraps a new key, and keeps nothing. */
  wrappedKey(userId: string): WrappedKey;
  /**
   * Keeps a key if the person has none here and is not erased; answers what holds then. Throws
   * InvariantViolation if it is wrapped under another installation's key.
   */
  keep(wrapped: WrappedKey, options: { readonly shared: boolean }): HeldKey;
  unwrapped(wrapped: WrappedKey): Uint8Array;
  /** Any one of the keys; undefined if there is none. */
  some(): WrappedKey | undefined;
  /** Keys that the shared log was not seen to hold. */
  unshared(limit: number): readonly WrappedKey[];
  markShared(userId: string): void;
  /** For good: a key of theirs is never kept again. */
  erase(userIds: readonly string[]): void;
  /** Position in the log up to which `eraseThrough` was told of erasures. */
  erasedThrough(): number;
  eraseThrough(userIds: readonly string[], position: number): void;
  close(): void;
}

/**
 * A key is on the disk before anything is encrypted with it (synchronous=FULL). The file is not part
 * of the log: erasing a row makes every event of that person unreadable for good.
 */
export function openVault(
  path: string,
  { wrappingKey, makesKeys }: {
    readonly wrappingKey: Uint8Array;
    /** False for who only keeps what the log holds too: nothing is lost there that is not flushed. */
    readonly makesKeys: boolean;
  },
): Vault {
  const database = openDatabase(path);
  try {
    database.exec(`PRAGMA synchronous = ${makesKeys ? "FULL" : "NORMAL"}`);
    const vault = vaultIn(database, { path, wrappingKey });
    checkFits(vault, path);
    return vault;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** At the start and not at the first person: nothing may be sealed under a key that does not fit. */
function checkFits(vault: Vault, path: string): void {
  const held = vault.some();
  if (held === undefined) return;
  try {
    vault.unwrapped(held);
  } catch (cause) {
    throw new InvariantViolation(
      `Cannot use '${path}': it was altered or sealed under another installation's key, the file beside it or --installation-key must hold the one that it was begun with`,
      { cause },
    );
  }
}

function openDatabase(path: string): DatabaseSync {
  // Before SQLite opens it: the files that it lays beside it get the same mode.
  Deno.openSync(path, { write: true, create: true, mode: FILE_MODE }).close();
  Deno.chmodSync(path, FILE_MODE);
  const database = new DatabaseSync(path);
  try {
    sqliteTranslated(`open the keys of persons '${path}'`, () => prepareTables(database));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepareTables(database: DatabaseSync): void {
  // secure_delete: an erased key is overwritten with zeros, and not only let go.
  database.exec(`
    PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON;
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS personal_keys
      (user_id TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS erasures
      (only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL) STRICT;
    INSERT OR IGNORE INTO erasures VALUES (1, 0);
  `);
  // Made by the first version, which knew of no other node.
  const columns = database.prepare("PRAGMA table_info(personal_keys)").all();
  if (!columns.some(({ name }) => name === "shared")) {
    database.exec("ALTER TABLE personal_keys ADD COLUMN shared INTEGER NOT NULL DEFAULT 0");
  }
  database.exec("COMMIT");
}

function vaultIn(
  database: DatabaseSync,
  { path, wrappingKey }: { readonly path: string; readonly wrappingKey: Uint8Array },
): Vault {
  const read = database.prepare("SELECT user_id, wrapped FROM personal_keys WHERE user_id = ?");
  const insert = database.prepare(
    "INSERT OR IGNORE INTO personal_keys (user_id, wrapped, shared) VALUES (?, ?, ?)",
  );
  const reading = <T>(work: () => T): T =>
    sqliteTranslated(`read the keys of persons '${path}'`, work);
  const writing = <T>(work: () => T): T =>
    sqliteTranslated(`write the keys of persons '${path}'`, work);
  const unwrapped = ({ wrapped }: WrappedKey): Uint8Array => decrypt(wrappingKey, wrapped);
  const keyOf = (userId: string): HeldKey => {
    const row = reading(() => read.get(userId));
    if (row === undefined) return undefined;
    const held = wrappedKeyIn(row);
    return held.wrapped.length === 0 ? "erased" : unwrapped(held);
  };
  const eraseThrough = (userIds: readonly string[], position: number): void =>
    writing(() => eraseRows(database, { userIds, position }));
  const erasedThrough = (): number =>
    reading(() => database.prepare("SELECT position FROM erasures").get()!["position"] as number);
  return {
    keyOf,
    wrappedKey: (userId) => ({ userId, wrapped: encrypt(wrappingKey, randomBytes(KEY_BYTES)) }),
    keep(key, { shared }) {
      unwrapped(key);
      writing(() => insert.run(key.userId, key.wrapped, shared ? 1 : 0));
      return keyOf(key.userId);
    },
    unwrapped,
    some() {
      const row = reading(() =>
        database.prepare(
          "SELECT user_id, wrapped FROM personal_keys WHERE length(wrapped) > 0 LIMIT 1",
        ).get()
      );
      return row === undefined ? undefined : wrappedKeyIn(row);
    },
    unshared: (limit) =>
      reading(() =>
        database.prepare("SELECT user_id, wrapped FROM personal_keys WHERE shared = 0 LIMIT ?")
          .all(limit)
      ).map(wrappedKeyIn),
    markShared: (userId) =>
      void writing(() =>
        database.prepare("UPDATE personal_keys SET shared = 1 WHERE user_id = ?").run(userId)
      ),
    erase: (userIds) => eraseThrough(userIds, 0),
    erasedThrough,
    eraseThrough,
    close: () => database.close(),
  };
}

function eraseRows(
  database: DatabaseSync,
  { userIds, position }: { readonly userIds: readonly string[]; readonly position: number },
): void {
  const erase = database.prepare(`
    INSERT INTO personal_keys (user_id, wrapped, shared) VALUES (?, ?, 1)
    ON CONFLICT (user_id) DO UPDATE SET wrapped = excluded.wrapped, shared = 1
  `);
  database.exec("BEGIN IMMEDIATE");
  try {
    for (const userId of userIds) erase.run(userId, ERASED);
    database.prepare("UPDATE erasures SET position = max(position, ?)").run(position);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
  // The write-ahead log holds pages as they were before.
  if (userIds.length > 0) database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

function wrappedKeyIn(row: Record<string, unknown>): WrappedKey {
  return { userId: row["user_id"] as string, wrapped: row["wrapped"] as Uint8Array };
}

/**
 * Copies the keys of persons while a platform may be adding some. Who copies the log too copies it
 * before: then each key that an event needs is there, but those that were erased.
 */
export function copyVault(from: string, to: string): void {
  copySqliteFile(from, to);
  Deno.chmodSync(to, FILE_MODE);
}
