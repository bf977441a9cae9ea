import { clientLine, runMqttLoad } from "./load.ts";
import type { MqttGround } from "./peers.ts";
import { type Figure, median } from "./report.ts";

const PUBLISHERS = 10;
const SECONDS = 5;
const ROUNDS = 3;
const REST_MS = 1_000;
/** A broker whose own limit is nearer to the rate than this would be measured at its limit. */
const LIMIT_TO_RATE_MIN = 1.1;

/**
 * How long a message is on its way from one of ten publishers to one subscriber, QoS 1, at half of
 * what the platform can do; peers at the same rate, those that can take it.
 */
export async function measureHalfLoad(
  binary: string,
  { ground, ours, theirs }: {
    readonly ground: MqttGround;
    /** Messages a second at full load, of the platform and of each peer. */
    readonly ours: number;
    readonly theirs: readonly number[];
  },
): Promise<readonly Figure[]> {
  const rate = Math.round(ours / 2);
  const { platform, devices: { things, channelIds }, peers } = ground;
  const clients = things.slice(0, PUBLISHERS + 1).map((thing, n) =>
    clientLine(thing, { name: `half-${n}`, topic: `channels/${channelIds[0]}/messages` })
  );
  const able = peers.filter((_, index) => theirs[index]! >= rate * LIMIT_TO_RATE_MIN);
  const brokers = [{ name: "", port: platform.mqttPort, clients }, ...able];
  const measured = brokers.map(({ name }) => ({ name, p50: [] as number[], p99: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, broker] of brokers.entries()) {
      const { e2e_ms } = await runMqttLoad(binary, {
        port: broker.port,
        publishers: PUBLISHERS,
        subscribers: 1,
        messagesEach: Math.round(rate * SECONDS / PUBLISHERS),
        qos: 1,
        rate,
        ...("clients" in broker ? { clients: broker.clients } : {}),
      });
      measured[index]!.p50.push(e2e_ms.p50);
      measured[index]!.p99.push(e2e_ms.p99);
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
    }
  }
  const at = `end to end at ${rate.toLocaleString("en")} messages/s`;
  return measured.flatMap(({ name, p50, p99 }) => {
    const of = name === "" ? "" : `: ${name}`;
    const goal = name === "" ? { goal: "< 15" } : {};
    return [
      { name: `${at}, p50${of}`, value: median(p50), unit: "ms" },
      { name: `${at}, p99${of}`, value: median(p99), unit: "ms", ...goal },
    ];
  });
}
