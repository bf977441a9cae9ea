import assert from "node:assert/strict";
import { verifyStream } from "../../../../actors/mod.ts";
import { numbered } from "../events.ts";
import { all, type Check, numbers } from "./checking.ts";

export function limits(check: Check): void {
  check("hides all but the newest events of a stream with a greatest count", async ({ store }) => {
    await store.setStreamLimits("session-a", { maxCount: 3 });
    await store.append("session-a", numbered(10), { expectedRevision: "any" });
    assert.deepEqual(numbers(await store.readStream("session-a", all)), [7, 8, 9]);
    assert.deepEqual(await store.streamLimits("session-a"), { maxCount: 3 });
    await store.setStreamLimits("session-a", {});
    assert.equal((await store.readStream("session-a", all)).length, 10);
  });

  check("hides what lies before the revision of a truncation", async ({ store }) => {
    await store.append("thing-a", numbered(5), { expectedRevision: "any" });
    await store.setStreamLimits("thing-a", { truncateBefore: 3 });
    assert.deepEqual(numbers(await store.readStream("thing-a", all)), [3, 4]);
    const back = await store.readStream("thing-a", { direction: "backwards", limit: 10 });
    assert.deepEqual(numbers(back), [4, 3]);
  });

  check("replaces the limits as a whole, and knows none of a new stream", async ({ store }) => {
    assert.deepEqual(await store.streamLimits("thing-none"), {});
    const every = { maxCount: 2, maxAgeSeconds: 3_600, truncateBefore: 1 };
    await store.setStreamLimits("thing-a", every);
    assert.deepEqual(await store.streamLimits("thing-a"), every);
    await store.setStreamLimits("thing-a", { truncateBefore: 4 });
    assert.deepEqual(await store.streamLimits("thing-a"), { truncateBefore: 4 });
  });

  check("hides what any one of several limits hides", async ({ store }) => {
    await store.append("thing-a", numbered(10), { expectedRevision: "any" });
    const shown = async () => numbers(await store.readStream("thing-a", all));
    await store.setStreamLimits("thing-a", { maxCount: 4, truncateBefore: 2 });
    assert.deepEqual(await shown(), [6, 7, 8, 9]);
    await store.setStreamLimits("thing-a", { maxCount: 4, truncateBefore: 8 });
    assert.deepEqual(await shown(), [8, 9]);
    await store.setStreamLimits("thing-a", { truncateBefore: 20 });
    assert.deepEqual(await shown(), [], "also the last one");
  });

  check("reads from a hidden revision on as from the first that is shown", async ({ store }) => {
    await store.append("thing-a", numbered(10), { expectedRevision: "any" });
    await store.setStreamLimits("thing-a", { maxCount: 3 });
    const from = (direction: "forwards" | "backwards", fromRevision: number) =>
      store.readStream("thing-a", { direction, fromRevision, limit: 2 }).then(numbers);
    assert.deepEqual(await from("forwards", 2), [7, 8]);
    assert.deepEqual(await from("backwards", 7), [7]);
    assert.deepEqual(await from("backwards", 6), []);
  });

  check("says from which revision on a stream is shown", async ({ store }) => {
    assert.equal(await store.firstRevision("thing-none"), 0);
    await store.append("thing-a", numbered(10), { expectedRevision: "any" });
    assert.equal(await store.firstRevision("thing-a"), 0);
    await store.setStreamLimits("thing-a", { maxCount: 3 });
    assert.equal(await store.firstRevision("thing-a"), 7);
    await store.setStreamLimits("thing-a", { truncateBefore: 20 });
    assert.equal(await store.firstRevision("thing-a"), 10, "of the next event");
  });

  check("limits no other stream, and no append to this one", async ({ store }) => {
    await store.setStreamLimits("thing-a", { maxCount: 1 });
    await store.append("thing-a", numbered(3), { expectedRevision: "no_stream" });
    await store.append("thing-b", numbered(3), { expectedRevision: "no_stream" });
    const { revision } = await store.append("thing-a", numbered(1, 3), {
      expectedRevision: { exact: 2 },
    });
    assert.equal(revision, 3);
    assert.equal((await store.readStream("thing-b", all)).length, 3);
  });
}

export function scavenges(check: Check): void {
  check("shows hidden events in the global log until a scavenge", async ({ store }) => {
    await store.setStreamLimits("thing-a", { maxCount: 1 });
    await store.append("thing-a", numbered(3), { expectedRevision: "any" });
    await store.append("thing-b", numbered(1, 3), { expectedRevision: "any" });
    await store.softDelete("thing-b", { expectedRevision: "any" });
    const { events } = await store.readAll({ ...all, after: 0 });
    assert.deepEqual(numbers(events), [0, 1, 2, 3]);
  });

  check("scavenges nothing that is shown, and numbers and chains on", async ({ store }) => {
    await store.append("session-a", numbered(10), { expectedRevision: "any" });
    await store.append("thing-a", numbered(2), { expectedRevision: "any" });
    await store.setStreamLimits("session-a", { maxCount: 3 });
    const last = await store.lastPosition();
    await store.scavenge({ through: last });
    assert.equal(await store.lastPosition(), last);
    assert.deepEqual(numbers(await store.readStream("session-a", all)), [7, 8, 9]);
    assert.deepEqual(numbers(await store.readStream("thing-a", all)), [0, 1]);
    const next = await store.append("session-a", numbered(1, 10), {
      expectedRevision: { exact: 9 },
    });
    assert.equal(next.revision, 10);
    assert.ok(next.position > last);
    const [first, ...rest] = await store.readStream("session-a", { ...all, stored: true });
    assert.equal("what" in verifyStream(rest, first!), false, "the chain goes on");
    const { events } = await store.readAll({ ...all, after: 0 });
    assert.deepEqual(numbers(events).slice(-5), [8, 9, 0, 1, 10]);
  });
}
