import { measureHalfLoad } from "./half_load.ts";
import { clientLine, type LoadResult, runMqttLoad } from "./load.ts";
import type { MqttGround } from "./peers.ts";
import { type Figure, median } from "./report.ts";

const ROUNDS = 5;
/** Messages of one round of each case. */
const INGEST_MESSAGES = 500_000;
const TEN_TO_ONE_MESSAGES = 300_000;
const ONE_TO_FIFTY_MESSAGES = 20_000;
/** Pause between rounds, so that one does not pay for the one before it. */
const REST_MS = 1_000;

interface Case {
  readonly name: string;
  /** Of the ratio to mosquitto. */
  readonly goal: string;
  readonly publishers: number;
  readonly subscribers: number;
  readonly messages: number;
  readonly qos: 0 | 1;
  readonly rate: (result: LoadResult) => number;
}

const published = ({ publish_per_s }: LoadResult) => publish_per_s;
const received = ({ receive_per_s }: LoadResult) => receive_per_s;

const TEN_TO_ONE: Case = {
  name: "10 to 1, QoS 1",
  goal: ">= 1.25x",
  publishers: 10,
  subscribers: 1,
  messages: TEN_TO_ONE_MESSAGES,
  qos: 1,
  rate: received,
};
const CASES: readonly Case[] = [
  {
    name: "durable QoS 1 ingest, 10 publishers",
    goal: ">= 1.5x",
    publishers: 10,
    subscribers: 0,
    messages: INGEST_MESSAGES,
    qos: 1,
    rate: published,
  },
  TEN_TO_ONE,
  { ...TEN_TO_ONE, name: "10 to 1, QoS 0", goal: ">= 2x", qos: 0 },
  {
    name: "1 to 50, QoS 0, deliveries",
    goal: ">= 4x",
    publishers: 1,
    subscribers: 50,
    messages: ONE_TO_FIFTY_MESSAGES,
    qos: 0,
    rate: received,
  },
];

/** What one broker did in the rounds of one case. */
interface Rounds {
  readonly name: string;
  readonly rates: number[];
  /** Of the messages that were sent, how many came: nothing else tells of QoS 0. */
  readonly shares: number[];
}

/** Each case on all brokers in turn; ratios are medians over the rounds. */
export async function measureMqtt(
  binary: string,
  ground: MqttGround,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const each of CASES) {
    const measured = await rounds(binary, { each, ground });
    figures.push(...figuresOf(each, measured));
    if (each !== TEN_TO_ONE) continue;
    const [ours, ...theirs] = measured.map(({ rates }) => median(rates));
    figures.push(...await measureHalfLoad(binary, { ground, ours: ours!, theirs }));
  }
  return figures;
}

async function rounds(
  binary: string,
  { each, ground }: { readonly each: Case; readonly ground: MqttGround },
): Promise<readonly Rounds[]> {
  const { publishers, subscribers, messages, qos } = each;
  const clients = clientsOf(each, ground.devices);
  const ours = { name: "", port: ground.platform.mqttPort, clients };
  const brokers = [ours, ...ground.peers];
  const measured = brokers.map(({ name }): Rounds => ({ name, rates: [], shares: [] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, broker] of brokers.entries()) {
      const result = await runMqttLoad(binary, {
        port: broker.port,
        publishers,
        messagesEach: messages / publishers,
        qos,
        ...(subscribers === 0 ? {} : { subscribers }),
        ...("clients" in broker ? { clients: broker.clients } : {}),
      });
      measured[index]!.rates.push(each.rate(result));
      measured[index]!.shares.push(result.received / (result.sent * Math.max(1, subscribers)));
      await rest();
    }
  }
  return measured;
}

function figuresOf(
  { name, goal, qos, subscribers }: Case,
  [ours, ...theirs]: readonly Rounds[],
): readonly Figure[] {
  const isCounted = qos === 0 && subscribers > 0;
  const shareOf = ({ shares }: Rounds, of: string): readonly Figure[] =>
    isCounted
      ? [{ name: `${of}: of its messages came`, value: 100 * median(shares), unit: "%" }]
      : [];
  return [
    { name, value: median(ours!.rates), unit: "messages/s" },
    ...shareOf(ours!, name),
    ...theirs.flatMap((peer) => {
      const { name: peerName, rates } = peer;
      const ratio = median(ours!.rates.map((rate, round) => rate / rates[round]!));
      const wanted = peerName.startsWith("mosquitto") ? { goal } : {};
      return [
        { name: `${name}: ${peerName}`, value: median(rates), unit: "messages/s" },
        ...shareOf(peer, `${name}: ${peerName}`),
        { name: `${name}: ratio to ${peerName}`, value: ratio, unit: "x", ...wanted },
      ];
    }),
  ];
}

function clientsOf(
  each: Case,
  { things, channelIds }: MqttGround["devices"],
): readonly string[] {
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
