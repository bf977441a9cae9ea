import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  InvariantViolation,
  openInlineEventStore,
  openSqliteEventReader,
  openSqliteEventStore,
  verifyStream,
} from "../../../../actors/mod.ts";
import { all } from "../contract/checking.ts";
import { event, numbered } from "../events.ts";
import { noise, withPath } from "./with_path.ts";

/** Refused for good, with the file's path in the text. */
function refusal(path: string, says: RegExp): (error: Error) => boolean {
  return (error) =>
    error instanceof InvariantViolation && error.message.includes(`'${path}'`) &&
    says.test(error.message);
}

Deno.test("sqlite event store: refuses a damaged file, names it, and leaves its bytes alone", async () => {
  await withPath(async (path) => {
    const store = await openSqliteEventStore({ path });
    for (let n = 0; n < 20; n++) {
      await store.append("thing-a", [event(noise(20_000))], { expectedRevision: "any" });
    }
    await store.close();
    const sound = await Deno.readFile(path);
    for (const [from, to] of [[0, 100], [3 * 8_192, 12 * 8_192]] as const) {
      const damaged = sound.slice();
      damaged.set(noise(to - from), from);
      await Deno.writeFile(path, damaged);
      await assert.rejects(
        openSqliteEventStore({ path }),
        (error: Error) => error instanceof InvariantViolation && error.message.includes(path),
      );
      assert.deepEqual(await Deno.readFile(path), damaged);
    }
  });
});

Deno.test("sqlite event store: refuses the file of a later version", async () => {
  await withPath(async (path) => {
    await (await openSqliteEventStore({ path })).close();
    const database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 99");
    database.close();
    await assert.rejects(openSqliteEventStore({ path }), /its version is 99/);
  });
});

Deno.test("sqlite event store: refuses a file that was cut short", async () => {
  await withPath(async (path) => {
    const store = await openSqliteEventStore({ path });
    for (let n = 0; n < 20; n++) {
      await store.append("thing-a", [event(noise(20_000))], { expectedRevision: "any" });
    }
    await store.close();
    const cut = (await Deno.readFile(path)).slice(0, 20 * 8_192);
    await Deno.writeFile(path, cut);
    await assert.rejects(openSqliteEventStore({ path }), refusal(path, /damaged/));
    assert.deepEqual(await Deno.readFile(path), cut);
  });
});

Deno.test("sqlite event store: refuses what is no database at all", async () => {
  await withPath(async (path) => {
    const text = "the notes that somebody keeps under this name\n".repeat(500);
    await Deno.writeTextFile(path, text);
    await assert.rejects(openSqliteEventStore({ path }), refusal(path, /damaged/));
    assert.throws(() => openInlineEventStore({ path }), refusal(path, /damaged/));
    assert.equal(await Deno.readTextFile(path), text);
  });
});

for (
  const [what, sql] of [
    ["with other tables", "CREATE TABLE notes (text)"],
    ["with a table that is called as one of ours", "CREATE TABLE events (day)"],
    ["with our version number", "CREATE TABLE notes (text); PRAGMA user_version = 1"],
    ["with a later version number", "CREATE TABLE notes (text); PRAGMA user_version = 99"],
  ] as const
) {
  Deno.test(`sqlite event store: refuses another program's database ${what}, and changes no byte`, async () => {
    await withPath(async (path) => {
      const database = new DatabaseSync(path);
      database.exec(sql);
      database.close();
      const bytes = await Deno.readFile(path);
      await assert.rejects(
        openSqliteEventStore({ path }),
        refusal(path, /database of another program/),
      );
      assert.deepEqual(await Deno.readFile(path), bytes);
    });
  });
}

Deno.test("sqlite event store: names the path that cannot be opened", async () => {
  await withPath(async (path) => {
    const absent = `${path}/none/events.db`;
    await assert.rejects(openSqliteEventStore({ path: absent }), refusal(absent, /unable to open/));
    assert.throws(() => openInlineEventStore({ path: absent }), refusal(absent, /unable to open/));
    assert.throws(() => openSqliteEventReader({ path: absent }), refusal(absent, /unable to open/));
  });
});

Deno.test("sqlite event store: takes an empty file as a new log", async () => {
  await withPath(async (path) => {
    await Deno.writeFile(path, new Uint8Array());
    const store = await openSqliteEventStore({ path });
    await store.append("thing-a", numbered(1), { expectedRevision: "no_stream" });
    await store.close();
  });
});

Deno.test("sqlite event store: goes on in positions, instants and hashes where it was closed", async () => {
  await withPath(async (path) => {
    const opened = (nowMs: number) => openInlineEventStore({ path, nowMs: () => nowMs });
    let store = opened(9_000);
    for (const nowMs of [9_000, 4_000, 12_000]) {
      await store.close();
      store = opened(nowMs);
      await store.append("thing-a", numbered(2), { expectedRevision: "any" });
      await store.append("thing-b", numbered(1), { expectedRevision: "any" });
    }
    const { events } = await store.readAll({ ...all, after: 0 });
    assert.deepEqual(events.map(({ position }) => position), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(
      [...new Set(events.map(({ metadata }) => metadata.recordedAtMs))],
      [9_000, 12_000],
    );
    for (const stream of ["thing-a", "thing-b"]) {
      const own = await store.readStream(stream, { ...all, stored: true });
      assert.equal("what" in verifyStream(own), false);
    }
    await store.close();
  });
});

Deno.test("sqlite event store: never gives a position twice, also after its newest events were freed", async () => {
  await withPath(async (path) => {
    let store = openInlineEventStore({ path });
    await store.append("thing-a", numbered(3), { expectedRevision: "any" });
    await store.softDelete("thing-a", { expectedRevision: "any" });
    await store.scavenge({ through: await store.lastPosition() });
    await store.close();
    store = openInlineEventStore({ path });
    const { position } = await store.append("thing-b", numbered(1), { expectedRevision: "any" });
    assert.equal(position, 4);
    await store.close();
  });
});
