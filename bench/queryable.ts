import { clientLine, runMqttLoad } from "./load.ts";
import type { BenchPlatform, Device } from "./platform.ts";
import { type Figure, percentile } from "./report.ts";

const RATE = 5_000;
const SECONDS = 15;
const PROBE_EVERY_MS = 50;
const POLL_MS = 5;

/** How long after its publication a message is in the reader's answer, at 5,000 messages a second. */
export async function measureQueryable(
  binary: string,
  platform: BenchPlatform,
  devices: { readonly things: readonly Device[]; readonly channelIds: readonly string[] },
): Promise<readonly Figure[]> {
  const { things, channelIds } = devices;
  const topic = (i: number) => `channels/${channelIds[i]}/messages`;
  const load = runMqttLoad(binary, {
    port: platform.mqttPort,
    publishers: 10,
    messagesEach: RATE * SECONDS / 10,
    qos: 1,
    rate: RATE,
    clients: Array.from(
      { length: 10 },
      (_, i) => clientLine(things[i]!, { name: `rate-${i}`, topic: topic(i) }),
    ),
  });
  let running = true;
  load.finally(() => running = false);
  const delays: number[] = [];
  const probes: Promise<void>[] = [];
  for (let i = 0; running; i++) {
    probes.push(
      probe(platform, { device: things[20]!, channelId: channelIds[0]!, name: `probe${i}` })
        .then((delayMs) => void delays.push(delayMs)),
    );
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
  await Promise.all(probes);
  return [
    {
      name: "time to queryable at 5,000 messages/s, p50",
      value: percentile(delays, 0.5),
      unit: "ms",
    },
    {
      name: "time to queryable at 5,000 messages/s, p99",
      value: percentile(delays, 0.99),
      unit: "ms",
      goal: "< 500",
    },
  ];
}

async function probe(
  platform: BenchPlatform,
  what: { readonly device: Device; readonly channelId: string; readonly name: string },
): Promise<number> {
  const url = `${platform.http}/channels/${what.channelId}/messages`;
  const authorization = `Thing ${what.device.key}`;
  const startedMs = performance.now();
  const published = await fetch(url, {
    method: "POST",
    headers: { authorization, "content-type": "application/senml+json" },
    body: `[{"n":"${what.name}","v":1}]`,
  });
  await published.body?.cancel();
  for (;;) {
    const response = await fetch(`${url}?name=${what.name}&limit=1`, {
      headers: { authorization },
    });
    const { total } = await response.json();
    if (total > 0) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return performance.now() - startedMs;
}
