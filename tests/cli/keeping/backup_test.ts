import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openInlineEventStore, openSecrets, READ_LIMIT_MAX } from "../../../actors/mod.ts";
import { backup } from "../../../cli/keeping/backup.ts";
import { type Program, ran } from "../../../cli/keeping/program.ts";
import { restore } from "../../../cli/keeping/restore.ts";
import { event, numbered } from "../../actors/event_store/events.ts";
import { withFolder } from "../../e2e/program.ts";

interface Ran {
  readonly code: number;
  readonly said: string;
}

async function run(program: Program, ...args: readonly string[]): Promise<Ran> {
  const said: string[] = [];
  const ground = {
    isTerminal: false,
    say: (text: string) => void said.push(text),
    env: () => undefined,
  };
  const code = await ran(program, { args, ground });
  return { code, said: said.join("\n") };
}

async function fails(program: Program, args: readonly string[], reason: RegExp): Promise<void> {
  const { code, said } = await run(program, ...args);
  assert.equal(code, 64, said);
  assert.match(said, reason);
}

interface Site {
  readonly folder: string;
  readonly data: string;
  readonly to: string;
  /** A person's profile, sealed. */
  readonly sealed: string;
}

/** A data folder with a small log, a person and an administrator's password. */
function onSite(says: string, check: (site: Site) => Promise<void>): void {
  Deno.test(says, () =>
    withFolder(async (folder) => {
      const data = `${folder}/data`;
      Deno.mkdirSync(data);
      const secrets = openSecrets(data);
      const sealed = await secrets.sealPersonal("ada", { email: "ada@example.com" });
      secrets.close();
      Deno.writeTextFileSync(`${data}/admin-password`, "hush\n");
      const store = openInlineEventStore({ path: `${data}/events.db` });
      await store.append("thing-a", numbered(5), { expectedRevision: "any" });
      await store.append("messages-a", [event(new Uint8Array(2_000).fill(1))], {
        expectedRevision: "any",
      });
      await store.append("session-a", numbered(9), { expectedRevision: "any" });
      await store.setStreamLimits("session-a", { maxCount: 2 });
      await store.scavenge({ through: await store.lastPosition() });
      await store.close();
      await check({ folder, data, to: `${folder}/backup`, sealed });
    }));
}

function names(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
}

function modeOf(path: string): string {
  return (Deno.statSync(path).mode! & 0o777).toString(8);
}

async function numbersIn(data: string): Promise<readonly unknown[]> {
  const store = openInlineEventStore({ path: `${data}/events.db` });
  const { events } = await store.readAll({ after: 0, limit: READ_LIMIT_MAX });
  await store.close();
  return events.map(({ position, stream, revision, id }) => [position, stream, revision, id]);
}

function altered(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

onSite(
  "backup: with keys is all that a platform needs, for its owner only",
  async ({ data, to, folder, sealed }) => {
    const { code, said } = await run(backup, "--data", data, "--to", to, "--keys", "with");
    assert.equal(code, 0, said);
    assert.deepEqual(names(to), [
      ...["admin-password", "events.db", "installation-key", "manifest.json", "vault.db"],
    ]);
    assert.equal(modeOf(to), "700");
    for (const name of names(to)) assert.equal(modeOf(`${to}/${name}`), "600", name);
    const manifest = JSON.parse(await Deno.readTextFile(`${to}/manifest.json`));
    assert.deepEqual([manifest.log.events, manifest.log.streams], [8, 3]);
    assert.match(said, new RegExp(`heads {5}sha-256 ${manifest.log.heads}`));
    const elsewhere = `${folder}/elsewhere`;
    const put = await run(restore, "--from", to, "--data", elsewhere);
    assert.equal(put.code, 0, put.said);
    assert.deepEqual(await numbersIn(elsewhere), await numbersIn(data));
    const secrets = openSecrets(elsewhere);
    assert.deepEqual(secrets.openPersonal("ada", sealed), { email: "ada@example.com" });
    secrets.close();
    assert.equal(modeOf(`${elsewhere}/installation-key`), "600");
  },
);

onSite(
  "backup: without keys is of use to nobody who does not have them",
  async ({ data, to, folder, sealed }) => {
    const { code, said } = await run(backup, "--data", data, "--to", to, "--keys", "without");
    assert.equal(code, 0, said);
    assert.match(said, /without 'installation-key' nobody can use it/);
    assert.deepEqual(names(to), ["events.db", "manifest.json", "vault.db"]);
    const elsewhere = `${folder}/elsewhere`;
    const args = ["--from", to, "--data", elsewhere];
    await fails(restore, args, /taken without keys, --keys-from must name the folder/);
    await withFolder(async (other) => {
      openSecrets(other).close();
      await fails(restore, [...args, "--keys-from", other], /must be that of the platform/);
      await fails(
        restore,
        [...args, "--keys-from", `${other}/none`],
        /must be that of the platform/,
      );
    });
    const put = await run(restore, ...args, "--keys-from", data);
    assert.equal(put.code, 0, put.said);
    const secrets = openSecrets(elsewhere);
    assert.deepEqual(secrets.openPersonal("ada", sealed), { email: "ada@example.com" });
    secrets.close();
  },
);

onSite(
  "backup: of a folder whose log lies elsewhere has what the folder has",
  async ({ data, to, folder }) => {
    Deno.removeSync(`${data}/events.db`);
    Deno.writeTextFileSync(`${data}/event-log-domain`, "d\n");
    const { code, said } = await run(backup, "--data", data, "--to", to, "--keys", "with");
    assert.equal(code, 0, said);
    assert.match(said, /it lies in EventStoreDB, back that up too/);
    const put = await run(restore, "--from", to, "--data", `${folder}/elsewhere`);
    assert.equal(put.code, 0, put.said);
    assert.match(put.said, /Its log lies in EventStoreDB/);
    assert.equal(await Deno.readTextFile(`${folder}/elsewhere/event-log-domain`), "d\n");
  },
);

onSite(
  "backup: is refused where it would be none, or would cover another",
  async ({ data, to, folder }) => {
    const on = ["--data", data, "--to", to];
    await fails(backup, on, /Cannot back up with --keys ''/);
    await fails(backup, [...on, "--keys", "maybe"], /must be 'with' or 'without'/);
    await fails(backup, ["--data", data, "--keys", "with"], /without --to/);
    await fails(backup, [...on, "--keys", "with", "--fast"], /Cannot back up: .*'--fast'/);
    await fails(
      backup,
      ["--data", folder, "--to", to, "--keys", "with"],
      /has no 'installation-key'/,
    );
    await fails(
      backup,
      ["--data", data, "--to", `${folder}/none/b`, "--keys", "with"],
      /there is no '.*none', make it first/,
    );
    Deno.mkdirSync(to);
    await fails(backup, [...on, "--keys", "with"], /it is there already, choose another name/);
    Deno.removeSync(to);
    Deno.writeTextFileSync(`${data}/unfinished`, "deno task restore\n");
    await fails(
      backup,
      [...on, "--keys", "with"],
      /'deno task restore' is not finished, repeat it/,
    );
    assert.deepEqual(names(folder), ["data"]);
  },
);

onSite(
  "backup: of a damaged log is refused by the event that is not right, and leaves nothing",
  async ({ data, to, folder }) => {
    const faults = [
      [
        "UPDATE events SET data = CAST('{\"n\":7}' AS BLOB) WHERE position = 2",
        /event 1 of 'thing-a' was altered/,
      ],
      [
        "UPDATE events SET data = CAST('{\"n\":1}' AS BLOB) WHERE position = 2; DELETE FROM events WHERE position = 3",
        /event 3 of 'thing-a' does not follow the one before it/,
      ],
      [
        "DELETE FROM events WHERE position = 5; DELETE FROM events WHERE position = 4",
        /stream 'thing-a' does not end where it is said to end/,
      ],
    ] as const;
    for (const [sql, reason] of faults) {
      altered(`${data}/events.db`, sql);
      const { code, said } = await run(backup, "--data", data, "--to", to, "--keys", "with");
      assert.equal(code, 70, said);
      assert.match(said, reason);
      assert.deepEqual(names(folder), ["data"]);
    }
  },
);

onSite("restore: takes no half backup, and none that was altered", async ({ data, to, folder }) => {
  await run(backup, "--data", data, "--to", to, "--keys", "with");
  const args = ["--from", to, "--data", `${folder}/elsewhere`];
  const manifest = await Deno.readTextFile(`${to}/manifest.json`);
  const written = (text: string) => Deno.writeTextFile(`${to}/manifest.json`, text);
  await written(manifest.replace('"events.db"', '"../events.db"'));
  await fails(restore, args, /is none that this program writes/);
  await written(manifest.slice(0, -20));
  await fails(restore, args, /is none that this program writes/);
  await Deno.remove(`${to}/manifest.json`);
  await fails(restore, args, /so it is no backup, or half of one/);
  await written(manifest);
  const bytes = await Deno.readFile(`${to}/events.db`);
  await Deno.writeFile(`${to}/events.db`, bytes.with(5_000, bytes[5_000]! ^ 1));
  await fails(restore, args, /'events\.db' is not as it was written/);
  await Deno.writeFile(`${to}/events.db`, bytes);
  await Deno.rename(`${to}/vault.db`, `${folder}/vault.db`);
  await fails(restore, args, /it lacks 'vault\.db'/);
  await fails(restore, ["--data", data], /without --from/);
  assert.deepEqual(names(folder), ["backup", "data", "vault.db"], "nothing was begun");
});

onSite(
  "restore: covers nothing that is there, and goes on where it was cut off",
  async ({ data, to, folder }) => {
    await run(backup, "--data", data, "--to", to, "--keys", "with");
    const elsewhere = `${folder}/elsewhere`;
    const args = ["--from", to, "--data", elsewhere];
    Deno.mkdirSync(elsewhere);
    Deno.writeTextFileSync(`${elsewhere}/events.db`, "half");
    await fails(restore, args, /it holds 'events\.db', --data must be an empty folder/);
    await fails(restore, ["--from", to, "--data", data], /--data must be an empty folder/);
    await fails(restore, [...args, "--keys-from", data], /the backup has its keys/);
    Deno.writeTextFileSync(`${elsewhere}/unfinished`, "deno task restore\n");
    const { code, said } = await run(restore, ...args);
    assert.equal(code, 0, said);
    assert.deepEqual(await numbersIn(elsewhere), await numbersIn(data));
    assert.ok(!names(elsewhere).includes("unfinished"));
  },
);

Deno.test("backup and restore: say how they are used", async () => {
  for (const program of [backup, restore]) {
    const { code, said } = await run(program, "--help");
    assert.equal(code, 0);
    assert.match(said, /deno task (backup|restore) /);
  }
});
