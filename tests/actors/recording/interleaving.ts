import assert from "node:assert/strict";
import {
  type MailboxFrame,
  newId,
  type Random,
  type RecordedEvent,
  seededRandom,
  SYSTEM_AUTHORITY,
  TransientError,
} from "../../../actors/mod.ts";
import { METADATA } from "../event_store/events.ts";
import { DAY_MS } from "./desk.ts";
import { type LineDesk, numberedFrame } from "./line_desk.ts";

const FRAMES = 24;
const MIDNIGHT_MS = DAY_MS + 24 * 3_600_000;
const DAYS = ["2026-01-01", "2026-01-02"] as const;
/** How often an append is lost before or after it is stored, from 0 to 1. */
const LOST_SHARE = 0.08;
/** How often a node forgets where it was, and begins with the first frame that is not acknowledged. */
const AGAIN_SHARE = 0.1;
const ACKNOWLEDGED_SHARE = 0.6;
/** Turns of the event loop that an append may be late by. */
const LATE_TURNS_MAX = 8;

/** What the mailbox keeps of one partition. */
interface Line {
  readonly frames: readonly MailboxFrame[];
  /** Index of the first frame that nobody acknowledged. */
  floor: number;
}

/**
 * Two nodes that both believe to own a partition work through the same line, at midnight, over an
 * unsteady log; afterwards everything must be there once and in order.
 */
export async function interleaved(desk: LineDesk, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const channels = [newId(), newId()];
  const setup = await desk.node();
  for (const channelId of channels) {
    await desk.command(setup, channelId, {
      type: "CreateChannel",
      by: SYSTEM_AUTHORITY,
      domainId: METADATA.domainId,
      profile: { name: `of seed ${seed}` },
    });
  }
  const frames = Array.from({ length: FRAMES }, (_, index) => {
    const closedAtMs = MIDNIGHT_MS - FRAMES / 2 + index;
    const several = Array.from({ length: 1 + below(random, 3) }, () => channels[below(random, 2)]!);
    return numberedFrame(100 + index * 2, several, { closedAtMs });
  });
  const line: Line = { frames, floor: 0 };
  const positions = new Map<string, number>();
  await Promise.all([1, 2].map(() => works(desk, { line, random, positions })));
  for (const channelId of channels) {
    const days = await Promise.all(DAYS.map((day) => desk.said(channelId, day)));
    check(days.flat(), { channelId, line, positions, seed });
  }
}

async function works(
  desk: LineDesk,
  { line, random, positions }: {
    readonly line: Line;
    readonly random: Random;
    readonly positions: Map<string, number>;
  },
): Promise<void> {
  const node = await desk.node();
  node.through((inner) => async (...append) => {
    for (let turns = below(random, LATE_TURNS_MAX); turns > 0; turns--) await Promise.resolve();
    if (random.next() < LOST_SHARE) throw new TransientError("Cannot append: request lost");
    const result = await inner(...append);
    if (random.next() < LOST_SHARE) throw new TransientError("Cannot append: answer lost");
    return result;
  });
  for (let at = line.floor; at < line.frames.length;) {
    const frame = line.frames[at]!;
    try {
      const outcomes = await node.recorder.record(frame);
      outcomes.forEach(({ position, rejection }, index) => {
        assert.equal(rejection, undefined, JSON.stringify(rejection));
        const { eventId } = frame.sections[index]!;
        assert.equal(positions.get(eventId) ?? position, position, "all are told the same");
        positions.set(eventId, position);
      });
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      continue;
    }
    // Acknowledged is what comes behind all that is.
    if (at === line.floor && random.next() < ACKNOWLEDGED_SHARE) line.floor++;
    at = random.next() < AGAIN_SHARE ? line.floor : at + 1;
  }
}

function check(
  stored: readonly RecordedEvent[],
  { channelId, line, positions, seed }: {
    readonly channelId: string;
    readonly line: Line;
    readonly positions: ReadonlyMap<string, number>;
    readonly seed: number;
  },
): void {
  const expected = line.frames.flatMap(({ sections }) =>
    sections.filter((section) => section.channelId === channelId).map(({ eventId }) => eventId)
  );
  assert.deepEqual(stored.map(({ id }) => id), expected, `seed ${seed}`);
  for (const { id, position } of stored) assert.equal(positions.get(id), position, `seed ${seed}`);
}

function below(random: Random, count: number): number {
  return Math.floor(random.next() * count);
}
