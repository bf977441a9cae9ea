import { clientLine, runMqttLoad } from "./load.ts";
import { fleet, residentMiB, startPlatform } from "./platform.ts";
import type { Figure } from "./report.ts";

const MESSAGES = 1_000_000;
const THINGS = 10_000;
const THINGS_PER_REQUEST = 5_000;

/** A data folder with 1,000,000 messages and 10,000 things: what it holds, and how it starts. */
export async function measureStart(binary: string, folder: string): Promise<readonly Figure[]> {
  const first = await startPlatform(folder);
  const { things, channelIds } = await fleet(first, { things: 10, channels: 10 });
  for (let made = 0; made < THINGS; made += THINGS_PER_REQUEST) {
    await first.post(
      "/things/bulk",
      Array.from({ length: THINGS_PER_REQUEST }, () => ({ name: "idle" })),
    );
  }
  const before = await logBytes(folder);
  await runMqttLoad(binary, {
    port: first.mqttPort,
    publishers: 10,
    messagesEach: MESSAGES / 10,
    qos: 1,
    clients: things.map((thing, i) =>
      clientLine(thing, { name: `fill-${i}`, topic: `channels/${channelIds[i]}/messages` })
    ),
  });
  const payloadBytes = await ingressBytes(first.http);
  await caughtUp(first.http);
  await first.stop();
  const stored = await logBytes(folder) - before;
  const again = await startPlatform(folder);
  const memory = await residentMiB(again.pid);
  await again.stop();
  return [
    {
      name: "stored bytes per payload byte in the log, SenML",
      value: stored / payloadBytes,
      unit: "",
      goal: "<= 0.30",
    },
    {
      name: "time to ready, 1,000,000 messages, 10,000 things",
      value: again.readyMs / 1_000,
      unit: "s",
      goal: "< 2",
    },
    { name: "memory after that start", value: memory, unit: "MiB", goal: "< 250" },
  ];
}

async function caughtUp(http: string): Promise<void> {
  for (;;) {
    const { projections } = await (await fetch(`${http}/ready`)).json();
    if (projections.every(({ lag }: { lag: number }) => lag === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function logBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const file of ["events.db", "events.db-wal"]) {
    bytes += await Deno.stat(`${folder}/${file}`).then(({ size }) => size, () => 0);
  }
  return bytes;
}

async function ingressBytes(http: string): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  return Number(/^millrace_ingress_bytes_total (\d+)/m.exec(text)?.[1] ?? NaN);
}
