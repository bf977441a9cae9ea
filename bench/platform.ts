import { TerminalError } from "../actors/mod.ts";

/** Milliseconds until a platform must be ready, or the benchmark gives up. */
const READY_MS_MAX = 60_000;
const FREE_PORTS = ["--http-port", "0", "--mqtt-port", "0"];
const JSON_TYPE = { "content-type": "application/json" };
const ROOT = new URL("..", import.meta.url).pathname;

export interface Device {
  readonly id: string;
  readonly key: string;
}

/** A platform in a process of its own, on a data folder of its own. */
export interface BenchPlatform {
  readonly folder: string;
  readonly http: string;
  readonly mqttPort: number;
  readonly pid: number;
  /** From the start of the process until `ready.json` was there. */
  readonly readyMs: number;
  readonly token: string;
  post(path: string, body: unknown): Promise<unknown>;
  /** Answers the exit code. */
  stop(signal?: "SIGTERM" | "SIGINT"): Promise<number>;
  /** As a crash of the process ends it: nothing is flushed. */
  kill(): Promise<void>;
}

/** Starts it as `deno task start` does. */
export async function startPlatform(
  folder: string,
  options: {
    /** For Deno itself. */
    readonly runtimeFlags?: readonly string[];
    readonly flags?: readonly string[];
    /** Variables beside those of this process. */
    readonly env?: Readonly<Record<string, string>>;
    /** Takes what the platform logs; it goes to this process's standard error otherwise. */
    readonly onLog?: (text: string) => void;
  } = {},
): Promise<BenchPlatform> {
  const { runtimeFlags = [], flags = [], env = {}, onLog } = options;
  const [run, ...rest] = await startArgs();
  const startedMs = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [run!, ...runtimeFlags, ...rest, "--data", folder, ...FREE_PORTS, ...flags],
    cwd: ROOT,
    env,
    stdout: "null",
    stderr: onLog === undefined ? "inherit" : "piped",
  }).spawn();
  const logged = onLog === undefined ? undefined : readLog(child, onLog);
  const ready = await readyFile(folder, { pid: child.pid, untilMs: startedMs + READY_MS_MAX });
  const readyMs = performance.now() - startedMs;
  const token = await signedIn(ready.http, folder);
  return {
    folder,
    http: ready.http,
    mqttPort: Number(new URL(ready.mqtt).port),
    pid: ready.pid,
    readyMs,
    token,
    async post(path, body) {
      const response = await fetch(ready.http + path, {
        method: "POST",
        headers: { ...JSON_TYPE, authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      if (!response.ok) throw new TerminalError(`Cannot post ${path}: ${text}`);
      return text === "" ? undefined : JSON.parse(text);
    },
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      await logged;
      return (await child.status).code;
    },
    async kill() {
      child.kill("SIGKILL");
      await logged;
      await child.status;
    },
  };
}

/** The administrator's token. */
async function signedIn(http: string, folder: string): Promise<string> {
  const password = (await Deno.readTextFile(`${folder}/admin-password`)).trim();
  const login = await fetch(`${http}/tokens`, {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify({ email: "admin@example.com", password }),
  });
  return (await login.json()).token;
}

async function readLog(child: Deno.ChildProcess, onLog: (text: string) => void): Promise<void> {
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) onLog(text);
}

/** As `deno task start` runs it, but without a shell in between that would take the signals. */
async function startArgs(): Promise<readonly string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  return tasks.start.split(" ").slice(1);
}

/** What the process `pid` announced; a file that a killed one left behind does not count. */
async function readyFile(
  folder: string,
  { pid, untilMs }: { readonly pid: number; readonly untilMs: number },
): Promise<{ http: string; mqtt: string; pid: number }> {
  for (;;) {
    const text = await Deno.readTextFile(`${folder}/ready.json`).catch((error: unknown) => {
      if (error instanceof Deno.errors.NotFound) return "{}";
      throw error;
    });
    const ready = JSON.parse(text);
    if (ready.pid === pid) return ready;
    if (performance.now() > untilMs) {
      throw new TerminalError(`Cannot start on '${folder}': not ready in ${READY_MS_MAX} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Things of which each may use its channel: `channelIds[i % channels]`. */
export async function fleet(
  platform: BenchPlatform,
  sizes: { readonly things: number; readonly channels: number },
): Promise<{ readonly things: readonly Device[]; readonly channelIds: readonly string[] }> {
  const named = (length: number) => Array.from({ length }, (_, i) => ({ name: `bench ${i}` }));
  const { things } = await platform.post("/things/bulk", named(sizes.things)) as {
    things: Device[];
  };
  const { channels } = await platform.post("/channels/bulk", named(sizes.channels)) as {
    channels: { id: string }[];
  };
  await platform.post("/connect", {
    thing_ids: things.map(({ id }) => id),
    channel_ids: channels.map(({ id }) => id),
  });
  return { things, channelIds: channels.map(({ id }) => id) };
}

/** Resident memory in MiB. */
export async function residentMiB(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
