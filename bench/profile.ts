/**
 * `deno task profile`: durable QoS 1 ingest under V8's sampling profiler. Says which thread is
 * busy, and on which functions the main thread (edges and actors) spends its time.
 */
import { TerminalError } from "../actors/mod.ts";
import { buildLoadGenerator, clientLine, freePort, runMqttLoad } from "./load.ts";
import { fleet, startPlatform } from "./platform.ts";

const MESSAGES = 3_000_000;
const PUBLISHERS = 10;
const SAMPLE_US = 500;
const FUNCTIONS_SHOWN = 25;
/** Of the kernel's clock, sysconf(_SC_CLK_TCK) on Linux. */
const TICKS_PER_SECOND = 100;
/** The platform's own threads, in the order in which it starts them. */
const THREADS: Readonly<Record<string, string>> = {
  "deno": "main: edges and actors",
  "worker-1": "writer of the log",
  "worker-2": "projections",
};

interface ProfileNode {
  readonly id: number;
  readonly hitCount: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
  };
}

async function main(): Promise<void> {
  const binary = await buildLoadGenerator();
  const folder = await Deno.makeTempDir({ prefix: "millrace-profile-" });
  const inspector = `127.0.0.1:${freePort()}`;
  const platform = await startPlatform(folder, { runtimeFlags: [`--inspect=${inspector}`] });
  try {
    const { things, channelIds } = await fleet(platform, { things: PUBLISHERS, channels: 10 });
    const clients = things.map((thing, i) =>
      clientLine(thing, { name: `profile-${i}`, topic: `channels/${channelIds[i]}/messages` })
    );
    const load = () =>
      runMqttLoad(binary, {
        port: platform.mqttPort,
        publishers: PUBLISHERS,
        messagesEach: MESSAGES / PUBLISHERS,
        qos: 1,
        clients,
      });
    await load();
    const before = await threadSeconds(platform.pid);
    const profiler = await attach(inspector);
    const startedMs = performance.now();
    const { publish_per_s } = await load();
    const seconds = (performance.now() - startedMs) / 1_000;
    const nodes = await profiler.stop();
    const after = await threadSeconds(platform.pid);
    say(`${Math.round(publish_per_s).toLocaleString("en")} durable messages/s\n`);
    say(threadTable({ before, after, seconds }));
    say(functionTable(nodes));
  } finally {
    await platform.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** A session of the Chrome DevTools Protocol with the main thread. */
async function attach(inspector: string): Promise<{ stop(): Promise<readonly ProfileNode[]> }> {
  const [target] = await (await fetch(`http://${inspector}/json`)).json();
  const url: string = target.webSocketDebuggerUrl;
  const socket = new WebSocket(url);
  await new Promise((resolve, fail) => {
    socket.onopen = resolve;
    socket.onerror = () => fail(new TerminalError(`Cannot profile: '${url}' does not answer`));
  });
  let sent = 0;
  const waiting = new Map<number, (result: { profile?: { nodes: ProfileNode[] } }) => void>();
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(data);
    waiting.get(id)?.(result);
  };
  const call = (method: string, params = {}) =>
    new Promise<{ profile?: { nodes: ProfileNode[] } }>((resolve) => {
      waiting.set(++sent, resolve);
      socket.send(JSON.stringify({ id: sent, method, params }));
    });
  await call("Profiler.enable");
  await call("Profiler.setSamplingInterval", { interval: SAMPLE_US });
  await call("Profiler.start");
  return {
    async stop() {
      const { profile } = await call("Profiler.stop");
      socket.close();
      return profile!.nodes;
    },
  };
}

/** Seconds of processor time of each thread so far, by `name tid`. */
async function threadSeconds(pid: number): Promise<ReadonlyMap<string, number>> {
  const seconds = new Map<string, number>();
  for await (const { name: tid } of Deno.readDir(`/proc/${pid}/task`)) {
    const stat = await Deno.readTextFile(`/proc/${pid}/task/${tid}/stat`).catch(() => "");
    const [, name, rest] = /\((.*)\) (.*)/.exec(stat) ?? [];
    if (rest === undefined) continue;
    const fields = rest.split(" ");
    seconds.set(`${name} ${tid}`, (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND);
  }
  return seconds;
}

function threadTable({ before, after, seconds }: {
  readonly before: ReadonlyMap<string, number>;
  readonly after: ReadonlyMap<string, number>;
  readonly seconds: number;
}): string {
  const rows = [...after]
    .map(([name, used]) => ({ name, share: (used - (before.get(name) ?? 0)) / seconds }))
    .filter(({ share }) => share >= 0.01)
    .sort((a, b) => b.share - a.share);
  return ["  thread                     of one core"]
    .concat(rows.map(({ name, share }) => `  ${threadName(name).padEnd(27)}${percent(share)}`))
    .join("\n") + "\n";
}

function threadName(nameAndId: string): string {
  const [name] = nameAndId.split(/ \d+$/);
  return THREADS[name!] ?? name!;
}

function functionTable(nodes: readonly ProfileNode[]): string {
  const hits = new Map<string, number>();
  let all = 0;
  for (const { hitCount, callFrame: { functionName, url, lineNumber } } of nodes) {
    if (functionName === "(idle)") continue;
    const place = url === "" ? "" : ` ${url.split("/").slice(-3).join("/")}:${lineNumber + 1}`;
    const name = `${functionName || "(anonymous)"}${place}`;
    hits.set(name, (hits.get(name) ?? 0) + hitCount);
    all += hitCount;
  }
  const rows = [...hits].sort(([, a], [, b]) => b - a).slice(0, FUNCTIONS_SHOWN);
  return ["  of the main thread, self time"]
    .concat(rows.map(([name, count]) => `  ${percent(count / all)}  ${name}`))
    .join("\n") + "\n";
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`.padStart(9);
}

function say(text: string): void {
  // deno-lint-ignore no-console -- a command for people
  console.log(text);
}

await main();
