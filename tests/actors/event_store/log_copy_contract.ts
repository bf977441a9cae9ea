import assert from "node:assert/strict";
import {
  EVENT_BYTES_MAX,
  type EventStore,
  InvariantViolation,
  type LogCopy,
  openInlineEventStore,
  openStoredSqliteLog,
  READ_LIMIT_MAX,
  type RecordedEvent,
  type StoredLog,
  verifyStream,
} from "../../../actors/mod.ts";
import { all, numbers, revisions } from "./contract/checking.ts";
import { event, numbered } from "./events.ts";

/*
 * The port by which a log is copied, in executable form: what a platform finds in the copy is what it
 * found in the origin. Every adapter passes this file unchanged.
 */

/** An engine that is empty at first; what is opened is closed by who opened it. */
export interface CopySite {
  copy(): Promise<LogCopy>;
  store(): Promise<EventStore>;
  close(): Promise<void>;
}

/** Streams of every kind that a log can hold. */
export async function fillOrigin(store: EventStore): Promise<void> {
  const any = { expectedRevision: "any" } as const;
  await store.append("thing-whole", numbered(3), any);
  await store.append("messages-a", [event(new Uint8Array(3_000).fill(7), "Batch")], any);
  await store.append("session-scavenged", numbered(10), any);
  await store.append("session-deleted", numbered(5), any);
  await store.append("session-again", numbered(5), any);
  await store.softDelete("session-deleted", any);
  await store.softDelete("session-again", any);
  await store.append("session-again", numbered(2, 5), any);
  await store.setStreamLimits("session-scavenged", { maxCount: 4 });
  await store.scavenge({ through: await store.lastPosition() });
  await store.append("thing-hidden", numbered(6), any);
  await store.setStreamLimits("thing-hidden", { maxCount: 5, truncateBefore: 2 });
  await store.append("thing-whole", numbered(2, 3), any);
  await store.append("session-scavenged", numbered(1, 10), any);
}

const STREAMS = [
  "thing-whole",
  "messages-a",
  "session-scavenged",
  "session-deleted",
  "session-again",
  "thing-hidden",
];

interface Copying {
  readonly from: StoredLog;
  /** The origin, as a platform sees it. */
  readonly origin: EventStore;
  readonly site: CopySite;
}

export function logCopyContract(name: string, open: () => Promise<CopySite>): void {
  const check = (says: string, run: (copying: Copying) => Promise<void>) =>
    Deno.test(`${name}: ${says}`, async () => {
      const folder = await Deno.makeTempDir();
      const path = `${folder}/origin.db`;
      const site = await open();
      const origin = openInlineEventStore({ path });
      await fillOrigin(origin);
      const from = openStoredSqliteLog(path);
      try {
        await run({ from, origin, site });
      } finally {
        await from.close();
        await origin.close();
        await site.close();
        await Deno.remove(folder, { recursive: true });
      }
    });

  check("holds every event as it was stored, in the order of the log", async (copying) => {
    await copied(copying);
    const copy = await copying.site.copy();
    const { events } = await copy.events.readAll({ after: 0, limit: READ_LIMIT_MAX });
    const origin = await everything(copying.from);
    assert.deepEqual(events.map(unplaced), origin.map(unplaced));
    if (copy.keepsPositions) {
      assert.deepEqual(events.map(positionOf), origin.map(positionOf));
    }
    const positions = events.map(positionOf);
    assert.deepEqual(positions, positions.toSorted((a, b) => a - b));
    await copy.close();
  });

  check("says of every stream where it ends, and what of it is hidden", async (copying) => {
    await copied(copying);
    const copy = await copying.site.copy();
    for (const stream of [...STREAMS, "thing-none"]) {
      assert.deepEqual(await copy.ending(stream), await copying.from.ending(stream), stream);
    }
    await copy.close();
  });

  check("shows a platform what the origin shows it, from every revision", async (copying) => {
    await copied(copying);
    const store = await copying.site.store();
    for (const stream of STREAMS) {
      for (const from of [undefined, 0, 3, 7, 8, 10, 20]) {
        for (const direction of ["forwards", "backwards"] as const) {
          const where = from === undefined ? {} : { fromRevision: from };
          const how = { direction, limit: 3, stored: true, ...where };
          assert.deepEqual(
            (await store.readStream(stream, how)).map(unplaced),
            (await copying.origin.readStream(stream, how)).map(unplaced),
            `${stream} ${direction} from ${from}`,
          );
        }
      }
      assert.equal(await store.firstRevision(stream), await copying.origin.firstRevision(stream));
      assert.deepEqual(await store.streamLimits(stream), await copying.origin.streamLimits(stream));
    }
    await store.close();
  });

  check("lets a platform number and chain on where each stream ended", async (copying) => {
    await copied(copying);
    const store = await copying.site.store();
    for (const stream of STREAMS) {
      const { revision } = await copying.from.ending(stream);
      const expectedRevision = { exact: revision } as const;
      await assert.rejects(
        store.append(stream, numbered(1), { expectedRevision: { exact: revision + 1 } }),
        { name: "ConcurrencyConflict" },
      );
      const events = numbered(2, 100);
      const appended = await store.append(stream, events, { expectedRevision });
      assert.equal(appended.revision, revision + 2, stream);
      assert.equal(
        (await store.append(stream, events, { expectedRevision })).revision,
        revision + 2,
      );
      const newest = await store.readStream(stream, { direction: "backwards", limit: 2 });
      assert.deepEqual(revisions(newest), [revision + 2, revision + 1]);
    }
    const copy = await copying.site.copy();
    const { events } = await copy.events.readAll({ after: 0, limit: READ_LIMIT_MAX });
    for (const stream of STREAMS) {
      const [first, ...rest] = events.filter((each) => each.stream === stream);
      assert.ok(!("what" in verifyStream(rest, first!)), stream);
    }
    await copy.close();
    await store.close();
  });

  check(
    "lets a platform limit and delete a stream that came without its beginning",
    async (copying) => {
      await copied(copying);
      const stream = "session-scavenged";
      const store = await copying.site.store();
      assert.deepEqual(revisions(await store.readStream(stream, all)), [7, 8, 9, 10]);
      await store.setStreamLimits(stream, { truncateBefore: 9 });
      assert.deepEqual(await store.streamLimits(stream), { truncateBefore: 9 });
      assert.deepEqual(revisions(await store.readStream(stream, all)), [9, 10]);
      await store.setStreamLimits(stream, { truncateBefore: 4 });
      assert.deepEqual(await store.streamLimits(stream), { truncateBefore: 4 });
      assert.equal(
        (await store.readStream(stream, all))[0]?.revision,
        await store.firstRevision(stream),
      );
      await store.softDelete(stream, { expectedRevision: { exact: 10 } });
      assert.deepEqual(await store.readStream(stream, all), []);
      assert.equal(await store.firstRevision(stream), 11);
      await store.close();
      const again = await copying.site.store();
      const next = await again.append(stream, numbered(1, 11), { expectedRevision: "no_stream" });
      assert.equal(next.revision, 11);
      assert.deepEqual(numbers(await again.readStream(stream, { limit: 9, fromRevision: 3 })), [
        11,
      ]);
      await again.close();
    },
  );

  check("tells followers the revisions of the log", async (copying) => {
    await copied(copying);
    const store = await copying.site.store();
    const over = new AbortController();
    const seen: RecordedEvent[] = [];
    const following = (async () => {
      const streamPrefixes = ["session-scavenged"];
      for await (
        const page of store.subscribeToAll({ after: 0, streamPrefixes, signal: over.signal })
      ) {
        seen.push(...page.events);
        if (seen.at(-1)?.revision === 10) {
          await store.append("session-scavenged", numbered(1, 11), { expectedRevision: "any" });
        }
        if (seen.at(-1)?.revision === 11) over.abort();
      }
    })();
    await following;
    assert.deepEqual(revisions(seen).slice(-3), [9, 10, 11]);
    assert.deepEqual(await store.eventAt(seen.at(-1)!.position), seen.at(-1));
    await store.close();
  });

  check(
    "refuses an event that does not chain, comes too early or a second time",
    async ({ from, site }) => {
      const copy = await site.copy();
      const events = (await everything(from)).filter(({ stream }) => stream === "thing-whole");
      const [first, second, third] = events as [RecordedEvent, RecordedEvent, RecordedEvent];
      await copy.add([first]);
      const refused = async (wrong: RecordedEvent, reason: RegExp) => {
        await assert.rejects(copy.add([wrong]), (error) => {
          assert.ok(error instanceof InvariantViolation, String(error));
          assert.match(error.message, reason);
          return true;
        });
      };
      await refused(
        third,
        /Cannot copy event 2 of 'thing-whole' \(.*\): revision 1 of its stream is missing/,
      );
      await refused({ ...second, data: { n: 99 } }, /event 1 of 'thing-whole' .* does not chain/);
      await refused({ ...second, hash: third.hash }, /does not chain/);
      await refused(first, /event 0 of 'thing-whole'/);
      await copy.add([second, third]);
      assert.equal((await copy.ending("thing-whole")).revision, 2);
      await copy.close();
    },
  );

  check(
    "takes events as large as a log may hold them, and more of them than go at once",
    async ({ site }) => {
      const folder = await Deno.makeTempDir();
      const path = `${folder}/large.db`;
      const large = openInlineEventStore({ path });
      const stream = "messages-large";
      for (const bytes of [EVENT_BYTES_MAX, 200_000, 200_000, EVENT_BYTES_MAX, 10]) {
        const batch = event(new Uint8Array(bytes).fill(7));
        await large.append(stream, [batch], { expectedRevision: "any" });
      }
      await large.append(stream, numbered(700), { expectedRevision: "any" });
      await large.close();
      const from = openStoredSqliteLog(path);
      const copy = await site.copy();
      for (let after = 0, atEnd = false; !atEnd;) {
        const page = await from.events.readAll({ after, limit: READ_LIMIT_MAX });
        await copy.add(page.events);
        ({ reached: after, atEnd } = page);
      }
      assert.deepEqual(await copy.ending(stream), await from.ending(stream));
      assert.equal((await copy.ending(stream)).revision, 704);
      await from.close();
      await copy.close();
      await Deno.remove(folder, { recursive: true });
    },
  );

  check("finds the origin's place of what it holds, and of nothing else", async (copying) => {
    const copy = await copying.site.copy();
    const events = await everything(copying.from);
    await copy.add(events.slice(0, 5));
    const newest = await copy.events.eventAt(await copy.events.lastPosition());
    assert.equal(await copying.from.placeOf(newest!), events[4]!.position);
    assert.equal(await copying.from.placeOf({ ...newest!, hash: events[0]!.hash }), undefined);
    assert.equal(await copying.from.placeOf({ ...newest!, stream: "thing-none" }), undefined);
    await copy.close();
  });
}

async function copied({ from, site }: Copying): Promise<void> {
  const copy = await site.copy();
  await copy.add(await everything(from));
  for (const stream of STREAMS) await copy.settle(stream, await from.ending(stream));
  await copy.close();
}

async function everything(log: StoredLog): Promise<readonly RecordedEvent[]> {
  return (await log.events.readAll({ after: 0, limit: READ_LIMIT_MAX })).events;
}

function unplaced({ position: _, ...event }: RecordedEvent): Omit<RecordedEvent, "position"> {
  return event;
}

function positionOf({ position }: RecordedEvent): number {
  return position;
}
