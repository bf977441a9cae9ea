import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  type ChainCursor,
  decodeMessageBatch,
  type EventReader,
  openSqliteEventReader,
  READ_LIMIT_MAX,
  seededRandom,
  verifyStream,
} from "../../actors/mod.ts";
import { fleet, startPlatform } from "../../bench/platform.ts";
import { eventLogPath, measurementsProjection } from "../../projections/mod.ts";
import { loadUntilGone, type Tally } from "./crash_load.ts";

/** Shortest and longest time under load before a kill, in milliseconds. */
const LOAD_MS_MIN = 150;
const LOAD_MS_MAX = 900;
/** Longest wait for the projections to have seen the whole log, in milliseconds. */
const CAUGHT_UP_MS_MAX = 60_000;

/** What the rounds came to; the promise itself is asserted on the way. */
export interface CrashFindings {
  readonly acknowledged: number;
  readonly created: number;
  readonly events: number;
  readonly readyMs: readonly number[];
}

/**
 * Kills the platform with SIGKILL under full load by MQTT, HTTP and commands, again and again on one
 * data folder; then every acknowledged message and command must be there exactly once, in the log
 * and in the measurements, and every hash chain must hold.
 */
export async function crashRounds(
  options: { readonly rounds: number; readonly seed: number },
): Promise<CrashFindings> {
  const random = seededRandom(options.seed);
  const folder = await Deno.makeTempDir();
  const tally: Tally = { next: 0, acknowledged: new Set(), created: new Set() };
  const readyMs: number[] = [];
  try {
    let platform = await startPlatform(folder);
    const { things: [device], channelIds: [channelId] } = await fleet(platform, {
      things: 1,
      channels: 1,
    });
    for (let round = 0; round < options.rounds; round++) {
      const killed = platform;
      const gone = loadUntilGone({ platform, device: device!, channelId: channelId! }, tally);
      const afterMs = LOAD_MS_MIN + random.next() * (LOAD_MS_MAX - LOAD_MS_MIN);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await killed.kill();
      await gone;
      platform = await startPlatform(folder);
      readyMs.push(Math.round(platform.readyMs));
    }
    await caughtUp(platform.http, platform.token);
    assert.equal(await platform.stop(), 0);
    const events = await checkLog(folder, tally);
    checkMeasurements(folder, tally);
    return {
      acknowledged: tally.acknowledged.size,
      created: tally.created.size,
      events,
      readyMs,
    };
  } catch (cause) {
    throw new assert.AssertionError({
      message: `seed ${options.seed}: ${cause instanceof Error ? cause.message : String(cause)}`,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A read that waits for a position written last has seen everything before it. */
export async function caughtUp(http: string, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ name: "written last" });
  const written = await fetch(`${http}/channels`, { method: "POST", headers, body });
  const position = written.headers.get("millrace-position")!;
  const { id } = await written.json();
  const untilMs = performance.now() + CAUGHT_UP_MS_MAX;
  for (;;) {
    const read = await fetch(`${http}/channels/${id}/messages`, {
      headers: { ...headers, "millrace-wait-for": position },
    });
    await read.body?.cancel();
    if (read.ok) return;
    assert.ok(performance.now() < untilMs, `the measurements are behind still: ${read.status}`);
  }
}

/**
 * Every chain must hold, and what was acknowledged must be there, nothing twice. Answers how many
 * events the log holds.
 */
export async function checkLog(folder: string, tally: Tally): Promise<number> {
  const reader = openSqliteEventReader({ path: eventLogPath(folder) });
  try {
    const stored = new Map<number, number>();
    const created = new Map<string, number>();
    const streams = new Set<string>();
    let events = 0;
    for (let after = 0, atEnd = false; !atEnd;) {
      const page = await reader.readAll({ after, limit: READ_LIMIT_MAX });
      for (const { stream, type, data } of page.events) {
        events++;
        streams.add(stream);
        if (type === "ThingCreated") count(created, stream.slice("thing-".length));
        if (!(data instanceof Uint8Array)) continue;
        for (const message of decodeMessageBatch(data).messages) {
          const [record] = JSON.parse(new TextDecoder().decode(message.payload));
          count(stored, record.v);
        }
      }
      ({ reached: after, atEnd } = page);
    }
    exactlyOnce("message", { acknowledged: tally.acknowledged, stored });
    exactlyOnce("creation of thing", { acknowledged: tally.created, stored: created });
    for (const stream of streams) await checkChain(reader, stream);
    return events;
  } finally {
    reader.close();
  }
}

async function checkChain(reader: EventReader, stream: string): Promise<void> {
  const limit = 512;
  let cursor: ChainCursor | undefined;
  for (let fromRevision = 0;;) {
    const page = await reader.readStream(stream, { fromRevision, limit, stored: true });
    const first = page[0];
    if (first === undefined) return;
    // A bounded stream begins behind revision 0: its first event is the anchor.
    const outcome = cursor === undefined && first.revision > 0
      ? verifyStream(page.slice(1), first)
      : verifyStream(page, cursor);
    assert.ok(!("what" in outcome), `the chain of ${stream}: ${JSON.stringify(outcome)}`);
    cursor = outcome;
    fromRevision = outcome.revision + 1;
  }
}

export function checkMeasurements(folder: string, tally: Tally): void {
  const { name, version } = measurementsProjection;
  const path = `${folder}/projections/${name}-${version}.db`;
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare("SELECT value, count(*) AS times FROM points GROUP BY value").all();
  database.close();
  const stored = new Map(rows.map(({ value, times }) => [Number(value), Number(times)]));
  exactlyOnce("measurement", { acknowledged: tally.acknowledged, stored });
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function exactlyOnce<K>(
  what: string,
  { acknowledged, stored }: {
    readonly acknowledged: ReadonlySet<K>;
    readonly stored: ReadonlyMap<K, number>;
  },
): void {
  for (const [key, times] of stored) {
    assert.ok(times === 1, `${what} ${key} is there ${times} times`);
  }
  for (const key of acknowledged) {
    assert.ok(stored.has(key), `the acknowledged ${what} ${key} is lost`);
  }
}
