import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type BenchPlatform, startPlatform } from "../../bench/platform.ts";
import { verifyFile } from "../../cli/verify.ts";
import { writeKey } from "../actors/secrets/folders.ts";
import { type EsdbServer, startEsdbServer } from "../support/esdb_server/mod.ts";
import { programEnded, withFolder } from "./program.ts";

interface Site {
  readonly server: EsdbServer;
  readonly base: string;
  readonly key: string;
  /** A node on a folder of its own. */
  start(name: string): Promise<BenchPlatform>;
  /** A start that is refused; what it says. */
  refused(name: string, ...flags: readonly string[]): Promise<string>;
}

async function withSite(run: (site: Site) => Promise<void>): Promise<void> {
  const server = await startEsdbServer();
  try {
    await withFolder(async (base) => {
      const key = `${base}/installation.key`;
      writeKey(key, Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url"));
      const log = ["--event-store", server.connectionString];
      await run({
        server,
        base,
        key,
        start: (name) =>
          startPlatform(`${base}/${name}`, { flags: [...log, "--installation-key", key] }),
        async refused(name, ...flags) {
          const ports = ["--http-port", "0", "--mqtt-port", "0"];
          const args = ["--data", `${base}/${name}`, ...log, ...ports, ...flags];
          const { code, error } = await programEnded(args);
          assert.equal(code, 64, error);
          return error;
        },
      });
    });
  } finally {
    await server.close();
  }
}

/** The administrator's password is told to the operator of the first node. */
async function handOver(base: string, from: string, to: string): Promise<void> {
  await Deno.mkdir(`${base}/${to}`);
  await Deno.copyFile(`${base}/${from}/admin-password`, `${base}/${to}/admin-password`);
}

async function ask(
  node: BenchPlatform,
  path: string,
  options: { readonly after?: string; readonly token?: string } = {},
): Promise<Response> {
  const response = await fetch(node.http + path, {
    headers: {
      authorization: `Bearer ${options.token ?? node.token}`,
      ...(options.after === undefined ? {} : { "millrace-wait-for": options.after }),
    },
  });
  assert.equal(response.status, 200);
  return response;
}

/** A new user of the node; where in the log it stands, and its id. */
async function created(node: BenchPlatform, email: string) {
  const response = await fetch(`${node.http}/users`, {
    method: "POST",
    headers: { authorization: `Bearer ${node.token}`, "content-type": "application/json" },
    body: JSON.stringify({ email, password: "12345678", name: email.split("@")[0] }),
  });
  assert.equal(response.status, 201);
  const { id } = await response.json() as { id: string };
  return { id, position: response.headers.get("millrace-position")! };
}

async function signer(node: BenchPlatform, { id, file }: { id: string; file: string }) {
  await Deno.writeTextFile(file, await (await ask(node, `/users/${id}/history/export`)).text());
  const said: string[] = [];
  assert.equal(verifyFile([file], (text) => said.push(text)), 0, said.join("\n"));
  const [header] = (await Deno.readTextFile(file)).split("\n");
  const { publicKey, streams } = JSON.parse(header!) as { publicKey: string; streams: string[] };
  assert.deepEqual(streams, [`user-${id}`]);
  return publicKey;
}

Deno.test("shared key: two nodes with their own folders know each other's persons, tokens and signature", () =>
  withSite(async ({ base, start }) => {
    const one = await start("one");
    const ann = await created(one, "ann@example.com");
    await handOver(base, "one", "two");
    const two = await start("two");
    const shown = await (await ask(two, `/users/${ann.id}`, { after: ann.position })).json();
    assert.equal(shown.email, "ann@example.com");
    assert.equal(shown.name, "ann");
    const ben = await created(two, "ben@example.com");
    const seen = await (await ask(one, `/users/${ben.id}`, { after: ben.position })).json();
    assert.equal(seen.email, "ben@example.com");
    await ask(two, "/users/profile", { token: one.token });
    const keys = [
      await signer(one, { id: ann.id, file: `${base}/one.jsonl` }),
      await signer(two, { id: ann.id, file: `${base}/two.jsonl` }),
    ];
    assert.equal(keys[0], keys[1]);
    const history = await (await ask(two, `/users/${ann.id}/history`)).json();
    assert.ok(!JSON.stringify(history).includes("PersonKeyMade"));
    for (const node of [one, two]) assert.equal(await node.stop(), 0);
    for (const name of ["one", "two"]) {
      const files = new Set([...Deno.readDirSync(`${base}/${name}`)].map((entry) => entry.name));
      assert.ok(files.has("vault.db"));
      for (const none of ["installation-key", "signing-key.pem"]) assert.ok(!files.has(none), none);
    }
  }));

Deno.test("shared key: a node with another key, or with none, is refused, and the log stays as it is", () =>
  withSite(async ({ base, server, start, refused, key }) => {
    assert.equal(await (await start("one")).stop(), 0);
    const before = server.log.events.length;
    assert.match(
      await refused("two"),
      /begun with another one; start an empty folder with its key as --installation-key/,
    );
    writeKey(`${base}/other.key`);
    const other = ["--installation-key", `${base}/other.key`];
    assert.match(await refused("three", ...other), /--installation-key must name that one/);
    assert.match(await refused("one"), /the key is not there; name it by --installation-key/);
    assert.match(
      await refused("four", "--installation-key", `${base}/no.key`),
      /--installation-key '.*no\.key': it must be a file that can be read/,
    );
    Deno.chmodSync(key, 0o644);
    assert.match(await refused("one", "--installation-key", key), /others may read or change it/);
    assert.equal(server.log.events.length, before);
  }));
