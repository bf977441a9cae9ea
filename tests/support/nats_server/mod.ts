/**
 * Real NATS servers for tests: each with JetStream in a folder of its own, on a free port.
 *
 * Main path: `startNatsServer` writes a configuration, starts the program and waits until it answers;
 * `kill` ends it as a crash would, `start` brings it back on the same port with the same files.
 *
 * Debian's `nats-server` is enough; `NATS_SERVER` names another program. Nothing here stands in for a
 * server: what a test sees is what the program does.
 */
import assert from "node:assert/strict";
import { freePorts } from "../../../bench/load.ts";

const READY_MS_MAX = 10_000;

export interface NatsServerOptions {
  /** False switches JetStream off. */
  readonly jetstream?: boolean;
  readonly maxPayload?: number;
  /** All that JetStream may store. */
  readonly storeBytes?: number;
  /** More of the configuration, as the server reads it. */
  readonly more?: string;
}

export interface NatsServer {
  readonly port: number;
  /** `nats://127.0.0.1:<port>` */
  readonly url: string;
  readonly version: string;
  /** As by `kill -9`. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const folder = await Deno.makeTempDir({ prefix: "nats-" });
  const version = await versionOf();
  let port = -1;
  let running: Deno.ChildProcess | undefined;
  const start = async () => {
    await Deno.writeTextFile(
      `${folder}/server.conf`,
      configOf(folder, { ...options, port, version }),
    );
    const child = new Deno.Command(program(), {
      args: ["-c", `${folder}/server.conf`],
      stdin: "null",
      stdout: "null",
      // What is wrong with a configuration stands here, before there is a log.
      stderr: "inherit",
    }).spawn();
    running = child;
    port = await portOf(folder, child.pid);
    await answers(port);
  };
  const kill = async (signal: Deno.Signal = "SIGKILL") => {
    const child = running;
    running = undefined;
    if (child === undefined) return;
    child.kill(signal);
    await child.status;
  };
  await start();
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    version,
    kill: () => kill(),
    start,
    async stop() {
      await kill();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Servers of one cluster, each with its own files; `url` names all of them. */
export async function startNatsCluster(
  count: number,
): Promise<{ readonly servers: readonly NatsServer[]; readonly url: string }> {
  // Members of a cluster must know each other's ports before they start.
  const ports = freePorts(count);
  const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(", ");
  const servers = await Promise.all(ports.map((port, index) =>
    startNatsServer({
      more: [
        `server_name: "n${index}"`,
        `cluster { name: "test", listen: "127.0.0.1:${port}", routes: [${routes}] }`,
      ].join("\n"),
    })
  ));
  const hosts = servers.map(({ port }) => `127.0.0.1:${port}`).join(",");
  return { servers, url: `nats://${hosts}` };
}

/** Debian's lies where a user's path does not lead. */
function program(): string {
  return Deno.env.get("NATS_SERVER") ?? "/usr/sbin/nats-server";
}

async function versionOf(): Promise<string> {
  try {
    const { stdout } = await new Deno.Command(program(), { args: ["--version"] }).output();
    return /v(\d+\.\d+\.\d+)/.exec(new TextDecoder().decode(stdout))![1]!;
  } catch (cause) {
    throw new assert.AssertionError({
      message:
        `Cannot start '${program()}': install nats-server (apt-get install -y nats-server), or name one by NATS_SERVER (${cause})`,
    });
  }
}

function configOf(
  folder: string,
  { port, version, jetstream = true, maxPayload, storeBytes, more = "" }: NatsServerOptions & {
    readonly port: number;
    readonly version: string;
  },
): string {
  const minor = Number(version.split(".")[1]);
  return [
    `listen: "127.0.0.1:${port}"`,
    `ports_file_dir: "${folder}"`,
    `logfile: "${folder}/log"`,
    maxPayload === undefined ? "" : `max_payload: ${maxPayload}`,
    jetstream
      ? [
        `jetstream {`,
        `  store_dir: "${folder}/store"`,
        storeBytes === undefined ? "" : `  max_file_store: ${storeBytes}`,
        // Older ones cannot flush before they acknowledge, and refuse to hear of it.
        minor >= 10 ? "  sync_interval: always" : "",
        `}`,
      ].join("\n")
      : "",
    more,
  ].join("\n");
}

async function portOf(folder: string, pid: number): Promise<number> {
  const untilMs = performance.now() + READY_MS_MAX;
  for (;;) {
    const ports = await Deno.readTextFile(`${folder}/nats-server_${pid}.ports`).catch(() => "");
    const found = /(?:nats|tls):\/\/127\.0\.0\.1:(\d+)/.exec(ports)?.[1];
    if (found !== undefined) return Number(found);
    if (performance.now() > untilMs) {
      const log = await Deno.readTextFile(`${folder}/log`).catch(() => "");
      assert.fail(`nats-server did not say its port: ${log.slice(-2_000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function answers(port: number): Promise<void> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = new Uint8Array(4_096);
  const count = await connection.read(bytes) ?? 0;
  connection.close();
  assert.match(new TextDecoder().decode(bytes.subarray(0, count)), /^INFO /);
}
