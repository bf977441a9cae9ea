/**
 * `deno task bench:influxdb`: how fast measurements reach an InfluxDB on the same machine, how they
 * follow devices that publish at a steady rate, and what a point takes; beside the embedded SQLite.
 */
import { TerminalError } from "../actors/mod.ts";
import { obtainInfluxd, startInfluxd } from "../tests/support/influxd/mod.ts";
import { buildLoadGenerator, clientLine, type LoadResult, runMqttLoad } from "./load.ts";
import { type BenchPlatform, type Device, fleet, startPlatform } from "./platform.ts";
import { type Figure, percentile, table } from "./report.ts";

const PUBLISHERS = 10;
/** Published as fast as it is acknowledged. */
const FLOOD_MESSAGES = 500_000;
/** Messages a second, and for how long. */
const RATES = [5_000, 20_000, 50_000];
const RATE_SECONDS = 10;
/** Messages of which it is looked how soon a reader finds them, one after the other. */
const PROBES = 40;
const CAUGHT_UP_MS_MAX = 300_000;
const POLL_MS = 20;
/** Of the kernel's clock, sysconf(_SC_CLK_TCK) on Linux. */
const TICKS_PER_SECOND = 100;

interface Subject {
  readonly name: string;
  readonly platform: BenchPlatform;
  readonly binary: string;
  readonly things: readonly Device[];
  readonly channelIds: readonly string[];
  /** Of an engine outside the platform. */
  readonly enginePid?: number;
  readonly stored: () => Promise<number>;
}

async function main(): Promise<void> {
  const binary = await buildLoadGenerator();
  await obtainInfluxd(say);
  const influxd = await startInfluxd();
  const figures: Figure[] = [];
  try {
    const { token, org, port } = influxd;
    figures.push(
      ...await measured({
        name: "influxdb",
        binary,
        flags: ["--time-series", `influxdb+http://127.0.0.1:${port}/?org=${org}&bucket=bench`],
        env: { MILLRACE_INFLUXDB_TOKEN: token },
        enginePid: influxd.pid()!,
        stored: () => `${influxd.folder}/engine`,
      }),
    );
    figures.push(
      ...await measured({
        name: "sqlite",
        binary,
        flags: [],
        env: {},
        stored: (folder) => `${folder}/projections/measurements-2.db`,
      }),
    );
  } finally {
    await influxd.close();
  }
  say(table(figures));
  say(
    `  load of the machine at the end: ${Deno.loadavg().map((each) => each.toFixed(1)).join(" ")}`,
  );
}

async function measured(options: {
  readonly name: string;
  readonly binary: string;
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly enginePid?: number;
  readonly stored: (folder: string) => string;
}): Promise<readonly Figure[]> {
  const { name, binary, flags, env, enginePid, stored } = options;
  const folder = await Deno.makeTempDir({ prefix: "millrace-influxdb-" });
  const platform = await startPlatform(folder, { flags, env });
  try {
    const sizes = { things: PUBLISHERS + 20, channels: PUBLISHERS };
    const subject: Subject = {
      ...{ name, platform, binary, ...await fleet(platform, sizes) },
      ...(enginePid === undefined ? {} : { enginePid }),
      stored: () => bytesIn(stored(folder)),
    };
    return [...await flood(subject), ...await steady(subject), ...await queryable(subject)];
  } finally {
    await platform.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

async function flood(subject: Subject): Promise<readonly Figure[]> {
  const { name, platform, enginePid } = subject;
  const [before, engineBefore] = await Promise.all([cpu(platform.pid), cpu(enginePid)]);
  const storedBefore = await subject.stored();
  const startedMs = performance.now();
  const { publish_per_s } = await load(subject, FLOOD_MESSAGES);
  const writtenMs = performance.now() - startedMs;
  await caughtUp(subject);
  const allMs = performance.now() - startedMs;
  const [after, engineAfter] = await Promise.all([cpu(platform.pid), cpu(enginePid)]);
  const perMillion = 1e6 / FLOOD_MESSAGES;
  const figures: readonly Omit<Figure, "goal">[] = [
    { name: "durable messages while points are written", value: publish_per_s, unit: "messages/s" },
    {
      name: "points, from the first message to the last point",
      value: FLOOD_MESSAGES / allMs * 1e3,
      unit: "points/s",
    },
    {
      name: "last point after the last acknowledgement",
      value: (allMs - writtenMs) / 1e3,
      unit: "s",
    },
    { name: "CPU of the platform for a million", value: (after - before) * perMillion, unit: "s" },
    {
      name: "CPU of the engine for a million",
      value: (engineAfter - engineBefore) * perMillion,
      unit: "s",
    },
    {
      name: "on disk, before compaction",
      value: (await subject.stored() - storedBefore) / FLOOD_MESSAGES,
      unit: "bytes/point",
    },
  ];
  return figures.map((figure) => ({ ...figure, name: `${name}: ${figure.name}` }));
}

/** How long after the last message of a steady load its point is there. */
async function steady(subject: Subject): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const rate of RATES) {
    await load(subject, rate * RATE_SECONDS, { rate });
    const endedMs = performance.now();
    await caughtUp(subject);
    figures.push({
      name: `${subject.name}: behind after ${RATE_SECONDS} s of ${rate} messages/s`,
      value: performance.now() - endedMs,
      unit: "ms",
    });
  }
  return figures;
}

/** How long after its publication a message is in the reader's answer, beside a steady load. */
async function queryable(subject: Subject): Promise<readonly Figure[]> {
  const rate = RATES[0]!;
  let running = true;
  const beside = load(subject, rate * RATE_SECONDS, { rate }).finally(() => running = false);
  const delaysMs: number[] = [];
  for (let i = 0; i < PROBES && running; i++) delaysMs.push(await probe(subject, `probe${i}`));
  await beside;
  return [0.5, 0.95].map((share) => ({
    name: `${subject.name}: until a reader finds it at ${rate} messages/s, p${share * 100}`,
    value: percentile(delaysMs, share),
    unit: "ms",
  }));
}

async function probe({ platform, things, channelIds }: Subject, name: string): Promise<number> {
  const url = `${platform.http}/channels/${channelIds[0]}/messages`;
  const authorization = `Thing ${things[PUBLISHERS]!.key}`;
  const startedMs = performance.now();
  const published = await fetch(url, {
    method: "POST",
    headers: { authorization, "content-type": "application/senml+json" },
    body: `[{"n":"${name}","v":1}]`,
  });
  await published.body?.cancel();
  for (;;) {
    const response = await fetch(`${url}?name=${name}&limit=1`, { headers: { authorization } });
    const { total } = await response.json();
    if (total > 0) return performance.now() - startedMs;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function load(
  { binary, platform, things, channelIds }: Subject,
  messages: number,
  { rate }: { readonly rate?: number } = {},
): Promise<LoadResult> {
  return runMqttLoad(binary, {
    port: platform.mqttPort,
    publishers: PUBLISHERS,
    messagesEach: messages / PUBLISHERS,
    qos: 1,
    ...(rate === undefined ? {} : { rate }),
    clients: channelIds.map((channelId, i) =>
      clientLine(things[i]!, { name: `load-${i}`, topic: `channels/${channelId}/messages` })
    ),
  });
}

/** Until a read that waits for all that was said before is answered. */
async function caughtUp({ platform, channelIds }: Subject): Promise<void> {
  const authorization = `Bearer ${platform.token}`;
  const marked = await fetch(`${platform.http}/things`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ name: "a mark in the log" }),
  });
  await marked.body?.cancel();
  const position = marked.headers.get("millrace-position") ?? "";
  const untilMs = performance.now() + CAUGHT_UP_MS_MAX;
  for (;;) {
    const read = await fetch(`${platform.http}/channels/${channelIds[0]}/messages?limit=1&name=x`, {
      headers: { authorization, "millrace-wait-for": position },
    });
    await read.body?.cancel();
    if (read.ok) return;
    if (performance.now() > untilMs) {
      throw new TerminalError(`Cannot measure: points have not come in ${CAUGHT_UP_MS_MAX} ms`);
    }
  }
}

/** Seconds of all cores that a process has used. */
async function cpu(pid: number | undefined): Promise<number> {
  if (pid === undefined) return 0;
  const fields = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Of a folder or a file, with what stands beside it. */
async function bytesIn(path: string): Promise<number> {
  const at = await Deno.stat(path);
  if (at.isDirectory) {
    let bytes = 0;
    for await (const { name } of Deno.readDir(path)) bytes += await bytesIn(`${path}/${name}`);
    return bytes;
  }
  return at.size;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) await main();
