import { runWrk } from "./load.ts";
import type { BenchPlatform, Device } from "./platform.ts";
import { type Figure, median } from "./report.ts";

const ROUNDS = 3;
const SECONDS = 5;
const BULK_THINGS = 10_000;
const BODY = '[{"bn":"urn:dev:00000001:","n":"temperature","u":"Cel","v":21.5}]';

/** Durable ingest by HTTP, and the creation of 10,000 things with keys. */
export async function measureHttp(
  platform: BenchPlatform,
  devices: { readonly things: readonly Device[]; readonly channelIds: readonly string[] },
): Promise<readonly Figure[]> {
  const rates: number[] = [];
  const latencies: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { perSecond, p99Ms } = await runWrk(
      `${platform.http}/channels/${devices.channelIds[0]}/messages`,
      { key: devices.things[0]!.key, body: BODY, seconds: SECONDS },
    );
    rates.push(perSecond);
    latencies.push(p99Ms);
  }
  const bodies = Array.from({ length: BULK_THINGS }, () => ({ key: crypto.randomUUID() }));
  const startedMs = performance.now();
  await platform.post("/things/bulk", bodies);
  const bulkMs = performance.now() - startedMs;
  return [
    {
      name: "durable HTTP ingest, 32 connections",
      value: median(rates),
      unit: "messages/s",
      goal: ">= 8,000",
    },
    { name: "durable HTTP ingest, p99", value: median(latencies), unit: "ms", goal: "< 50" },
    {
      name: "10,000 things with keys through /things/bulk",
      value: bulkMs / 1_000,
      unit: "s",
      goal: "< 10",
    },
  ];
}
