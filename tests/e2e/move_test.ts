import assert from "node:assert/strict";
import mqtt, { type MqttClient } from "mqtt";
import { openInlineEventStore } from "../../actors/mod.ts";
import { type BenchPlatform, type Device, fleet, startPlatform } from "../../bench/platform.ts";
import { verifyFile } from "../../cli/verify.ts";
import { eventLogPath } from "../../projections/mod.ts";
import { event } from "../actors/event_store/events.ts";
import { type EsdbServer, startEsdbServer } from "../support/esdb_server/mod.ts";
import { type Ended, taskEnded, withFolder } from "./program.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** Appends that a move has to make one by one, beside those of the platform. */
const NOTES = 400;
/** Milliseconds for each of them: a kill then finds the move in the middle. */
const APPEND_DELAY_MS = 3;
/** Milliseconds for each event that the server is asked for on the way back. */
const READ_DELAY_MS = 2;
const KILLS = 3;
const SEEN_MS_MAX = 10_000;

interface Site {
  readonly folder: string;
  readonly server: EsdbServer;
  readonly device: Device;
  readonly channelId: string;
}

function move(site: Pick<Site, "folder">, from: string, to: string): Promise<Ended> {
  return taskEnded("cli/keeping/move.ts", ["--data", site.folder, "--from", from, "--to", to]);
}

/** As a crash would: at a moment that it does not choose. */
async function killedMove(
  { folder }: Site,
  { from, to }: { readonly from: string; readonly to: string },
  onMoved: () => Promise<void>,
): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "cli/keeping/move.ts", "--data", folder],
      ...["--from", from, "--to", to],
    ],
    cwd: ROOT,
    stdout: "null",
  }).spawn();
  await onMoved();
  child.kill("SIGKILL");
  assert.equal((await child.status).signal, "SIGKILL", "it was not over yet");
}

async function published(
  platform: BenchPlatform,
  site: Site,
  values: readonly number[],
): Promise<void> {
  for (const v of values) {
    const response = await fetch(`${platform.http}/channels/${site.channelId}/messages`, {
      method: "POST",
      headers: {
        authorization: `Thing ${site.device.key}`,
        "content-type": "application/senml+json",
      },
      body: JSON.stringify([{ n: "number", v }]),
    });
    assert.equal(response.status, 202, await response.text());
  }
}

async function valuesSeen(
  platform: BenchPlatform,
  site: Site,
  count: number,
): Promise<readonly number[]> {
  for (const untilMs = performance.now() + SEEN_MS_MAX;;) {
    const response = await fetch(`${platform.http}/channels/${site.channelId}/messages?limit=100`, {
      headers: { authorization: `Thing ${site.device.key}` },
    });
    const { messages = [] } = await response.json() as { messages?: { value: number }[] };
    if (messages.length >= count || performance.now() > untilMs) {
      return messages.map(({ value }) => value).toSorted((a, b) => a - b);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Connects as the session that is kept, and answers the client and what it hears. */
async function session(
  platform: BenchPlatform,
  { device, channelId }: Site,
): Promise<{ readonly client: MqttClient; readonly heard: number[] }> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${platform.mqttPort}`, {
    clientId: "away",
    username: device.id,
    password: device.key,
    clean: false,
    reconnectPeriod: 0,
  });
  const heard: number[] = [];
  client.on("message", (_topic, payload) => heard.push(JSON.parse(payload.toString())[0].v));
  await new Promise((resolve, reject) => client.once("connect", resolve).once("error", reject));
  await client.subscribeAsync(`channels/${channelId}/messages`, { qos: 2 });
  return { client, heard };
}

async function heardAll(heard: readonly number[], values: readonly number[]): Promise<void> {
  for (const untilMs = performance.now() + SEEN_MS_MAX; performance.now() < untilMs;) {
    if (heard.length >= values.length) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(heard, values);
}

async function verified(platform: BenchPlatform, { device, folder }: Site): Promise<void> {
  const response = await fetch(`${platform.http}/things/${device.id}/history/export`, {
    headers: { authorization: `Bearer ${platform.token}` },
  });
  const file = `${folder}/history.jsonl`;
  await Deno.writeTextFile(file, await response.text());
  const said: string[] = [];
  assert.equal(verifyFile([file], (text) => said.push(text)), 0, said.join("\n"));
}

/** Events of two streams in turn, so that each is an append of its own. */
async function noted(folder: string): Promise<void> {
  const store = openInlineEventStore({ path: eventLogPath(folder) });
  for (let n = 0; n < NOTES; n++) {
    await store.append(`notes-${n % 2}`, [event({ n })], { expectedRevision: "any" });
  }
  await store.close();
}

async function onSite(run: (site: Site) => Promise<void>): Promise<void> {
  const server = await startEsdbServer();
  try {
    await withFolder(async (folder) => {
      const first = await startPlatform(folder);
      const { things: [device], channelIds: [channelId] } = await fleet(first, {
        things: 1,
        channels: 1,
      });
      const site = { folder, server, device: device!, channelId: channelId! };
      const { client, heard } = await session(first, site);
      await published(first, site, [1, 2]);
      await heardAll(heard, [1, 2]);
      await client.endAsync();
      await published(first, site, [3, 4]);
      assert.equal(await first.stop(), 0);
      await run(site);
    });
  } finally {
    await server.close();
  }
}

/** Resolves when the server has so many more events. */
async function grownBy({ log }: EsdbServer, count: number): Promise<void> {
  const wanted = log.events.length + count;
  while (log.events.length < wanted) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Resolves when the server has answered so many more events. */
async function read({ sent }: EsdbServer, count: number): Promise<void> {
  const wanted = sent.events + count;
  while (sent.events < wanted) await new Promise((resolve) => setTimeout(resolve, 2));
}

async function modelsAreGone({ folder }: Site): Promise<void> {
  await assert.rejects(Deno.stat(`${folder}/projections`), Deno.errors.NotFound);
}

Deno.test("moving: to EventStoreDB over three kills and back, and the platform goes on as if it had not moved", () =>
  onSite(async (site) => {
    const { folder, server } = site;
    await noted(folder);
    server.faults.appendDelayMs = APPEND_DELAY_MS;
    const towards = { from: "sqlite", to: server.connectionString };
    for (let kill = 0; kill < KILLS; kill++) {
      await killedMove(site, towards, () => grownBy(server, 20 + 30 * kill));
    }
    server.faults.appendDelayMs = 0;
    const there = await move(site, "sqlite", server.connectionString);
    assert.equal(there.code, 0, there.out + there.error);
    assert.match(there.out, /proven {4}\d+ events in \d+ streams are the same in both/);
    assert.match(there.out, /told {6}1 sessions/);
    await modelsAreGone(site);
    const onServer = await startPlatform(folder, {
      flags: ["--event-store", server.connectionString],
    });
    assert.deepEqual(await valuesSeen(onServer, site, 4), [1, 2, 3, 4]);
    const { client, heard } = await session(onServer, site);
    await heardAll(heard, [3, 4]);
    await published(onServer, site, [5]);
    await heardAll(heard, [3, 4, 5]);
    await client.endAsync();
    await published(onServer, site, [6, 7]);
    await verified(onServer, site);
    assert.equal(await onServer.stop(), 0);

    server.faults.allDelayMs = READ_DELAY_MS;
    const backwards = { from: server.connectionString, to: "sqlite" };
    for (let kill = 0; kill < KILLS; kill++) {
      await killedMove(site, backwards, () => read(server, 100 * (kill + 1)));
    }
    server.faults.allDelayMs = 0;
    const back = await move(site, server.connectionString, "sqlite");
    assert.equal(back.code, 0, back.out + back.error);
    await modelsAreGone(site);
    const inFile = await startPlatform(folder);
    assert.deepEqual(await valuesSeen(inFile, site, 7), [1, 2, 3, 4, 5, 6, 7]);
    const again = await session(inFile, site);
    await heardAll(again.heard, [6, 7]);
    await again.client.endAsync();
    await verified(inFile, site);
    assert.equal(await inFile.stop(), 0);
  }));

Deno.test("moving: is refused while a platform runs, into a log of others, and where nothing is", () =>
  onSite(async (site) => {
    const { folder, server } = site;
    const { connectionString } = server;
    const refused = async (ended: Promise<Ended>, code: number, reason: RegExp) => {
      const { code: found, out } = await ended;
      assert.equal(found, code, out);
      assert.match(out, reason);
    };
    const running = await startPlatform(folder);
    await refused(move(site, "sqlite", connectionString), 75, /process \d+ is using it/);
    assert.equal(await running.stop(), 0);
    await withFolder(async (other) => {
      const platform = await startPlatform(other, { flags: ["--event-store", connectionString] });
      assert.equal(await platform.stop(), 0);
      await refused(
        move(site, "sqlite", connectionString),
        1,
        /target holds events that the origin does not have, the newest is UserCreated/,
      );
      await refused(move(site, connectionString, "sqlite"), 64, /a log is there/);
      await refused(
        move({ folder: other }, "sqlite", connectionString),
        64,
        /it lies in EventStoreDB, --from must be the esdb/,
      );
    });
    await withFolder(async (empty) => {
      await refused(
        move({ folder: empty }, "sqlite", connectionString),
        64,
        /there is no '.*events.db'/,
      );
      await refused(
        move({ folder: empty }, connectionString, "sqlite"),
        64,
        /begun with another one/,
      );
    });
    await refused(move(site, "sqlite", "sqlite"), 64, /one of --from and --to must be 'sqlite'/);
    const again = await startPlatform(folder);
    assert.equal(await again.stop(), 0, "the folder is as it was");
  }));

Deno.test("moving: a folder whose move was cut off behind its proof starts no platform until it is finished", () =>
  onSite(async (site) => {
    const { folder, server: { connectionString } } = site;
    const marker = `${folder}/unfinished`;
    const work = "deno task move --from sqlite --to esdb://…";
    await Deno.writeTextFile(marker, `${work}\n`);
    const on = ["--data", folder, "--http-port", "0", "--mqtt-port", "0"];
    for (const args of [on, [...on, "--event-store", connectionString]]) {
      const { code, error } = await taskEnded("main.ts", args);
      assert.equal(code, 64, error);
      assert.match(
        error,
        /'deno task move --from sqlite --to esdb:\/\/…' is not finished, repeat it/,
      );
    }
    const other = await move(site, connectionString, "sqlite");
    assert.equal(other.code, 64, other.out);
    assert.match(other.out, /is not finished, repeat it/);
    for (const leftToDo of ["all of it", "to take the marker away"]) {
      const { code, out } = await move(site, "sqlite", connectionString);
      assert.equal(code, 0, `${leftToDo}: ${out}`);
      await assert.rejects(Deno.stat(marker), Deno.errors.NotFound);
      await Deno.writeTextFile(marker, `${work}\n`);
    }
    await Deno.remove(marker);
    const platform = await startPlatform(folder, { flags: ["--event-store", connectionString] });
    assert.deepEqual(await valuesSeen(platform, site, 4), [1, 2, 3, 4]);
    assert.equal(await platform.stop(), 0);
    const domain = await Deno.readTextFile(`${folder}/event-log-domain`);
    for (const leftToDo of ["all of it", "to forget the server"]) {
      await Deno.writeTextFile(marker, "deno task move --from esdb://… --to sqlite\n");
      await Deno.writeTextFile(`${folder}/event-log-domain`, domain);
      const { code, out } = await move(site, connectionString, "sqlite");
      assert.equal(code, 0, `${leftToDo}: ${out}`);
      await assert.rejects(Deno.stat(`${folder}/event-log-domain`), Deno.errors.NotFound);
    }
    const back = await startPlatform(folder);
    assert.deepEqual(await valuesSeen(back, site, 4), [1, 2, 3, 4]);
    assert.equal(await back.stop(), 0);
  }));
