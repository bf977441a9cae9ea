/**
 * `deno task bench:retained`: how fast one wildcard subscription brings 100,000 retained
 * messages to a client that reads at once and to one that is slow, and what memory that takes.
 */
import { Buffer } from "node:buffer";
import mqttPacket from "mqtt-packet";
import { TerminalError } from "../actors/mod.ts";
import { fleet, residentMiB, startPlatform } from "./platform.ts";
import type { BenchPlatform, Device } from "./platform.ts";
import { type Figure, table } from "./report.ts";

const CHANNELS = 20;
const TOPICS_EACH = 5_000;
const RETAINED = CHANNELS * TOPICS_EACH;
const PAYLOAD_BYTES = 1_024;
/** Messages of QoS 1 that the publisher sends before it waits; all of them are so many times this. */
const WINDOW = 1_000;
/** What the slow client takes in one go, and how long it rests after that: some 10,000 a second. */
const SLOW_BYTES = 64 * 1024;
const SLOW_REST_MS = 5;
const WATCH_MS = 20;
/** After which a garbage collection may have been. */
const REST_MS = 4_000;

async function main(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "millrace-retained-" });
  const figures: Figure[] = [];
  try {
    const { thing, channelIds } = await prepare(folder);
    for (const isSlow of [true, false]) {
      // A process of its own, so that nothing counts but this.
      const platform = await startPlatform(folder);
      try {
        await settled(platform);
        figures.push(...await measure(platform, { thing, channelIds, isSlow }));
      } finally {
        await platform.stop();
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  // deno-lint-ignore no-console -- a command for people
  console.log(table(figures));
}

/** A data folder whose retained messages are stored and projected. */
async function prepare(
  folder: string,
): Promise<{ readonly thing: Device; readonly channelIds: readonly string[] }> {
  const platform = await startPlatform(folder);
  try {
    const { things, channelIds } = await fleet(platform, { things: 1, channels: CHANNELS });
    const thing = things[0]!;
    const publisher = await Client.connected(platform, { thing, name: "publisher" });
    for (const channelId of channelIds) {
      for (let n = 0; n < TOPICS_EACH; n++) {
        await publisher.publish(`channels/${channelId}/messages/sensor/${n}`);
        if (publisher.published % WINDOW === 0) await publisher.takes(WINDOW);
      }
    }
    publisher.close();
    await settled(platform);
    return { thing, channelIds };
  } finally {
    await platform.stop();
  }
}

async function settled(platform: BenchPlatform): Promise<void> {
  const lags = /^millrace_projection_lag_positions\{projection="\w+"\} (\d+)$/gm;
  const rest = () => new Promise<void>((resolve) => setTimeout(resolve, REST_MS));
  for (;; await rest()) {
    const text = await (await fetch(`${platform.http}/metrics`)).text();
    const found = [...text.matchAll(lags)];
    if (found.length > 0 && found.every(([, lag]) => lag === "0")) return await rest();
  }
}

async function measure(
  platform: BenchPlatform,
  { thing, channelIds, isSlow }: {
    readonly thing: Device;
    readonly channelIds: readonly string[];
    readonly isSlow: boolean;
  },
): Promise<readonly Figure[]> {
  // What the first messages of any process cost is not to be counted.
  const warm = await Client.connected(platform, { thing, name: "warm" });
  await warm.subscribe(`channels/${channelIds[0]}/messages/#`);
  await warm.takes(TOPICS_EACH);
  warm.close();
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  const before = await residentMiB(platform.pid);
  let peak = before;
  const watch = setInterval(async () => {
    peak = Math.max(peak, await residentMiB(platform.pid));
  }, WATCH_MS);
  const client = await Client.connected(platform, { thing, name: "subscriber" });
  const startedMs = performance.now();
  await client.subscribe("channels/+/messages/#");
  await client.takes(RETAINED, isSlow);
  const seconds = (performance.now() - startedMs) / 1_000;
  clearInterval(watch);
  client.close();
  const who = isSlow ? "a slow client" : "a client that reads at once";
  const count = RETAINED.toLocaleString("en");
  return [
    { name: `${count} retained messages to ${who}`, value: seconds, unit: "s" },
    { name: "deliveries", value: RETAINED / seconds, unit: "messages/s" },
    {
      name: `memory grown meanwhile, of ${RETAINED * PAYLOAD_BYTES >> 20} MiB`,
      value: peak - before,
      unit: "MiB",
      // Pages that were sent stay until the next garbage collection, however many there are.
      goal: "< 64",
    },
  ];
}

/** The least that a client of MQTT 3.1.1 needs: it must not be what is measured. */
class Client {
  readonly #connection: Deno.TcpConn;
  /** Bytes that came and hold no whole packet yet. */
  #bytes = new Uint8Array(0);
  published = 0;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async connected(
    { mqttPort: port }: BenchPlatform,
    { thing, name }: { readonly thing: Device; readonly name: string },
  ): Promise<Client> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const client = new Client(connection);
    const { id: username, key } = thing;
    const password = Buffer.from(key);
    await client.#write(
      mqttPacket.generate({ cmd: "connect", clientId: name, clean: true, username, password }),
    );
    await client.#next(CONNACK);
    return client;
  }

  async publish(topic: string): Promise<void> {
    const messageId = this.published++ % WINDOW + 1;
    const said = { topic, payload: PAYLOAD, messageId, dup: false };
    await this.#write(mqttPacket.generate({ cmd: "publish", qos: 1, retain: true, ...said }));
  }

  async subscribe(topic: string): Promise<void> {
    const subscriptions = [{ topic, qos: 1 as const }];
    await this.#write(mqttPacket.generate({ cmd: "subscribe", messageId: 1, subscriptions }));
  }

  /** Reads until so many messages, or acknowledgements of its own, came. */
  async takes(count: number, isSlow = false): Promise<void> {
    let left = count;
    while (left > 0) {
      left -= await this.#next(PUBLISH, PUBACK);
      if (isSlow) await new Promise((resolve) => setTimeout(resolve, SLOW_REST_MS));
    }
  }

  close(): void {
    this.#connection.close();
  }

  /** Reads once; answers how many packets of these types came, and acknowledges messages. */
  async #next(...types: readonly number[]): Promise<number> {
    const chunk = new Uint8Array(SLOW_BYTES);
    const count = await this.#connection.read(chunk);
    if (count === null) throw new TerminalError("Cannot measure: the platform closed a connection");
    const bytes = Buffer.concat([this.#bytes, chunk.subarray(0, count)]);
    const acks: number[] = [];
    let found = 0;
    let at = 0;
    for (let end = packetEnd(bytes, at); end !== undefined; end = packetEnd(bytes, at)) {
      const type = bytes[at]! >> 4;
      if (types.includes(type)) found++;
      if (type === PUBLISH) {
        const topicAt = bytes[at + 1]! < 128 ? at + 2 : at + 3;
        const idAt = topicAt + 2 + bytes.readUInt16BE(topicAt);
        acks.push(PUBACK << 4, 2, bytes[idAt]!, bytes[idAt + 1]!);
      }
      at = end;
    }
    this.#bytes = bytes.subarray(at);
    if (acks.length > 0) await this.#write(new Uint8Array(acks));
    return found;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }
}

const CONNACK = 2;
const PUBLISH = 3;
const PUBACK = 4;
const PAYLOAD = Buffer.alloc(PAYLOAD_BYTES, "x");

/** Where the packet that begins at `at` ends; undefined if it is not whole. */
function packetEnd(bytes: Uint8Array, at: number): number | undefined {
  let length = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + 1 + i];
    if (byte === undefined) return undefined;
    length += (byte & 127) << (7 * i);
    if (byte < 128) {
      const end = at + 2 + i + length;
      return end <= bytes.length ? end : undefined;
    }
  }
  return undefined;
}

await main();
