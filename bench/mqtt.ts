import { clientLine, type LoadResult, runMqttLoad } from "./load.ts";
import type { BenchPlatform, Device } from "./platform.ts";
import { type Figure, median } from "./report.ts";

const ROUNDS = 5;
/** Messages of one round of each case. */
const INGEST_MESSAGES = 500_000;
const TEN_TO_ONE_MESSAGES = 300_000;
const ONE_TO_FIFTY_MESSAGES = 20_000;
/** Pause between rounds, so that one does not pay for the one before it. */
const REST_MS = 1_000;

interface Fleet {
  readonly things: readonly Device[];
  readonly channelIds: readonly string[];
}

interface Case {
  readonly name: string;
  readonly goal: string;
  readonly publishers: number;
  readonly subscribers: number;
  readonly messages: number;
  readonly qos: 0 | 1;
  readonly rate: (result: LoadResult) => number;
}

const CASES: readonly Case[] = [
  {
    name: "durable QoS 1 ingest, 10 publishers",
    goal: ">= 1.0x",
    publishers: 10,
    subscribers: 0,
    messages: INGEST_MESSAGES,
    qos: 1,
    rate: ({ publish_per_s }) => publish_per_s,
  },
  {
    name: "10 to 1, QoS 1",
    goal: "",
    publishers: 10,
    subscribers: 1,
    messages: TEN_TO_ONE_MESSAGES,
    qos: 1,
    rate: ({ receive_per_s }) => receive_per_s,
  },
  {
    name: "1 to 50, QoS 0, deliveries",
    goal: "> 1.0x",
    publishers: 1,
    subscribers: 50,
    messages: ONE_TO_FIFTY_MESSAGES,
    qos: 0,
    rate: ({ receive_per_s }) => receive_per_s,
  },
];

/** Each case on both brokers in turn; the ratio is the median over the rounds. */
export async function measureMqtt(
  binary: string,
  ground: {
    readonly platform: BenchPlatform;
    readonly devices: Fleet;
    readonly mosquittoPort: number;
  },
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const each of CASES) {
    const ours: number[] = [];
    const theirs: number[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const common = {
        publishers: each.publishers,
        messagesEach: each.messages / each.publishers,
        qos: each.qos,
        ...(each.subscribers === 0 ? {} : { subscribers: each.subscribers }),
      };
      const clients = clientsOf(each, ground.devices);
      const mine = await runMqttLoad(binary, {
        ...common,
        port: ground.platform.mqttPort,
        clients,
      });
      await rest();
      const peer = await runMqttLoad(binary, { ...common, port: ground.mosquittoPort });
      await rest();
      ours.push(each.rate(mine));
      theirs.push(each.rate(peer));
      ratios.push(each.rate(mine) / each.rate(peer));
    }
    figures.push(
      { name: each.name, value: median(ours), unit: "messages/s" },
      { name: `${each.name}: mosquitto, in memory`, value: median(theirs), unit: "messages/s" },
      { name: `${each.name}: ratio`, value: median(ratios), unit: "x", goal: each.goal },
    );
  }
  return figures;
}

function clientsOf(each: Case, { things, channelIds }: Fleet): readonly string[] {
  return Array.from({ length: each.publishers + each.subscribers }, (_, i) => {
    // Ingest spreads over the channels; the cases with subscribers share one.
    const channelId = each.subscribers === 0 ? channelIds[i % channelIds.length] : channelIds[0];
    return clientLine(things[i]!, {
      name: `bench-${i}`,
      topic: `channels/${channelId}/messages`,
    });
  });
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, REST_MS));
}
