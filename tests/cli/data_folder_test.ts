import assert from "node:assert/strict";
import { EngineUnreachable, UsageError } from "../../actors/mod.ts";
import { takeDataFolder } from "../../cli/mod.ts";
import { withFolder } from "../e2e/program.ts";

const ADDRESSES = { http: "http://127.0.0.1:8080", mqtt: "mqtt://127.0.0.1:1883" };

function modeOf(path: string): string {
  return (Deno.statSync(path).mode! & 0o777).toString(8);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("data folder: is made, with those above it, for its owner only", async () => {
  await withFolder((folder) => {
    const path = `${folder}/a/b`;
    const taken = takeDataFolder(path);
    assert.equal(taken.path, path);
    assert.equal(modeOf(path), "700");
    taken.release();
  });
});

Deno.test("data folder: one process has it at a time, and the other one is told who", async () => {
  await withFolder((folder) => {
    const taken = takeDataFolder(folder);
    taken.announceReady(ADDRESSES);
    for (let attempt = 0; attempt < 2; attempt++) {
      assert.throws(() => takeDataFolder(folder), (error) => {
        assert.ok(error instanceof EngineUnreachable);
        assert.match(error.message, new RegExp(`process ${Deno.pid} is using it, stop that one`));
        return true;
      });
    }
    assert.ok(exists(`${folder}/ready.json`), "the refused one took nothing away");
    taken.release();
    takeDataFolder(folder).release();
  });
});

Deno.test("data folder: a lock that a killed process left behind holds nobody up", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/lock`, "4194305 and more\n");
    await Deno.writeTextFile(`${folder}/ready.json`, "left behind");
    const taken = takeDataFolder(folder);
    assert.equal(await Deno.readTextFile(`${folder}/lock`), `${Deno.pid}\n`);
    assert.ok(!exists(`${folder}/ready.json`));
    taken.release();
  });
});

Deno.test("data folder: announces what is ready, whole and with the pid, and takes it back", async () => {
  await withFolder(async (folder) => {
    const taken = takeDataFolder(folder);
    assert.ok(!exists(`${folder}/ready.json`), "not before it is ready");
    taken.announceReady(ADDRESSES);
    const ready = JSON.parse(await Deno.readTextFile(`${folder}/ready.json`));
    assert.deepEqual(ready, { ...ADDRESSES, pid: Deno.pid });
    assert.ok(!exists(`${folder}/ready.json.new`));
    taken.release();
    assert.ok(!exists(`${folder}/ready.json`));
  });
});

Deno.test("data folder: can be let go of before it was ready", async () => {
  await withFolder((folder) => {
    const taken = takeDataFolder(folder);
    taken.release();
    assert.ok(!exists(`${folder}/ready.json`));
  });
});

Deno.test("data folder: keeps secrets for its owner only, and knows which are not there", async () => {
  const umask = Deno.umask(0);
  try {
    await withFolder(async (folder) => {
      const taken = takeDataFolder(folder);
      assert.equal(taken.readSecret("admin-password"), undefined);
      taken.writeSecret("admin-password", "hush");
      assert.equal(taken.readSecret("admin-password"), "hush");
      assert.equal(modeOf(`${folder}/admin-password`), "600");
      assert.equal(await Deno.readTextFile(`${folder}/admin-password`), "hush\n");
      taken.release();
    });
  } finally {
    Deno.umask(umask);
  }
});

Deno.test("data folder: what cannot be used as one is refused, naming the flag and the path", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await Deno.mkdir(`${folder}/odd/lock`, { recursive: true });
    for (const path of [`${folder}/file`, `${folder}/file/below`, `${folder}/odd`]) {
      assert.throws(() => takeDataFolder(path), (error) => {
        assert.ok(error instanceof UsageError, String(error));
        assert.ok(error.message.includes(`--data '${path}': it must be a folder`), error.message);
        return true;
      });
    }
  });
});
