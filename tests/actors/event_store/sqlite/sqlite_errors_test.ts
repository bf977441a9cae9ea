import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  InvariantViolation,
  sqliteTranslated,
  StorageFull,
  TransientError,
} from "../../../../actors/mod.ts";
import { SqliteEngine } from "../../../../actors/event_store/sqlite/engine.ts";
import { errorOf, errorText } from "../../../../actors/error_text.ts";
import { numbered } from "../events.ts";
import { withPath } from "./with_path.ts";

/** What the caller gets where SQLite throws `text`. */
function translationOf(text: string): Error {
  const cause = Object.assign(new Error(text), { code: "ERR_SQLITE_ERROR" });
  try {
    return sqliteTranslated("append in event log '/data/events.db'", () => {
      throw cause;
    });
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.equal(error.cause, cause);
    assert.ok(error.message.startsWith("Cannot append in event log '/data/events.db': "));
    return error;
  }
}

for (
  const [text, kind] of [
    ["database or disk is full", StorageFull],
    ["disk I/O error", StorageFull],
    ["database is locked", TransientError],
    ["database table is locked: events", TransientError],
    ["database is not open", TransientError],
    ["database disk image is malformed", InvariantViolation],
    ["file is not a database", InvariantViolation],
    ["unsupported file format", InvariantViolation],
    ["UNIQUE constraint failed: events.stream_id, events.revision", InvariantViolation],
    ["attempt to write a readonly database", InvariantViolation],
  ] as const
) {
  Deno.test(`sqlite errors: '${text}' becomes ${kind.name}, names the file and keeps its cause`, () => {
    const error = translationOf(text);
    assert.equal(error.name, kind.name);
    assert.ok(error instanceof kind);
    const afterThread = errorOf(errorText(error));
    assert.equal(afterThread.constructor, kind, "also on its way from the writer's thread");
    assert.equal(afterThread.message, error.message);
  });
}

Deno.test("sqlite errors: a disk that may be failing is not called only full", () => {
  assert.match(translationOf("disk I/O error").message, /full or failing/);
  assert.match(translationOf("database or disk is full").message, /free some room/);
});

Deno.test("sqlite errors: our own errors and what is no error of SQLite pass unchanged", () => {
  for (const error of [new StorageFull("a"), new TypeError("b"), "thrown text"]) {
    assert.throws(
      () =>
        sqliteTranslated("append", () => {
          throw error;
        }),
      (thrown) => thrown === error,
    );
  }
});

Deno.test("sqlite errors: a file that another process holds is a transient error, and works afterwards", async () => {
  await withPath((path) => {
    const engine = new SqliteEngine({ path, nowMs: Date.now });
    engine.connection.exec("PRAGMA busy_timeout = 10");
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const append = () =>
      engine.appendGroup([{ stream: "thing-a", events: numbered(1), expectedRevision: "any" }]);
    assert.throws(
      append,
      (error: Error) => error instanceof TransientError && error.message.includes(path),
    );
    other.exec("ROLLBACK");
    other.close();
    assert.deepEqual(append(), [{ revision: 0, position: 1 }]);
    engine.close();
    return Promise.resolve();
  });
});
