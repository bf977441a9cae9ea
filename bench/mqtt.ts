import { clientLine, type LoadResult, type Peer, runMqttLoad } from "./load.ts";
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

/** Each case on all brokers in turn; ratios are medians over the rounds. */
export async function measureMqtt(
  binary: string,
  ground: {
    readonly platform: BenchPlatform;
    readonly devices: Fleet;
    readonly peers: readonly Peer[];
  },
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const each of CASES) {
    const rates: number[][] = [[], ...ground.peers.map(() => [])];
    for (let round = 0; round < ROUNDS; round++) {
      const common = {
        publishers: each.publishers,
        messagesEach: each.messages / each.publishers,
        qos: each.qos,
        ...(each.subscribers === 0 ? {} : { subscribers: each.subscribers }),
      };
      const ours = {
        port: ground.platform.mqttPort,
        clients: clientsOf(each, ground.devices),
      };
      for (const [index, broker] of [ours, ...ground.peers].entries()) {
        const { port } = broker;
        const clients = "clients" in broker ? { clients: broker.clients } : {};
        rates[index]!.push(each.rate(await runMqttLoad(binary, { ...common, port, ...clients })));
        await rest();
      }
    }
    figures.push(
      ...figuresOf(each, { ours: rates[0]!, peers: ground.peers, theirs: rates.slice(1) }),
    );
  }
  return figures;
}

function figuresOf(
  { name, goal }: Case,
  { ours, peers, theirs }: {
    readonly ours: readonly number[];
    readonly peers: readonly Peer[];
    readonly theirs: readonly (readonly number[])[];
  },
): readonly Figure[] {
  return [
    { name, value: median(ours), unit: "messages/s" },
    ...peers.flatMap((peer, index) => {
      const rates = theirs[index]!;
      const ratio = median(ours.map((rate, round) => rate / rates[round]!));
      const wanted = peer.name.startsWith("mosquitto") ? { goal } : {};
      return [
        { name: `${name}: ${peer.name}`, value: median(rates), unit: "messages/s" },
        { name: `${name}: ratio to ${peer.name}`, value: ratio, unit: "x", ...wanted },
      ];
    }),
  ];
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
