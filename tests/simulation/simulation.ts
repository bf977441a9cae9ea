import assert from "node:assert/strict";
import {
  channelKind,
  type EventStore,
  READ_LIMIT_MAX,
  type RecordedEvent,
  verifyStream,
} from "../../actors/mod.ts";
import { fold } from "../given.ts";
import { publisher, renamer, type Sent } from "./clients.ts";
import { type Defect, openWorld, type World } from "./world.ts";

const CHANNELS = 3;
const PUBLISHERS_PER_CHANNEL = 2;
const MESSAGES_EACH = 12;
const RENAMES_EACH = 8;
/** How often a step of the world kills the process. */
const CRASH_SHARE = 0.03;
/** What one step of the world moves its clock by, in milliseconds. */
const STEP_MS = 25;
/** A run that takes more steps hangs. */
const STEPS_MAX = 20_000;

/**
 * Clients publish and rename over a log that fails at the will of `seed`, while the process between
 * them is killed now and then; afterwards the log must hold what it promised. Throws with the seed.
 */
export async function simulate(seed: number, defect?: Defect): Promise<void> {
  // Fixed, because a channel's id picks its partition, and a seed must always play the same.
  const channelIds = Array.from(
    { length: CHANNELS },
    (_, n) => `0192f0c4-0000-7000-8000-00000000c0${String(n).padStart(2, "0")}`,
  );
  const world = await openWorld(seed, {
    channelIds,
    ...(defect === undefined ? {} : { defect }),
  });
  const messages: Sent[] = [];
  const commands: Sent[] = [];
  const clients = channelIds.flatMap((channelId) => [
    ...Array.from(
      { length: PUBLISHERS_PER_CHANNEL },
      (_, n) =>
        publisher(world, { by: `publisher ${n}`, channelId, count: MESSAGES_EACH, sent: messages }),
    ),
    ...Array.from(
      { length: 2 },
      (_, n) =>
        renamer(world, { by: `renamer ${n}`, channelId, count: RENAMES_EACH, sent: commands }),
    ),
  ]);
  try {
    await run(world, clients);
    const { events } = await world.log.readAll({ after: 0, limit: READ_LIMIT_MAX });
    checkMessages(messages, events);
    checkCommands(commands, events);
    await checkStreams(world.log, events);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new assert.AssertionError({
      message: `seed ${seed} (run it alone with MILLRACE_SEED=${seed}): ${why}`,
    });
  } finally {
    world.process.runtime.close();
    await world.log.close();
  }
}

/** Moves the world's time until every client is done. */
async function run(world: World, clients: readonly Promise<void>[]): Promise<void> {
  let done = false;
  const all = Promise.all(clients).finally(() => done = true);
  for (let step = 0; !done; step++) {
    assert.ok(step < STEPS_MAX, "the clients never finish");
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    if (world.random.next() < CRASH_SHARE) world.crash();
    world.clock.advance(STEP_MS);
  }
  await all;
}

function checkMessages(sent: readonly Sent[], events: readonly RecordedEvent[]): void {
  const said = events.filter(({ type }) => type === "MessagesPublished").map((event) => {
    const text = new TextDecoder().decode(event.data as Uint8Array);
    const [by, number] = JSON.parse(text) as [string, number];
    return { by, number, stream: event.stream };
  });
  for (const message of sent) {
    const { by, number, channelId, acknowledged } = message;
    const count = said.filter((each) =>
      each.by === by && each.number === number && each.stream.includes(channelId)
    ).length;
    assert.ok(count <= 1, `message ${number} of ${by} is stored ${count} times`);
    assert.ok(count === 1 || !acknowledged, `acknowledged message ${number} of ${by} is lost`);
  }
  for (const own of Map.groupBy(said, ({ by, stream }) => `${by} ${stream}`).values()) {
    const numbers = own.map(({ number }) => number);
    assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b), "a publisher's order is lost");
  }
}

function checkCommands(sent: readonly Sent[], events: readonly RecordedEvent[]): void {
  const renamings = events.filter(({ type }) => type === "ChannelUpdated");
  for (const { id, by, number, acknowledged } of sent) {
    const count = renamings.filter(({ metadata }) => metadata.correlationId === id).length;
    assert.ok(count <= 1, `command ${number} of ${by} was carried out ${count} times`);
    assert.ok(count === 1 || !acknowledged, `acknowledged command ${number} of ${by} is lost`);
  }
}

/** Every chain holds, and a channel's state is the fold of its events. */
async function checkStreams(log: EventStore, events: readonly RecordedEvent[]): Promise<void> {
  for (const stream of new Set(events.map(({ stream }) => stream))) {
    const own = await log.readStream(stream, { limit: READ_LIMIT_MAX, stored: true });
    const outcome = verifyStream(own);
    assert.ok(!("what" in outcome), `the chain of ${stream} is broken`);
    if (!stream.startsWith("channel-")) continue;
    const changes = own.filter(({ type }) => type !== "SomethingElse");
    const state = fold(channelKind.decider, changes as never);
    assert.equal(state.status, "enabled");
  }
}
