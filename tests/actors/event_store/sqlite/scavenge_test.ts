import assert from "node:assert/strict";
import { openInlineEventStore, verifyStream } from "../../../../actors/mod.ts";
import { all, type Check, checking, numbers, type TimedStore } from "../contract/checking.ts";
import { numbered } from "../events.ts";

const check: Check<TimedStore> = checking("sqlite scavenge", () => {
  let nowMs = 1_700_000_000_000;
  const store = openInlineEventStore({ path: ":memory:", nowMs: () => nowMs });
  return Promise.resolve({
    store,
    forwardMs: (ms) => void (nowMs += ms),
    close: () => store.close(),
  });
});

check("says from where a stream is shown whose hidden events were removed", async ({ store }) => {
  await store.append("thing-a", numbered(10), { expectedRevision: "any" });
  await store.setStreamLimits("thing-a", { maxCount: 3 });
  await store.scavenge({ through: await store.lastPosition() });
  await store.setStreamLimits("thing-a", {});
  assert.equal(await store.firstRevision("thing-a"), 7);
});

check(
  "frees what is hidden in a scavenge, up to a position, and numbers on",
  async ({ store }) => {
    await store.append("session-a", numbered(10), { expectedRevision: "any" });
    await store.append("thing-a", numbered(2), { expectedRevision: "any" });
    await store.setStreamLimits("session-a", { maxCount: 2 });
    const before = await store.readAll({ after: 0, limit: 100 });
    assert.equal(before.events.length, 12, "the log shows hidden events until a scavenge");
    const fifth = before.events[4]!.position;
    assert.deepEqual(await store.scavenge({ through: fifth }), { eventsRemoved: 5 });
    assert.deepEqual(await store.scavenge({ through: await store.lastPosition() }), {
      eventsRemoved: 3,
    });
    const after = await store.readAll({ after: 0, limit: 100 });
    assert.deepEqual(numbers(after.events), [8, 9, 0, 1]);
    const next = await store.append("session-a", numbered(1, 10), {
      expectedRevision: { exact: 9 },
    });
    assert.equal(next.revision, 10);
    const kept = await store.readStream("session-a", { ...all, stored: true });
    const [first, ...rest] = kept;
    assert.equal("what" in verifyStream(rest, first!), false, "the chain goes on");
  },
);

check("removes what is too old, and never a stream's last event", async ({ store, forwardMs }) => {
  await store.setStreamLimits("session-a", { maxAgeSeconds: 60 });
  await store.append("session-a", numbered(3), { expectedRevision: "any" });
  forwardMs(30_000);
  await store.append("session-a", numbered(2, 3), { expectedRevision: "any" });
  forwardMs(31_000);
  const through = await store.lastPosition();
  assert.deepEqual(await store.scavenge({ through }), { eventsRemoved: 3 });
  forwardMs(60_000);
  assert.deepEqual(await store.scavenge({ through }), { eventsRemoved: 1 });
  assert.deepEqual(await store.readStream("session-a", all), []);
  const next = await store.append("session-a", numbered(1, 5), { expectedRevision: { exact: 4 } });
  assert.equal(next.revision, 5);
});

check(
  "removes more than one transaction's worth, and only of limited streams",
  async ({ store }) => {
    await store.append("messages-a", numbered(1_000), { expectedRevision: "any" });
    await store.append("messages-a", numbered(700), { expectedRevision: "any" });
    await store.append("thing-a", numbered(20), { expectedRevision: "any" });
    await store.setStreamLimits("messages-a", { truncateBefore: 1_600 });
    const through = await store.lastPosition();
    assert.deepEqual(await store.scavenge({ through }), { eventsRemoved: 1_600 });
    assert.equal((await store.readStream("messages-a", all)).length, 100);
    assert.equal((await store.readStream("thing-a", all)).length, 20);
  },
);

check("frees a deleted stream but for the event that carries its hash", async ({ store }) => {
  await store.append("thing-a", numbered(5), { expectedRevision: "any" });
  await store.softDelete("thing-a", { expectedRevision: "any" });
  const through = await store.lastPosition();
  assert.deepEqual(await store.scavenge({ through }), { eventsRemoved: 4 });
  const [anchor] = (await store.readAll({ after: 0, limit: 10 })).events;
  await store.append("thing-a", numbered(2, 5), { expectedRevision: "no_stream" });
  const since = await store.readStream("thing-a", { ...all, stored: true });
  assert.equal("what" in verifyStream(since, anchor!), false);
});

check("leaves a follower in the middle of the log where it was", async ({ store }) => {
  await store.setStreamLimits("session-a", { maxCount: 1 });
  await store.append("session-a", numbered(10), { expectedRevision: "any" });
  await store.append("thing-a", numbered(5, 10), { expectedRevision: "any" });
  const first = await store.readAll({ after: 0, limit: 12 });
  await store.scavenge({ through: first.reached });
  const rest = await store.readAll({ after: first.reached, limit: 12 });
  assert.deepEqual(
    numbers([...first.events, ...rest.events]),
    Array.from({ length: 15 }, (_, n) => n),
  );
});

check(
  "passes over thousands of streams that have no limit, and finds those that have",
  async ({ store }) => {
    for (let n = 0; n < 4_500; n++) {
      await store.append(`messages-${n}`, numbered(1), { expectedRevision: "any" });
      if (n % 1_500 === 0) {
        await store.append(`session-${n}`, numbered(4), { expectedRevision: "any" });
        await store.setStreamLimits(`session-${n}`, { maxCount: 1 });
      }
    }
    const through = await store.lastPosition();
    assert.deepEqual(await store.scavenge({ through }), { eventsRemoved: 9 });
    assert.deepEqual(await store.scavenge({ through }), { eventsRemoved: 0 });
  },
);

check(
  "removes of a stream with an age and a number what either hides",
  async ({ store, forwardMs }) => {
    await store.setStreamLimits("session-a", { maxAgeSeconds: 60, maxCount: 5 });
    await store.append("session-a", numbered(8), { expectedRevision: "any" });
    const through = await store.lastPosition();
    assert.deepEqual(await store.scavenge({ through }), { eventsRemoved: 3 });
    forwardMs(61_000);
    await store.append("session-a", numbered(1, 8), { expectedRevision: "any" });
    assert.deepEqual(await store.scavenge({ through }), { eventsRemoved: 5 });
    assert.deepEqual(numbers(await store.readStream("session-a", all)), [8]);
  },
);
