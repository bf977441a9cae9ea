import { EngineUnreachable, TerminalError } from "../actors/mod.ts";
import type { Device } from "./platform.ts";

const HERE = new URL(".", import.meta.url).pathname;

/** What bench/mqttload.c prints. */
export interface LoadResult {
  readonly sent: number;
  readonly acked: number;
  readonly received: number;
  readonly publish_per_s: number;
  readonly receive_per_s: number;
  readonly ack_ms: { readonly p50: number; readonly p99: number };
}

export interface MqttLoad {
  readonly port: number;
  readonly publishers: number;
  readonly subscribers?: number;
  readonly messagesEach: number;
  readonly qos: 0 | 1;
  readonly window?: number;
  /** Messages a second in all; absent means as fast as possible. */
  readonly rate?: number;
  /** Client id, username, password and topic of each client, publishers first. */
  readonly clients?: readonly string[];
}

/** Builds the generator once; throws EngineUnreachable naming the package if gcc is missing. */
export function buildLoadGenerator(): Promise<string> {
  return compiled("mqttload");
}

/** Compiles `bench/<name>.c`; answers the program's path. */
export async function compiled(name: string): Promise<string> {
  const binary = `${HERE}build/${name}`;
  await Deno.mkdir(`${HERE}build`, { recursive: true });
  await output("gcc", ["-O2", "-w", "-o", binary, `${HERE}${name}.c`, "-lm"]);
  return binary;
}

/** Runs a generator with a list of clients, a line each; answers the JSON that it prints. */
export async function withClients<T>(
  binary: string,
  { args, clients }: {
    readonly args: readonly (string | number)[];
    readonly clients: readonly string[];
  },
): Promise<T> {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, clients.join("\n") + "\n");
  const printed = await output(binary, [...args.map(String), "-c", file]);
  await Deno.remove(file);
  return JSON.parse(printed);
}

export async function runMqttLoad(binary: string, load: MqttLoad): Promise<LoadResult> {
  const args = ["-p", load.port, "-P", load.publishers, "-S", load.subscribers ?? 0]
    .concat(["-n", load.messagesEach, "-q", load.qos, "-w", load.window ?? 200]).map(String);
  args.push("-j");
  if (load.rate !== undefined) args.push("-r", String(load.rate));
  if (load.clients === undefined) {
    args.push("-t", load.subscribers === undefined ? "t/%d" : "t/0", "-T", "t/#");
    return JSON.parse(await output(binary, args));
  }
  return await withClients(binary, { args, clients: load.clients });
}

/** A line of the generator's list of clients. */
export function clientLine(
  thing: Device,
  { name, topic }: { readonly name: string; readonly topic: string },
): string {
  return [name, thing.id, thing.key, topic].join(",");
}

/** wrk with one thread and 32 connections; requests a second and the 99th percentile in ms. */
export async function runWrk(
  url: string,
  options: { readonly key: string; readonly body: string; readonly seconds: number },
): Promise<{ readonly perSecond: number; readonly p99Ms: number }> {
  const script = await Deno.makeTempFile({ suffix: ".lua" });
  await Deno.writeTextFile(
    script,
    `wrk.method="POST"; wrk.body='${options.body}'
     wrk.headers["Content-Type"]="application/senml+json"
     wrk.headers["Authorization"]="Thing ${options.key}"`,
  );
  const args = ["-t1", "-c32", `-d${options.seconds}`, "--latency", "-s", script, url];
  const printed = await output("wrk", args);
  await Deno.remove(script);
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(printed)?.[1];
  if (refused !== undefined) {
    throw new TerminalError(`Cannot measure: ${refused} requests were refused`);
  }
  const [, latency, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(printed) ?? [];
  const scale = unit === "us" ? 1e-3 : unit === "s" ? 1e3 : 1;
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(printed)?.[1] ?? 0),
    p99Ms: Number(latency ?? 0) * scale,
  };
}

/** A broker beside which the platform is measured. */
export interface Peer {
  /** As figures name it. */
  readonly name: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** By the name that `--against` takes: each on a free port, its data in a folder that goes with it. */
export const PEERS: Readonly<Record<string, () => Promise<Peer>>> = {
  "mosquitto": () =>
    startPeer("mosquitto, in memory", {
      program: "mosquitto",
      configuration: (port) =>
        `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n` +
        "max_queued_messages 0\n",
    }),
  "nats-server": () =>
    startPeer("nats-server", {
      program: "nats-server",
      configuration: (port, folder) =>
        `server_name: bench\nlisten: "127.0.0.1:-1"\njetstream { store_dir: "${folder}" }\n` +
        `mqtt { listen: "127.0.0.1:${port}" }\n`,
    }),
};

async function startPeer(
  name: string,
  { program, configuration }: {
    readonly program: string;
    readonly configuration: (port: number, folder: string) => string;
  },
): Promise<Peer> {
  const port = freePort();
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/conf`, configuration(port, folder));
  const path = await exists(`/usr/sbin/${program}`) ? `/usr/sbin/${program}` : program;
  const child = new Deno.Command(path, {
    args: ["-c", `${folder}/conf`],
    stdout: "null",
    stderr: "null",
  }).spawn();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return {
    name,
    port,
    async stop() {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A port that nothing listens on now. */
export function freePort(): number {
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  return port;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function output(program: string, args: readonly string[]): Promise<string> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] })
      .output();
    if (!success) {
      throw new TerminalError(`Cannot run '${program}': ${new TextDecoder().decode(stderr)}`);
    }
    return new TextDecoder().decode(stdout);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new EngineUnreachable(
      `Cannot run '${program}': it is not there, apt-get install -y gcc wrk`,
      { cause },
    );
  }
}
