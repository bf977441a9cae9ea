import assert from "node:assert/strict";
import mqtt from "mqtt";
import { decodeMessageBatch, openSqliteEventReader, seededRandom } from "../../actors/mod.ts";
import { freePort } from "../../bench/load.ts";
import { type BenchPlatform, fleet, startPlatform } from "../../bench/platform.ts";
import { eventLogPath } from "../../projections/mod.ts";

/** Shortest and longest time between two kills, in milliseconds. */
const ALIVE_MS_MIN = 200;
const ALIVE_MS_MAX = 1_000;
/** Longest wait for everything to arrive after the last kill, in milliseconds. */
const ARRIVED_MS_MAX = 60_000;
/** Messages of one session that are under way at once. */
const UNDER_WAY = 8;

export interface DurableCrashOptions {
  readonly kills: number;
  readonly sessions: number;
  readonly messagesEach: number;
  readonly seed: number;
}

interface Session {
  readonly client: mqtt.MqttClient;
  /** Texts that came, in their order, with repetitions. */
  readonly heard: { readonly 1: string[]; readonly 2: string[] };
}

/**
 * Sessions that outlive their connection exchange numbered messages of QoS 1 and 2 while the
 * platform is killed again and again: QoS 2 must arrive and be stored exactly once, QoS 1 at least
 * once and in order.
 */
export async function durableCrashRounds(options: DurableCrashOptions): Promise<void> {
  const { kills, sessions: count, messagesEach, seed } = options;
  const random = seededRandom(seed);
  const folder = await Deno.makeTempDir();
  const flags = ["--mqtt-port", String(freePort())];
  let platform = await startPlatform(folder, { flags });
  try {
    const { things, channelIds: [channelId] } = await fleet(platform, {
      things: count,
      channels: 1,
    });
    const topic = `channels/${channelId}/messages`;
    const sessions = await Promise.all(
      things.map((thing, n) => connected(platform, { thing, n, topic })),
    );
    const published = Promise.all(sessions.map(({ client }, n) =>
      publishing(client, {
        topic: `${topic}/${n}`,
        messagesEach,
      })
    ));
    for (let kill = 0; kill < kills; kill++) {
      const aliveMs = ALIVE_MS_MIN + random.next() * (ALIVE_MS_MAX - ALIVE_MS_MIN);
      await new Promise((resolve) => setTimeout(resolve, aliveMs));
      await platform.kill();
      platform = await startPlatform(folder, { flags });
    }
    await published;
    await arrived(sessions, messagesEach);
    for (const { client } of sessions) await client.endAsync(true);
    assert.equal(await platform.stop(), 0);
    await checkStored(folder, { channelId: channelId!, count, messagesEach });
    sessions.forEach((session, n) => checkHeard(session, { n, count, messagesEach }));
  } catch (cause) {
    throw new assert.AssertionError({
      message: `seed ${seed}: ${cause instanceof Error ? cause.stack : String(cause)}`,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Each session hears what its neighbour publishes. */
async function connected(
  platform: BenchPlatform,
  { thing, n, topic }: {
    readonly thing: { readonly id: string; readonly key: string };
    readonly n: number;
    readonly topic: string;
  },
): Promise<Session> {
  const heard = { 1: [] as string[], 2: [] as string[] };
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${platform.mqttPort}`, {
    username: thing.id,
    password: thing.key,
    clientId: `durable-${n}`,
    clean: false,
    reconnectPeriod: 50,
    resubscribe: false,
  });
  client.on("error", () => {}); // refused connections while the platform is away
  client.on("message", (_topic, payload, packet) => {
    if (packet.qos !== 0) heard[packet.qos].push(payload.toString());
  });
  await client.subscribeAsync(`${topic}/${n}`, { qos: 2 });
  return { client, heard };
}

/** Even numbers by QoS 2, odd ones by QoS 1. */
async function publishing(
  client: mqtt.MqttClient,
  { topic, messagesEach }: { readonly topic: string; readonly messagesEach: number },
): Promise<void> {
  const numbers = Array.from({ length: messagesEach }, (_, n) => n).values();
  await Promise.all(Array.from({ length: UNDER_WAY }, async () => {
    for (const n of numbers) {
      await sent(client, { topic, text: String(n), qos: n % 2 === 0 ? 2 : 1 });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }));
}

/** mqtt.js gives back what it had not begun to send when a connection is lost: that is safe to repeat. */
async function sent(
  client: mqtt.MqttClient,
  message: { readonly topic: string; readonly text: string; readonly qos: 1 | 2 },
): Promise<void> {
  const { topic, text, qos } = message;
  for (;;) {
    try {
      await client.publishAsync(topic, text, { qos });
      return;
    } catch (error) {
      if (!(error instanceof Error) || error.message !== "Connection closed") throw error;
    }
  }
}

async function arrived(sessions: readonly Session[], messagesEach: number): Promise<void> {
  const untilMs = performance.now() + ARRIVED_MS_MAX;
  const all = () =>
    sessions.every(({ heard }) => new Set([...heard[1], ...heard[2]]).size === messagesEach);
  while (!all()) {
    if (performance.now() > untilMs) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // What would come a second time has its chance.
  await new Promise((resolve) => setTimeout(resolve, 500));
}

function checkHeard(
  { heard }: Session,
  { n, messagesEach }: {
    readonly n: number;
    readonly count: number;
    readonly messagesEach: number;
  },
): void {
  const even = Array.from({ length: Math.ceil(messagesEach / 2) }, (_, i) => String(2 * i));
  const odd = Array.from({ length: Math.floor(messagesEach / 2) }, (_, i) => String(2 * i + 1));
  assert.deepEqual([...heard[2]].sort(byNumber), even, `QoS 2 at session ${n}`);
  assert.deepEqual([...new Set(heard[1])].sort(byNumber), odd, `QoS 1 at session ${n}`);
}

/** Every number of every session lies in the log; those of QoS 2 once. */
async function checkStored(
  folder: string,
  { channelId, count, messagesEach }: {
    readonly channelId: string;
    readonly count: number;
    readonly messagesEach: number;
  },
): Promise<void> {
  const events = openSqliteEventReader({ path: eventLogPath(folder) });
  const times = new Map<string, number>();
  for (let after = 0;;) {
    const page = await events.readAll({
      after,
      limit: 512,
      streamPrefixes: [`messages-${channelId}-`],
    });
    for (const { data } of page.events) {
      for (const { subtopic, payload, qos } of decodeMessageBatch(data as Uint8Array).messages) {
        const name = `${subtopic} ${new TextDecoder().decode(payload)} q${qos}`;
        times.set(name, (times.get(name) ?? 0) + 1);
      }
    }
    after = page.reached;
    if (page.atEnd) break;
  }
  events.close();
  for (let n = 0; n < count; n++) {
    for (let message = 0; message < messagesEach; message++) {
      const qos = message % 2 === 0 ? 2 : 1;
      const stored = times.get(`${n} ${message} q${qos}`) ?? 0;
      assert.ok(qos === 2 ? stored === 1 : stored >= 1, `${n} ${message}: stored ${stored} times`);
    }
  }
}

function byNumber(a: string, b: string): number {
  return Number(a) - Number(b);
}
