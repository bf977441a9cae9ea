import { DatabaseSync, type StatementSync } from "node:sqlite";
import { sqliteTranslated } from "../../actors/mod.ts";

/** One projection's file: its tables and how far it has come. */
export interface ReadModelFile {
  readonly database: DatabaseSync;
  /** A prepared statement, made once for each text. */
  statement(sql: string): StatementSync;
  checkpoint(): number;
  /** Runs `work` and moves the checkpoint, or does neither. */
  advance(checkpoint: number, work: () => void): void;
  /** Removes the files of older versions; until then a program that goes back still finds them. */
  removeOlderVersions(): void;
  close(): void;
}

/** Statements that are kept prepared: a question's filters shape its text, and callers choose them. */
const STATEMENTS_MAX = 256;

/** Opens or makes the file; `folder` is `:memory:` in tests. */
export function openReadModelFile(
  folder: string,
  model: { readonly name: string; readonly version: number; readonly schema: string },
): ReadModelFile {
  const path = folder === ":memory:" ? folder : `${folder}/${model.name}-${model.version}.db`;
  const database = opened(path, model.schema);
  if (path !== ":memory:") Deno.chmodSync(path, 0o600);
  const statements = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    let prepared = statements.get(sql);
    if (prepared !== undefined) return prepared;
    prepared = database.prepare(sql);
    if (statements.size >= STATEMENTS_MAX) statements.delete(statements.keys().next().value!);
    statements.set(sql, prepared);
    return prepared;
  };
  let olderMayBeThere = path !== ":memory:";
  return {
    database,
    statement,
    checkpoint: () => statement("SELECT position FROM checkpoint").get()!["position"] as number,
    advance(checkpoint, work) {
      // A full disk is the runner's to wait for, so it must be told from an event that cannot be.
      sqliteTranslated(`write read model '${path}'`, () => {
        database.exec("BEGIN IMMEDIATE");
        try {
          work();
          statement("UPDATE checkpoint SET position = ?").run(checkpoint);
          database.exec("COMMIT");
        } catch (error) {
          if (database.isTransaction) database.exec("ROLLBACK");
          throw error;
        }
      });
    },
    removeOlderVersions() {
      if (olderMayBeThere) removeOlderVersions(folder, model);
      olderMayBeThere = false;
    },
    close: () => database.close(),
  };
}

function opened(path: string, schema: string): DatabaseSync {
  return sqliteTranslated(`open read model '${path}', which is rebuilt once it is removed`, () => {
    const database = new DatabaseSync(path);
    try {
      database.exec(`
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA busy_timeout = 5000;
        PRAGMA cache_size = -4000;
        CREATE TABLE IF NOT EXISTS checkpoint (
          only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL
        ) STRICT;
        INSERT OR IGNORE INTO checkpoint VALUES (1, 0);
        ${schema}
      `);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

function removeOlderVersions(
  folder: string,
  model: { readonly name: string; readonly version: number },
): void {
  const mine = new RegExp(`^${model.name}-(\\d+)\\.db(-wal|-shm)?$`);
  for (const { name } of [...Deno.readDirSync(folder)]) {
    const version = mine.exec(name)?.[1];
    if (version !== undefined && Number(version) < model.version) {
      Deno.removeSync(`${folder}/${name}`);
    }
  }
}
