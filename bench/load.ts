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
  /** From the time in a message's payload to its arrival at a subscriber. */
  readonly e2e_ms: { readonly p50: number; readonly p99: number };
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

/** A port that nothing listens on now. */
export function freePort(): number {
  return freePorts(1)[0]!;
}

/** All different, and below those that outgoing connections get: nobody has them by chance. */
export function freePorts(count: number): readonly number[] {
  const held: Deno.TcpListener[] = [];
  const first = 20_000 + Math.floor(Math.random() * 10_000);
  for (let port = first; held.length < count; port++) {
    try {
      held.push(Deno.listen({ hostname: "127.0.0.1", port }));
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  const ports = held.map(({ addr }) => addr.port);
  for (const listener of held) listener.close();
  return ports;
}

/** What a program prints; throws EngineUnreachable if it is not there. */
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
