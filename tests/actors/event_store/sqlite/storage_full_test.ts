import assert from "node:assert/strict";
import {
  ConcurrencyConflict,
  type EventStore,
  openInlineEventStore,
  openSqliteEventStore,
  StorageFull,
  TransientError,
  verifyStream,
} from "../../../../actors/mod.ts";
import { all, numbers } from "../contract/checking.ts";
import { event, numbered } from "../events.ts";
import { noise, withPath } from "./with_path.ts";

const any = { expectedRevision: "any" } as const;
/** Of 8 KiB: room for about ten appends of 50 kB. */
const PAGES_MAX = 80;

/** Appends until the file is full; answers how many were kept. */
async function fill(store: EventStore, stream: string): Promise<number> {
  for (let kept = 0; kept < 100; kept++) {
    try {
      await store.append(stream, [event(noise(50_000))], any);
    } catch (error) {
      assert.ok(error instanceof StorageFull, String(error));
      return kept;
    }
  }
  assert.fail("the file never became full");
}

Deno.test("sqlite event store: a full file is a transient error that names the file and the cure", async () => {
  await withPath(async (path) => {
    for (
      const store of [
        await openSqliteEventStore({ path, pagesMax: PAGES_MAX }),
        openInlineEventStore({ path: ":memory:", pagesMax: PAGES_MAX }),
      ]
    ) {
      await fill(store, "messages-a");
      await assert.rejects(
        store.append("messages-a", [event(noise(50_000))], any),
        (error: Error) =>
          error instanceof StorageFull && error instanceof TransientError &&
          error.name === "StorageFull" && /append in event log '.*disk is full/.test(error.message),
      );
      await store.close();
    }
  });
});

Deno.test("sqlite event store: on a full file reads, subscriptions and refusals go on", async () => {
  await withPath(async (path) => {
    const store = await openSqliteEventStore({ path, pagesMax: PAGES_MAX });
    await store.append("thing-a", numbered(3), { expectedRevision: "no_stream" });
    const kept = await fill(store, "messages-a");
    assert.deepEqual(numbers(await store.readStream("thing-a", all)), [0, 1, 2]);
    const { events } = await store.readAll({ ...all, after: 0 });
    assert.ok(events.length < 3 + kept + 1);
    const followed = store.subscribeToAll({ after: 0, signal: AbortSignal.timeout(10_000) });
    for await (const page of followed) {
      assert.equal(page.events[0]!.stream, "thing-a");
      break;
    }
    await assert.rejects(
      store.append("thing-a", [event(noise(90_000))], { expectedRevision: { exact: 7 } }),
      ConcurrencyConflict,
      "a conflict is told before the room is asked for",
    );
    await store.close();
  });
});

Deno.test("sqlite event store: what a full file refused is stored once when it is sent again", async () => {
  await withPath(async (path) => {
    const store = await openSqliteEventStore({ path, pagesMax: PAGES_MAX });
    const kept = await fill(store, "messages-a");
    const refused = Array.from({ length: 3 }, (_, n) => ({
      stream: `messages-${n}`,
      events: [event(noise(30_000)), event(noise(30_000))],
    }));
    const send = () =>
      Promise.allSettled(refused.map(({ stream, events }) => store.append(stream, events, any)));
    const first = await send();
    assert.ok(
      first.every((outcome) =>
        outcome.status === "rejected" && outcome.reason instanceof StorageFull
      ),
    );
    await store.setStreamLimits("messages-a", { maxCount: 1 });
    await store.scavenge({ through: await store.lastPosition() });
    for (const round of [0, 1]) {
      const sent = await send();
      assert.deepEqual(
        sent.map((outcome) => outcome.status === "fulfilled" && outcome.value.revision),
        [1, 1, 1],
        `round ${round}`,
      );
    }
    for (const { stream } of refused) {
      const events = await store.readStream(stream, { ...all, stored: true });
      assert.equal(events.length, 2);
      assert.equal("what" in verifyStream(events), false);
    }
    const { revision } = await store.append("messages-a", numbered(1), {
      expectedRevision: { exact: kept - 1 },
    });
    assert.equal(revision, kept);
    await store.close();
  });
});

Deno.test("sqlite event store: works again in a larger file after it was opened anew", async () => {
  await withPath(async (path) => {
    const small = await openSqliteEventStore({ path, pagesMax: PAGES_MAX });
    const kept = await fill(small, "messages-a");
    await small.close();
    const large = await openSqliteEventStore({ path });
    const events = await large.readStream("messages-a", { ...all, stored: true });
    assert.equal(events.length, kept);
    assert.equal("what" in verifyStream(events), false);
    const { revision } = await large.append("messages-a", [event(noise(500_000))], {
      expectedRevision: { exact: kept - 1 },
    });
    assert.equal(revision, kept);
    await large.close();
  });
});
