import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { copySqliteFile, sqliteTranslated } from "../event_store/sqlite/mod.ts";
import { decrypt, encrypt } from "./cipher.ts";

const KEY_BYTES = 32;
const FILE_MODE = 0o600;

/** The keys of persons, each wrapped under the installation's; deliberately not a projection. */
export interface Vault {
  /** Makes the key if there is none. */
  keyOf(userId: string): Uint8Array;
  existingKeyOf(userId: string): Uint8Array | undefined;
  close(): void;
}

/**
 * A key is on the disk (synchronous=FULL) before anything is encrypted with it. The file is not part
 * of the log: erasing a row makes every event of that person unreadable for good.
 */
export function openVault(path: string, wrappingKey: Uint8Array): Vault {
  // Before SQLite opens it: the files that it lays beside it get the same mode.
  Deno.openSync(path, { write: true, create: true, mode: FILE_MODE }).close();
  Deno.chmodSync(path, FILE_MODE);
  const database = new DatabaseSync(path);
  const { read, insert } = sqliteTranslated(`open the keys of persons '${path}'`, () => {
    database.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;
      CREATE TABLE IF NOT EXISTS personal_keys
        (user_id TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
    `);
    return {
      read: database.prepare("SELECT wrapped FROM personal_keys WHERE user_id = ?"),
      insert: database.prepare("INSERT INTO personal_keys (user_id, wrapped) VALUES (?, ?)"),
    };
  });
  const existingKeyOf = (userId: string): Uint8Array | undefined => {
    const row = sqliteTranslated(`read the keys of persons '${path}'`, () => read.get(userId));
    return row === undefined ? undefined : decrypt(wrappingKey, row["wrapped"] as Uint8Array);
  };
  return {
    existingKeyOf,
    keyOf(userId) {
      const known = existingKeyOf(userId);
      if (known !== undefined) return known;
      const fresh = randomBytes(KEY_BYTES);
      const wrapped = encrypt(wrappingKey, fresh);
      sqliteTranslated(`write the keys of persons '${path}'`, () => insert.run(userId, wrapped));
      return fresh;
    },
    close: () => database.close(),
  };
}

/**
 * Copies the keys of persons while a platform may be adding some. Who copies the log too copies it
 * before: then each key that an event needs is there, but those that were erased.
 */
export function copyVault(from: string, to: string): void {
  copySqliteFile(from, to);
  Deno.chmodSync(to, FILE_MODE);
}
