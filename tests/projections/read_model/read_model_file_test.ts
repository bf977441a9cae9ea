import assert from "node:assert/strict";
import { TransientError } from "../../../actors/mod.ts";
import { openReadModelFile } from "../../../projections/read_model/mod.ts";

const SCHEMA = "CREATE TABLE IF NOT EXISTS notes (note TEXT NOT NULL) STRICT;";

async function withFolder(test: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("read model file: keeps writes and checkpoint together, or neither", () =>
  withFolder((folder) => {
    const model = { name: "notes", version: 1, schema: SCHEMA };
    const file = openReadModelFile(folder, model);
    file.advance(7, () => file.statement("INSERT INTO notes VALUES ('a')").run());
    assert.throws(() =>
      file.advance(8, () => {
        file.statement("INSERT INTO notes VALUES ('b')").run();
        throw new TransientError("Cannot write: no room");
      }), TransientError);
    file.close();
    const again = openReadModelFile(folder, model);
    assert.equal(again.checkpoint(), 7);
    assert.equal(again.statement("SELECT count(*) AS n FROM notes").get()!["n"], 1);
    again.close();
  }));

Deno.test("read model file: removes older versions only once that is asked for", () =>
  withFolder((folder) => {
    const names = () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    for (const version of [1, 2, 10]) {
      openReadModelFile(folder, { name: "notes", version, schema: SCHEMA }).close();
    }
    openReadModelFile(folder, { name: "notes-of-others", version: 1, schema: SCHEMA }).close();
    const file = openReadModelFile(folder, { name: "notes", version: 2, schema: SCHEMA });
    assert.ok(names().includes("notes-1.db"));
    file.removeOlderVersions();
    file.close();
    assert.deepEqual(names(), ["notes-10.db", "notes-2.db", "notes-of-others-1.db"]);
  }));

Deno.test("read model file: can be read by its owner alone", () =>
  withFolder((folder) => {
    openReadModelFile(folder, { name: "notes", version: 1, schema: SCHEMA }).close();
    assert.equal(Deno.statSync(`${folder}/notes-1.db`).mode! & 0o777, 0o600);
  }));

Deno.test("read model file: keeps a bounded number of statements, however many are asked for", () => {
  const file = openReadModelFile(":memory:", { name: "notes", version: 1, schema: SCHEMA });
  const first = file.statement("SELECT 0");
  for (let i = 1; i < 1_000; i++) file.statement(`SELECT ${i}`).get();
  assert.notEqual(file.statement("SELECT 0"), first);
  file.close();
});

Deno.test("read model file: tells a full disk from an event that cannot be, and goes on when there is room", () =>
  withFolder((folder) => {
    const file = openReadModelFile(folder, { name: "notes", version: 1, schema: SCHEMA });
    const note = () => file.statement("INSERT INTO notes VALUES (?)").run("x".repeat(100_000));
    file.database.exec("PRAGMA max_page_count = 10");
    assert.throws(
      () => file.advance(1, note),
      (error: Error) => error instanceof TransientError && error.message.includes("notes-1.db"),
    );
    assert.equal(file.checkpoint(), 0);
    file.database.exec("PRAGMA max_page_count = 1000");
    file.advance(1, note);
    assert.equal(file.checkpoint(), 1);
    file.close();
  }));
