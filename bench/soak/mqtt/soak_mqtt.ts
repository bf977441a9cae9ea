import { seededRandom, UsageError } from "../../../actors/mod.ts";
import { type BenchPlatform, type Device, fleet, startPlatform } from "../../platform.ts";
import { type Cast, CAST_THINGS, castOf, CHANNELS, enter, lostOf, play } from "./cast.ts";
import { lagBetween, type Sample, sampled, withoutCpu } from "./figures.ts";
import { misbehave } from "./misbehaving.ts";
import { passBy } from "./passers_by.ts";
import { pause } from "./raw_client.ts";
import { Notes, type Scene } from "./scene.ts";
import { stall } from "./stalled.ts";
import { verdict } from "./verdict.ts";

/** Clients at once that disturb the others, and the things that they share. */
const PASSERS_BY = { loops: 6, things: 4 };
const MISBEHAVING = { loops: 8, things: 4 };
const STALLED = { loops: 4, things: 2 };
const DISTURBING_THINGS = PASSERS_BY.things + MISBEHAVING.things + STALLED.things;
const SAMPLE_MS = 15_000;
/** Longest wait for everything to arrive at the end, in milliseconds. */
const ARRIVED_MS_MAX = 180_000;

export interface MqttSoakOptions {
  readonly minutes: number;
  readonly seed: number;
}

/** Answers whether no message was lost, doubled or out of order. */
export async function soakMqtt(
  { minutes, seed }: MqttSoakOptions,
  say: (text: string) => void,
): Promise<boolean> {
  if (minutes === 0) throw new UsageError("Cannot soak for '0' minutes: at least 1 is needed");
  say(`MQTT clients come, go, misbehave and stop reading for ${minutes} minutes, seed ${seed}`);
  const folder = await Deno.makeTempDir({ prefix: "millrace-soak-" });
  const platform = await startPlatform(folder, { flags: ["--log-level", "error"] });
  try {
    const notes = new Notes(say);
    const { things, scene } = await sceneOf(platform, { minutes, seed, notes });
    const cast = castOf(scene, things.slice(DISTURBING_THINGS));
    await enter(cast);
    const ended = Promise.withResolvers<void>();
    const samples = sampling(platform, { cast, scene, until: ended.promise, say });
    try {
      const disturbances = disturbancesOf(scene, { things, cast });
      await play(cast, { scene, disturbances, arrivedMsMax: ARRIVED_MS_MAX });
    } finally {
      ended.resolve();
    }
    const ledgers = [...cast.subscribers.values()];
    const { arrivals } = cast;
    const { text, isKept } = verdict({
      ledgers,
      lost: lostOf(cast),
      arrivals,
      samples: await samples,
      notes,
    });
    for (const each of [...cast.publishers, ...cast.subscribers.keys(), cast.listener]) each.end();
    say(text);
    return isKept;
  } finally {
    await platform.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

async function sceneOf(
  platform: BenchPlatform,
  { minutes, seed, notes }: MqttSoakOptions & { readonly notes: Notes },
): Promise<{ readonly scene: Scene; readonly things: readonly Device[] }> {
  const { things, channelIds } = await fleet(platform, {
    things: DISTURBING_THINGS + CAST_THINGS,
    channels: CHANNELS + 1,
  });
  const { channels: [forbidden] } = await platform.post("/channels/bulk", [{
    name: "forbidden",
  }]) as {
    channels: readonly { readonly id: string }[];
  };
  const scene: Scene = {
    port: platform.mqttPort,
    channelIds: channelIds.slice(0, CHANNELS),
    quietChannelId: channelIds[CHANNELS]!,
    forbiddenChannelId: forbidden!.id,
    untilMs: performance.now() + minutes * 60_000,
    randomOf: (name) => seededRandom(seed + hashOf(name)),
    did: (deed) => notes.did(deed),
    surprise: (text) => notes.surprise(text),
  };
  return { scene, things };
}

function disturbancesOf(
  scene: Scene,
  { things, cast: { arrivals } }: { readonly things: readonly Device[]; readonly cast: Cast },
): readonly Promise<void>[] {
  const free = things.values();
  const some = (count: number) => Array.from({ length: count }, () => free.next().value!);
  const looped = (count: number, run: (n: number) => Promise<void>) =>
    Array.from({ length: count }, (_, n) => run(n));
  const passers = {
    things: some(PASSERS_BY.things),
    channelId: scene.channelIds.at(-1)!,
    arrivals,
  };
  const misbehaving = some(MISBEHAVING.things);
  const stalled = some(STALLED.things);
  return [
    ...looped(PASSERS_BY.loops, (n) => passBy(scene, { ...passers, name: `passer-${n}` })),
    ...looped(
      MISBEHAVING.loops,
      (n) => misbehave(scene, { things: misbehaving, name: `misbehaving-${n}` }),
    ),
    ...looped(STALLED.loops, (n) => stall(scene, { things: stalled, name: `stalled-${n}` })),
  ];
}

/** Says how the platform is from time to time; answers what it said while everybody was at it. */
async function sampling(
  platform: BenchPlatform,
  { cast, scene, until, say }: {
    readonly cast: Cast;
    readonly scene: Scene;
    readonly until: Promise<void>;
    readonly say: (text: string) => void;
  },
): Promise<readonly Sample[]> {
  const startedMs = performance.now();
  const samples: Sample[] = [];
  let isOver = false;
  void until.then(() => isOver = true);
  let before: Sample | undefined;
  while (!isOver) {
    const after = await sampled(platform, performance.now() - startedMs);
    if (performance.now() < scene.untilMs) samples.push(after);
    const acknowledged = cast.publishers.reduce((sum, each) => sum + each.acknowledged, 0);
    const delivered = [...cast.subscribers.values()].reduce((sum, each) => sum + each.delivered, 0);
    say([
      `${Math.round(after.elapsedMs / 1_000)} s`.padStart(7),
      `${Math.round(after.residentMiB)} MiB`.padStart(9),
      `${after.connections} connections`.padStart(16),
      `${acknowledged} acknowledged`.padStart(22),
      `${delivered} delivered`.padStart(20),
      `lag p99 ${lagBetween({ before, after }, 0.99).toFixed(1)} ms`.padStart(18),
      `${Math.round(100 * withoutCpu({ before, after }))} % without a CPU`,
    ].join("  "));
    before = after;
    await Promise.race([pause(SAMPLE_MS), until]);
  }
  return samples;
}

/** FNV-1a: clients whose names differ by a digit should not act alike. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
