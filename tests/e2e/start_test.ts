import assert from "node:assert/strict";
import { fleet, startPlatform } from "../../bench/platform.ts";
import { programEnded, withFolder } from "./program.ts";

/** Ports that nobody else has, on a folder. */
const on = (folder: string) => ["--data", folder, "--http-port", "0", "--mqtt-port", "0"];

Deno.test("start: names a wrong flag, its value and what would be right, and ends with 64", async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["--http-port", "eighty"], /--http-port 'eighty': it must be a number from 0 to 65535/],
    [["--mqtt-port", "65536"], /--mqtt-port '65536': it must be a number from 0 to 65535/],
    [["--prot", "1"], /'--prot': no such flag, --help lists them/],
    [["--data"], /'--data': it needs a value/],
    [["--event-store", "postgres"], /--event-store 'postgres': it must be 'sqlite'/],
    [["--log-level=loud"], /--log-level 'loud': it must be 'debug' or 'info'/],
    [["--admin-password", "short"], /--admin-password '\(5 characters\)': it must be 8 to 1024/],
    [["start"], /'start': no such flag/],
  ];
  await Promise.all(cases.map(async ([args, said]) => {
    const { code, error, out } = await programEnded(args);
    assert.equal(code, 64, error);
    assert.match(error, said);
    assert.equal(out, "");
  }));
});

Deno.test("start: names a wrong variable of the environment", async () => {
  const { code, error } = await programEnded([], { MILLRACE_HTTP_PORT: "-1" });
  assert.equal(code, 64);
  assert.match(error, /MILLRACE_HTTP_PORT '-1': it must be a number/);
});

Deno.test("start: prints the table of flags", async () => {
  const { code, out } = await programEnded(["--help"]);
  assert.equal(code, 0);
  for (const flag of ["--data", "--http-port", "--admin-password", "--demo", "--log-format"]) {
    assert.ok(out.includes(flag), flag);
  }
});

Deno.test("start: refuses a data folder that another process uses, naming it, and harms nothing", async () => {
  await withFolder(async (folder) => {
    const platform = await startPlatform(folder);
    const { code, error } = await programEnded(on(folder));
    assert.equal(code, 75);
    assert.match(error, new RegExp(`process ${platform.pid} is using it`));
    assert.equal(JSON.parse(await Deno.readTextFile(`${folder}/ready.json`)).pid, platform.pid);
    await fleet(platform, { things: 1, channels: 1 });
    assert.equal(await platform.stop(), 0);
  });
});

Deno.test("start: names the port that is taken and its flag, and ends with 75", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = String((taken.addr as Deno.NetAddr).port);
  for (const flag of ["--http-port", "--mqtt-port"]) {
    await withFolder(async (folder) => {
      const { code, error } = await programEnded([...on(folder), flag, port]);
      assert.equal(code, 75, error);
      assert.match(error, new RegExp(`${port}: the port is taken, choose another ${flag}`));
      await assert.rejects(Deno.stat(`${folder}/ready.json`), Deno.errors.NotFound);
    });
  }
  taken.close();
});

Deno.test("start: names a host that is not of this machine, and ends with 64", async () => {
  await withFolder(async (folder) => {
    const { code, error } = await programEnded([...on(folder), "--host", "203.0.113.7"]);
    assert.equal(code, 64, error);
    assert.match(error, /--host '203\.0\.113\.7': it must be an address of this machine/);
  });
});

Deno.test("start: refuses a folder that cannot be made, naming the flag", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const { code, error } = await programEnded(on(`${folder}/file/data`));
    assert.equal(code, 64);
    assert.match(error, /--data '.*file\/data': it must be a folder/);
  });
});

Deno.test("start: names a damaged event log, ends with 70, and leaves its bytes alone", async () => {
  await withFolder(async (folder) => {
    const platform = await startPlatform(folder);
    await fleet(platform, { things: 500, channels: 1 });
    assert.equal(await platform.stop(), 0);
    const sound = await Deno.readFile(`${folder}/events.db`);
    for (const [from, to] of [[0, 64], [2 * 8_192, 9 * 8_192]] as const) {
      const damaged = sound.slice();
      damaged.set(crypto.getRandomValues(new Uint8Array(to - from)), from);
      await Deno.writeFile(`${folder}/events.db`, damaged);
      const { code, error } = await programEnded(on(folder));
      assert.equal(code, 70, error);
      assert.match(error, /events\.db.* damaged/);
      assert.deepEqual(await Deno.readFile(`${folder}/events.db`), damaged);
    }
    await Deno.writeFile(`${folder}/events.db`, sound);
    await (await startPlatform(folder)).stop();
  });
});

Deno.test("start: names a damaged read model, and rebuilds it from the log once it is removed", async () => {
  await withFolder(async (folder) => {
    const first = await startPlatform(folder);
    await fleet(first, { things: 20, channels: 1 });
    await first.stop();
    const names = [...Deno.readDirSync(`${folder}/projections`)].map(({ name }) => name);
    assert.ok(names.length >= 6);
    for (const name of names) {
      const path = `${folder}/projections/${name}`;
      await Deno.writeTextFile(path, "damaged ".repeat(2_000));
      const { code, error } = await programEnded(on(folder));
      assert.equal(code, 70, error);
      assert.match(
        error,
        new RegExp(`${name}', which is rebuilt once it is removed: the file is damaged`),
      );
      await Deno.remove(path);
    }
    const again = await startPlatform(folder);
    const page = await fetch(`${again.http}/things?limit=1`, {
      headers: { authorization: `Bearer ${again.token}`, "millrace-wait-for": "40" },
    });
    assert.equal((await page.json()).total, 20);
    await again.stop();
  });
});

Deno.test("start: stops cleanly at SIGTERM and SIGINT, and keeps what was acknowledged", async () => {
  await withFolder(async (folder) => {
    const things: string[] = [];
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      const platform = await startPlatform(folder);
      const made = await fleet(platform, { things: 5, channels: 1 });
      things.push(...made.things.map(({ id }) => id));
      assert.equal(await platform.stop(signal), 0);
      await assert.rejects(Deno.stat(`${folder}/ready.json`), Deno.errors.NotFound);
    }
    const platform = await startPlatform(folder);
    for (const id of things) {
      const found = await fetch(`${platform.http}/things/${id}`, {
        headers: { authorization: `Bearer ${platform.token}` },
      });
      assert.equal(found.status, 200);
      await found.body?.cancel();
    }
    await platform.stop();
  });
});

Deno.test("start: keeps the administrator's password, readable by its owner only", async () => {
  await withFolder(async (folder) => {
    await (await startPlatform(folder)).stop();
    const password = await Deno.readTextFile(`${folder}/admin-password`);
    assert.equal((await Deno.stat(`${folder}/admin-password`)).mode! & 0o777, 0o600);
    // Signs in with what the file holds, at the second start too.
    await (await startPlatform(folder)).stop();
    assert.equal(await Deno.readTextFile(`${folder}/admin-password`), password);
  });
});

Deno.test("start: takes what a killed process announced for nothing", async () => {
  await withFolder(async (folder) => {
    const killed = await startPlatform(folder);
    await killed.kill();
    assert.equal(JSON.parse(await Deno.readTextFile(`${folder}/ready.json`)).pid, killed.pid);
    const again = await startPlatform(folder);
    assert.notEqual(again.pid, killed.pid);
    await again.stop();
  });
});
