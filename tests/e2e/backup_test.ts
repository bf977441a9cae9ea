import assert from "node:assert/strict";
import { type BenchPlatform, fleet, startPlatform } from "../../bench/platform.ts";
import { loadUntilGone, type Tally } from "./crash_load.ts";
import { caughtUp, checkLog, checkMeasurements } from "./crash_rounds.ts";
import { type Ended, taskEnded, withFolder } from "./program.ts";

/** Messages that are acknowledged before a backup begins, and more while it runs. */
const BEFORE_MIN = 2_000;
const BACKUPS = 2;

async function succeeded(ended: Promise<Ended>): Promise<string> {
  const { code, out, error } = await ended;
  assert.equal(code, 0, out + error);
  return out;
}

/** What was acknowledged up to now. */
function acknowledgedBy({ next, acknowledged, created }: Tally): Tally {
  return { next, acknowledged: new Set(acknowledged), created: new Set(created) };
}

async function names(platform: BenchPlatform): Promise<readonly string[]> {
  const response = await fetch(`${platform.http}/users`, {
    headers: { authorization: `Bearer ${platform.token}` },
  });
  const { users } = await response.json() as { users: { email: string }[] };
  return users.map(({ email }) => email);
}

Deno.test("backup: taken under load it holds all that was acknowledged before, and a platform goes on from it", async () => {
  await withFolder(async (folder) => {
    const data = `${folder}/data`;
    const running = await startPlatform(data);
    const { things: [device], channelIds: [channelId] } = await fleet(running, {
      things: 1,
      channels: 1,
    });
    const tally: Tally = { next: 0, acknowledged: new Set(), created: new Set() };
    const target = { platform: running, device: device!, channelId: channelId! };
    const loaded = loadUntilGone(target, tally);
    const promised: Tally[] = [];
    for (let n = 0; n < BACKUPS; n++) {
      const wanted = tally.acknowledged.size + BEFORE_MIN;
      while (tally.acknowledged.size < wanted) await new Promise((ok) => setTimeout(ok, 5));
      promised.push(acknowledgedBy(tally));
      const out = await succeeded(taskEnded("cli/keeping/backup.ts", [
        ...["--data", data, "--to", `${folder}/backup-${n}`, "--keys", "with"],
      ]));
      assert.match(out, /examined {2}[\d,]+ events in \d+ streams/);
      assert.ok(tally.acknowledged.size > promised[n]!.acknowledged.size, "the load went on");
    }
    await running.kill();
    await loaded;
    for (const [n, before] of promised.entries()) {
      const elsewhere = `${folder}/restored-${n}`;
      await succeeded(taskEnded("cli/keeping/restore.ts", [
        ...["--from", `${folder}/backup-${n}`, "--data", elsewhere],
      ]));
      const again = await startPlatform(elsewhere);
      assert.deepEqual(await names(again), ["admin@example.com"]);
      await caughtUp(again.http, again.token);
      assert.equal(await again.stop(), 0);
      const events = await checkLog(elsewhere, before);
      checkMeasurements(elsewhere, before);
      assert.ok(events > 0);
    }
  });
});

Deno.test("backup: one that is killed is never taken for a whole one", async () => {
  await withFolder(async (folder) => {
    const data = `${folder}/data`;
    const platform = await startPlatform(data);
    const to = `${folder}/backup`;
    const args = ["--data", data, "--to", to, "--keys", "with"];
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "cli/keeping/backup.ts", ...args],
      cwd: new URL("../../", import.meta.url).pathname,
      stdout: "null",
    }).spawn();
    const partial = async () => {
      for (;;) {
        const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
        const found = names.find((name) => name.startsWith("backup.partial-"));
        if (found !== undefined) return `${folder}/${found}`;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    const half = await partial();
    child.kill("SIGKILL");
    await child.status;
    await assert.rejects(Deno.stat(to), Deno.errors.NotFound);
    const elsewhere = ["--data", `${folder}/elsewhere`];
    const { code, out } = await taskEnded("cli/keeping/restore.ts", ["--from", half, ...elsewhere]);
    assert.equal(code, 64, out);
    assert.match(out, /so it is no backup, or half of one/);
    await succeeded(taskEnded("cli/keeping/backup.ts", args));
    await succeeded(taskEnded("cli/keeping/restore.ts", ["--from", to, ...elsewhere]));
    assert.equal(await platform.stop(), 0);
  });
});
