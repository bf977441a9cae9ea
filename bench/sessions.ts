/**
 * `deno task bench:sessions`: what sessions cost while their clients are away, and how fast clients
 * that return are caught up while others go on publishing.
 */
import { buildLoadGenerator, clientLine, compiled, runMqttLoad, withClients } from "./load.ts";
import { type BenchPlatform, fleet, residentMiB, startPlatform } from "./platform.ts";
import { type Figure, table } from "./report.ts";

const SESSIONS = 10_000;
const RETURNING = 1_000;
const MISSED = 1_000_000;
const PUBLISHERS = 10;
const RETURN_SECONDS = 20;
/** Messages of one publisher while sessions return. */
const MESSAGES_MEANWHILE = 400_000;

interface Returned {
  readonly present: number;
  readonly failed: number;
  readonly received: number;
  readonly receive_per_s: number;
}

async function main(): Promise<void> {
  const binary = await buildLoadGenerator();
  const returning = await compiled("returning");
  const folder = await Deno.makeTempDir({ prefix: "millrace-sessions-" });
  const platform = await startPlatform(folder);
  const figures: Figure[] = [];
  try {
    const { things, channelIds } = await fleet(platform, { things: 100, channels: 2 });
    const [channel, other] = channelIds.map((id) => `channels/${id}/messages`);
    const sessions = Array.from(
      { length: SESSIONS },
      (_, n) => clientLine(things[n % things.length]!, { name: `session-${n}`, topic: channel! }),
    );
    const empty = await diskBytes(folder);
    const port = ["-p", platform.mqttPort];
    await withClients<Returned>(returning, { args: [...port, "-s"], clients: sessions });
    figures.push({
      name: "disk for a durable session, its client away",
      value: (await diskBytes(folder) - empty) / SESSIONS,
      unit: "bytes",
    });
    const publish = (topic: string, messagesEach: number) =>
      runMqttLoad(binary, {
        port: platform.mqttPort,
        publishers: PUBLISHERS,
        messagesEach,
        qos: 1,
        clients: things.slice(0, PUBLISHERS).map((thing, n) =>
          clientLine(thing, { name: `pub-${n}`, topic })
        ),
      });
    // What a load takes for itself is not to be counted.
    await publish(other!, MISSED / PUBLISHERS);
    const before = await residentMiB(platform.pid);
    await publish(channel!, MISSED / PUBLISHERS);
    figures.push({
      name: `memory grown by ${SESSIONS} sessions that miss ${MISSED} messages`,
      value: await residentMiB(platform.pid) - before,
      unit: "MiB",
      goal: "< 50",
    });
    figures.push(...await comeBack(platform, { returning, sessions, publish, other: other! }));
  } finally {
    await platform.stop();
    await Deno.remove(folder, { recursive: true });
  }
  // deno-lint-ignore no-console -- a command for people
  console.log(table(figures));
}

async function comeBack(
  platform: BenchPlatform,
  { returning, sessions, publish, other }: {
    readonly returning: string;
    readonly sessions: readonly string[];
    readonly publish: (topic: string, messagesEach: number) => Promise<{ publish_per_s: number }>;
    readonly other: string;
  },
): Promise<readonly Figure[]> {
  const before = await publish(other, MESSAGES_MEANWHILE / 2);
  const back = withClients<Returned>(returning, {
    args: ["-p", platform.mqttPort, "-d", RETURN_SECONDS],
    clients: sessions.slice(0, RETURNING),
  });
  const meanwhile = await publish(other, MESSAGES_MEANWHILE);
  const { receive_per_s, present, failed } = await back;
  // Before and after, because a machine is not as fast at all times.
  const after = await publish(other, MESSAGES_MEANWHILE / 2);
  const alone = (before.publish_per_s + after.publish_per_s) / 2;
  return [
    { name: "sessions found again", value: present, unit: `of ${RETURNING}` },
    { name: "connections that failed", value: failed, unit: "" },
    {
      name: "deliveries to sessions that return",
      value: receive_per_s,
      unit: "messages/s",
      goal: ">= 300,000",
    },
    {
      name: "ingest meanwhile, of its rate alone",
      value: meanwhile.publish_per_s / alone,
      unit: "x",
      goal: ">= 0.70",
    },
    { name: "memory then", value: await residentMiB(platform.pid), unit: "MiB" },
  ];
}

async function diskBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of ["events.db", "events.db-wal"]) {
    bytes += await Deno.stat(`${folder}/${name}`).then(({ size }) => size, () => 0);
  }
  return bytes;
}

await main();
