import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { freePorts } from "../../bench/load.ts";
import { withFolder } from "../e2e/program.ts";
import { DOCKER } from "./compose.ts";
import { madeSecrets } from "./secrets.ts";

/** Another one than Debian's may be named. */
const PROGRAM = Deno.env.get("NATS_SERVER") ?? "nats-server";
/** Servers that have no leader by then never will, in milliseconds. */
const READY_MS_MAX = 30_000;
const NUMBERS = [1, 2, 3];

const secrets = await madeSecrets();

interface Cluster {
  readonly clients: readonly string[];
  readonly user: string;
  readonly password: string;
  /** As a crash ends one of them. */
  kill(index: number): Promise<void>;
}

/** Older ones cannot flush before they acknowledge, and refuse to hear of it. */
async function flushesAlways(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command(PROGRAM, { args: ["--version"] }).output();
    const minor = /v2\.(\d+)/.exec(new TextDecoder().decode(stdout))?.[1];
    return Number(minor) >= 10;
  } catch {
    return assert.fail(`${PROGRAM} is missing, install it: apt-get install -y nats-server`);
  }
}

/** Three servers from the very configuration, in the places of this machine. */
async function withServers(test: (cluster: Cluster) => Promise<void>): Promise<void> {
  const flushes = await flushesAlways();
  await withFolder(async (folder) => {
    const free = freePorts(3 * NUMBERS.length);
    const ports = NUMBERS.map((_, index) => {
      const [client, route, http] = free.slice(3 * index) as [number, number, number];
      return { client, route, http };
    });
    const read = (path: string) => Deno.readTextFile(path);
    const routes = ports.reduce(
      (text, { route }, index) => text.replace(`nats-${index + 1}:6222`, `127.0.0.1:${route}`),
      await read(`${secrets}/nats-routes`),
    );
    const configuration = await read(`${DOCKER}nats/nats.conf`);
    const servers = await Promise.all(ports.map(async ({ client, route, http }, index) => {
      const root = `${folder}/${index}`;
      const text = configuration
        .replace("0.0.0.0:4222", `127.0.0.1:${client}`)
        .replace("0.0.0.0:6222", `127.0.0.1:${route}`)
        .replace("127.0.0.1:8222", `127.0.0.1:${http}`)
        .replace(`"/data"`, `"${root}/data"`)
        .replace(flushes ? "" : /\n.*sync_interval.*/, "");
      await Deno.mkdir(`${root}/etc/nats`, { recursive: true });
      await Deno.mkdir(`${root}/run/secrets`, { recursive: true });
      await Deno.writeTextFile(`${root}/etc/nats/nats.conf`, text);
      await Deno.writeTextFile(`${root}/run/secrets/nats-routes`, routes);
      await Deno.copyFile(`${secrets}/nats-users`, `${root}/run/secrets/nats-users`);
      return new Deno.Command(PROGRAM, {
        args: ["--config", `${root}/etc/nats/nats.conf`],
        env: { NATS_NAME: `nats-${index + 1}` },
        stdout: "null",
        stderr: "null",
      }).spawn();
    }));
    const { username: user, password } = new URL(
      await read(`${secrets}/mailbox`)
        .then((text) => text.replace(/,.*\//, "/")),
    );
    const killed = new Set<number>();
    try {
      await Promise.all(ports.map(({ http }) => healthy(http)));
      await test({
        clients: ports.map(({ client }) => `127.0.0.1:${client}`),
        user,
        password,
        async kill(index) {
          killed.add(index);
          servers[index]!.kill("SIGKILL");
          await servers[index]!.status;
        },
      });
    } finally {
      for (const [index, server] of servers.entries()) {
        if (killed.has(index)) continue;
        // One that could not start is gone, and what failed by it is told already.
        if (!await hasEnded(server)) server.kill("SIGKILL");
        await server.status;
      }
    }
  });
}

async function hasEnded({ status }: Deno.ChildProcess): Promise<boolean> {
  const later = new Promise<false>((resolve) => setTimeout(() => resolve(false), 0));
  return await Promise.race([status.then(() => true), later]);
}

/** What the container's health check asks. */
async function healthy(port: number): Promise<void> {
  const untilMs = performance.now() + READY_MS_MAX;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    assert.ok(performance.now() < untilMs, "a server is not healthy");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function repeated<T>(work: () => Promise<T>): Promise<T> {
  const untilMs = performance.now() + READY_MS_MAX;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const connected = (
  { clients, user, password }: Pick<Cluster, "clients" | "user" | "password">,
): Promise<NatsConnection> => connect({ servers: [...clients], user, pass: password });

Deno.test("cluster NATS: three servers keep three copies on files, and go on when one of them dies", () =>
  withServers(async (cluster) => {
    const connection = await connected(cluster);
    const manager = await repeated(() => jetstreamManager(connection));
    const { config } = await repeated(() =>
      manager.streams.add({ name: "kept", subjects: ["kept.>"], num_replicas: 3 })
    );
    assert.deepEqual([config.num_replicas, config.storage], [3, "file"]);
    const jetstream = manager.jetstream();
    const { seq: first } = await repeated(() => jetstream.publish("kept.a", "before"));
    assert.equal(first, 1);
    const { cluster: copies } = await manager.streams.info("kept");
    assert.deepEqual(
      [copies!.leader!, ...copies!.replicas!.map(({ name }) => name)].sort(),
      NUMBERS.map((number) => `nats-${number}`),
    );
    // The one that leads, so that another one has to.
    await cluster.kill(Number(copies!.leader!.split("-")[1]) - 1);
    const { seq: second } = await repeated(() =>
      jetstream.publish("kept.a", "after", { msgID: "after" })
    );
    assert.equal(second, 2);
    const kept = await repeated(() => manager.streams.getMessage("kept", { seq: 1 }));
    assert.equal(kept!.string(), "before");
    await connection.close();
  }));

/**
 * What a server says to who names itself like this. In its own protocol: the client leaves a line that
 * is reset under a refusal to nobody, which would end the test.
 */
async function saidTo(server: string, options: object): Promise<string> {
  const [hostname, port] = server.split(":") as [string, string];
  using line = await Deno.connect({ hostname, port: Number(port) });
  await line.write(new TextEncoder().encode(`CONNECT ${JSON.stringify(options)}\r\nPING\r\n`));
  const bytes = new Uint8Array(4_096);
  let said = "";
  for (;;) {
    const count = await line.read(bytes).catch(() => null);
    if (count === null) return said;
    said += new TextDecoder().decode(bytes.subarray(0, count));
    if (/^(PONG|-ERR .*)\r\n/m.test(said)) return said;
  }
}

Deno.test("cluster NATS: lets nobody in but the platform's own user", () =>
  withServers(async ({ clients, user, password }) => {
    const terms = { verbose: false, pedantic: false, lang: "test", version: "0" };
    for (const server of clients) {
      for (const wrong of [{}, { user, pass: "wrong" }, { user: "route", pass: password }]) {
        const said = await saidTo(server, { ...terms, ...wrong });
        assert.match(said, /^-ERR 'Authorization Violation'/m);
      }
      assert.match(await saidTo(server, { ...terms, user, pass: password }), /^PONG/m);
    }
  }));
