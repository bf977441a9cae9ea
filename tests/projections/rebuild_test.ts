import assert from "node:assert/strict";
import { type Followed, openModels } from "../../projections/mod.ts";
import { openReadModelFile } from "../../projections/read_model/mod.ts";
import { closed, followed, type Installation, withInstallation } from "./following.ts";
import { say } from "./log.ts";
import { answers, tables } from "./questions.ts";
import { chapters } from "./rich_log.ts";

/** Each projection that the platform follows: one that is added is covered by that. */
const PROJECTIONS = await followedByThePlatform();

async function followedByThePlatform(): Promise<readonly Followed["projection"][]> {
  const models = openModels(":memory:", {
    persons: { openPersonal: () => undefined, learnPersons: () => Promise.resolve() },
    onAccess: () => {},
  });
  await closed(models);
  return models.followed.map(({ projection }) => projection);
}

interface Seen {
  readonly answers: unknown;
  readonly tables: ReturnType<typeof tables>;
}

/** Opens what is there, follows to the end, asks everything, and closes. */
async function seen({ log, folder, open }: Installation): Promise<Seen> {
  const models = open();
  await followed(log.store, models.followed);
  const answered = answers(models, await log.store.lastPosition());
  await closed(models);
  return { answers: answered, tables: tables(folder) };
}

/** Follows the log as it grows, with a restart after each part. */
async function lived(installation: Installation): Promise<Seen> {
  for (const chapter of chapters(installation.secrets)) {
    await chapter(installation.log);
    await seen(installation);
  }
  return await seen(installation);
}

for (const { name, version } of PROJECTIONS) {
  Deno.test(`rebuild: ${name} comes back equal after its file was deleted`, () =>
    withInstallation(async (installation) => {
      const before = await lived(installation);
      const rows = Object.entries(before.tables)
        .filter(([table]) => table.startsWith(`${name}-`) && !table.endsWith(": checkpoint"))
        .flatMap(([, rows]) => rows);
      assert.ok(rows.length > 0, `the log says nothing to ${name}`);

      for (const suffix of ["", "-wal", "-shm"]) {
        const path = `${installation.folder}/${name}-${version}.db${suffix}`;
        if (suffix === "" || await exists(path)) await Deno.remove(path);
      }
      const after = await seen(installation);
      assert.deepEqual(after.tables, before.tables);
      assert.deepEqual(after.answers, before.answers);
    }));

  Deno.test(`rebuild: a new version of ${name} is built beside the old, which goes once it is reached`, () =>
    withInstallation(async ({ log, folder, open, secrets }) => {
      for (const chapter of chapters(secrets)) await chapter(log);
      const older = `${folder}/${name}-0.db`;
      openReadModelFile(folder, { name, version: 0, schema: "" }).close();

      const models = open();
      let projected = 0;
      const watched = models.followed.map(({ projection, readModel }) => ({
        readModel,
        projection: projection.name !== name ? projection : {
          ...projection,
          project(event: Parameters<typeof projection.project>[0]) {
            Deno.statSync(older);
            projected++;
            return projection.project(event);
          },
        },
      }));
      await followed(log.store, watched);
      await closed(models);
      assert.ok(projected > 0);
      assert.equal(await exists(older), false);
      assert.equal(await exists(`${folder}/${name}-${version}.db`), true);
    }));
}

Deno.test("rebuild: all of them come back equal together, over more pages than one", () =>
  withInstallation(async (installation) => {
    const { log, folder } = installation;
    for (const chapter of chapters(installation.secrets)) await chapter(log);
    for (let n = 0; n < 600; n++) {
      await say(log, [{
        subtopic: `s${n % 7}`,
        payload: `[{"n":"a","v":${n}}]`,
        retain: n % 3 === 0,
      }]);
    }
    const before = await seen(installation);
    for (const { name: file } of [...Deno.readDirSync(folder)]) {
      if (PROJECTIONS.some(({ name }) => file.startsWith(`${name}-`))) {
        await Deno.remove(`${folder}/${file}`);
      }
    }
    assert.deepEqual(await seen(installation), before);
  }));

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
