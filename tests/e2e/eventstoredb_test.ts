import assert from "node:assert/strict";
import {
  decodeMessageBatch,
  openEventStoreDb,
  READ_LIMIT_MAX,
  type RecordedEvent,
  verifyStream,
} from "../../actors/mod.ts";
import { type BenchPlatform, startPlatform } from "../../bench/platform.ts";
import { verifyFile } from "../../cli/verify.ts";
import { type EsdbServer, startEsdbServer } from "../support/esdb_server/mod.ts";
import { programEnded, withFolder } from "./program.ts";

const SENML = [{ n: "temperature", u: "Cel", v: 61.5 }];
/** Measurements follow the log by themselves. */
const SEEN_MS_MAX = 10_000;

const thing = { id: crypto.randomUUID(), key: crypto.randomUUID() };
const channel = crypto.randomUUID();

/** A platform whose log is in the server, on a data folder of its own. */
async function onServer(
  run: (site: {
    readonly server: EsdbServer;
    readonly folder: string;
    start(folder?: string): Promise<BenchPlatform>;
  }) => Promise<void>,
): Promise<void> {
  const server = await startEsdbServer();
  try {
    await withFolder((folder) =>
      run({
        server,
        folder,
        start: (path = folder) =>
          startPlatform(path, { flags: ["--event-store", server.connectionString] }),
      })
    );
  } finally {
    await server.close();
  }
}

async function setUp(platform: BenchPlatform): Promise<void> {
  await platform.post("/things", { ...thing, name: "boiler" });
  await platform.post("/channels", { id: channel, name: "cellar" });
  await platform.post("/connect", { thing_ids: [thing.id], channel_ids: [channel] });
}

async function publish(platform: BenchPlatform, records: unknown = SENML): Promise<void> {
  const response = await fetch(`${platform.http}/channels/${channel}/messages`, {
    method: "POST",
    headers: {
      authorization: `Thing ${thing.key}`,
      "content-type": "application/senml+json",
    },
    body: JSON.stringify(records),
  });
  assert.equal(response.status, 202, await response.text());
}

/** Values that a reader finds, once there are so many. */
async function values(platform: BenchPlatform, count: number): Promise<readonly number[]> {
  for (const untilMs = performance.now() + SEEN_MS_MAX;;) {
    const response = await fetch(`${platform.http}/channels/${channel}/messages`, {
      headers: { authorization: `Thing ${thing.key}` },
    });
    const { messages = [] } = await response.json() as { messages?: { value: number }[] };
    if (messages.length >= count || performance.now() > untilMs) {
      return messages.map(({ value }) => value).toSorted();
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function verified(platform: BenchPlatform, file: string): Promise<string> {
  const response = await fetch(`${platform.http}/things/${thing.id}/history/export`, {
    headers: { authorization: `Bearer ${platform.token}` },
  });
  assert.equal(response.status, 200);
  await Deno.writeTextFile(file, await response.text());
  const said: string[] = [];
  assert.equal(verifyFile([file], (text) => said.push(text)), 0, said.join("\n"));
  return said.join("\n");
}

/** Every event of the log, and the values in its messages. */
async function heldBy(
  server: EsdbServer,
): Promise<{ readonly events: readonly RecordedEvent[]; readonly values: ReadonlySet<number> }> {
  const store = await openEventStoreDb({ connectionString: server.connectionString });
  const events: RecordedEvent[] = [];
  const values = new Set<number>();
  for (let after = 0, atEnd = false; !atEnd;) {
    const page = await store.readAll({ after, limit: READ_LIMIT_MAX });
    ({ reached: after, atEnd } = page);
    events.push(...page.events);
    for (const { type, data } of page.events) {
      if (type !== "MessagesPublished") continue;
      for (const { payload } of decodeMessageBatch(data as Uint8Array).messages) {
        for (const { v } of JSON.parse(new TextDecoder().decode(payload))) values.add(v);
      }
    }
  }
  await store.close();
  return { events, values };
}

Deno.test("eventstoredb: a platform keeps its log there, over a restart of both, and proves it", async () => {
  await onServer(async ({ server, folder, start }) => {
    const first = await start();
    await setUp(first);
    await publish(first);
    assert.deepEqual(await values(first, 1), [61.5]);
    assert.equal(await first.stop(), 0);
    await assert.rejects(Deno.stat(`${folder}/events.db`), Deno.errors.NotFound);
    const again = await start();
    assert.deepEqual(await values(again, 1), [61.5]);
    await server.restart({ downMs: 100 });
    await publish(again, [{ n: "temperature", u: "Cel", v: 62 }]);
    assert.deepEqual(await values(again, 2), [61.5, 62]);
    const said = await verified(again, `${folder}/boiler.jsonl`);
    assert.match(said, /VERIFIED/);
    assert.match(said, /2 events/);
    assert.equal(await again.stop(), 0);
  });
});

Deno.test("eventstoredb: a platform that is killed loses nothing that it acknowledged, and every chain holds", async () => {
  await onServer(async ({ server, start }) => {
    let platform = await start();
    await setUp(platform);
    const acknowledged = new Set<number>();
    for (let round = 0; round < 2; round++) {
      const published = Promise.allSettled(Array.from({ length: 8 }, async (_, publisher) => {
        for (let n = 0;; n++) {
          const v = round * 100_000 + publisher * 10_000 + n;
          await publish(platform, [{ n: "count", v }]);
          acknowledged.add(v);
        }
      }));
      await new Promise((resolve) => setTimeout(resolve, 300));
      await platform.kill();
      await published;
      platform = await start();
    }
    assert.equal(await platform.stop(), 0);
    assert.ok(acknowledged.size > 20, `${acknowledged.size} were acknowledged`);
    const { events, values } = await heldBy(server);
    assert.deepEqual([...acknowledged].filter((value) => !values.has(value)), []);
    for (const stream of new Set(events.map(({ stream }) => stream))) {
      const own = events.filter((event) => event.stream === stream);
      assert.equal("what" in verifyStream(own), false, stream);
    }
  });
});

Deno.test("eventstoredb: read models are rebuilt from the log that lies there", async () => {
  await onServer(async ({ folder, start }) => {
    const first = await start();
    await setUp(first);
    for (let n = 0; n < 20; n++) await publish(first, [{ n: "temperature", v: n }]);
    assert.equal(await first.stop(), 0);
    await Deno.remove(`${folder}/projections`, { recursive: true });
    const again = await start();
    assert.equal((await values(again, 10)).length, 10);
    assert.equal(await again.stop(), 0);
  });
});

Deno.test("eventstoredb: a first start that was cut off is completed under the same domain", async () => {
  await onServer(async ({ server, folder, start }) => {
    const domainId = crypto.randomUUID();
    await Deno.writeTextFile(`${folder}/event-log-domain`, `${domainId}\n`);
    assert.equal(await (await start()).stop(), 0);
    assert.ok(server.log.events.some(({ stream }) => stream === `domain-${domainId}`));
  });
});

Deno.test("eventstoredb: a data folder that belongs to another log is refused, and both stay as they are", async () => {
  await onServer(async ({ server, folder, start }) => {
    assert.equal(await (await start()).stop(), 0);
    const other = await startEsdbServer();
    const on = ["--data", folder, "--http-port", "0", "--mqtt-port", "0"];
    const refused = async (...args: readonly string[]) => {
      const { code, error } = await programEnded([...on, ...args]);
      assert.equal(code, 64, error);
      assert.match(error, /it belongs to/);
    };
    const before = other.log.events.length;
    const held = server.log.events.length;
    await refused("--event-store", other.connectionString);
    assert.equal(other.log.events.length, before);
    await refused();
    await withFolder(async (empty) => {
      const args = ["--event-store", server.connectionString];
      const { code, error } = await programEnded(["--data", empty, ...on.slice(2), ...args]);
      assert.equal(code, 64, error);
      assert.match(error, /was begun with another one; start an empty folder/);
    });
    assert.equal(server.log.events.length, held);
    await assert.rejects(Deno.stat(`${folder}/events.db`), Deno.errors.NotFound);
    await withFolder(async (inFile) => {
      assert.equal(await (await startPlatform(inFile)).stop(), 0);
      on[1] = inFile;
      await refused("--event-store", server.connectionString);
    });
    await other.close();
  });
});

Deno.test("eventstoredb: a start without the server ends with 75 and says where it looked", async () => {
  const server = await startEsdbServer();
  await server.close();
  const { port } = server;
  await withFolder(async (folder) => {
    const { code, error } = await programEnded([
      ...["--data", folder, "--http-port", "0", "--mqtt-port", "0"],
      ...["--event-store", `esdb://admin:hidden@127.0.0.1:${port}?tls=false`],
    ]);
    assert.equal(code, 75, error);
    assert.match(error, new RegExp(`cannot be reached at '127\\.0\\.0\\.1:${port}'`));
    assert.ok(!error.includes("hidden"));
  });
});
