import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CHAIN_START,
  type ChainBreak,
  type ChainCursor,
  expectedHash,
  FIRST_HASH,
  openInlineEventStore,
  type RecordedEvent,
  verifyStream,
} from "../../../actors/mod.ts";
import { event, numbered } from "./events.ts";

const LENGTH = 8;
const sound = await written();
const foreign = (await written())[3]!;

async function written(): Promise<readonly RecordedEvent[]> {
  const store = openInlineEventStore({ path: ":memory:" });
  const batch = event(new Uint8Array([1, 2, 3]), "MessagesPublished");
  await store.append("thing-a", [...numbered(LENGTH - 1), batch], { expectedRevision: "any" });
  const events = await store.readStream("thing-a", { limit: LENGTH, stored: true });
  await store.close();
  return events;
}

function brokenIn(
  events: readonly RecordedEvent[],
  from: ChainCursor = CHAIN_START,
): ChainBreak {
  const answer = verifyStream(events, from);
  assert.ok("what" in answer, "a break was to be found");
  return answer;
}

/** Gives each event the number of its place. */
function renumbered(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  return events.map((one, revision) => ({ ...one, revision }));
}

Deno.test("verify: passes an untouched stream, whole or in pages", () => {
  const whole = verifyStream(sound);
  assert.deepEqual(whole, { revision: LENGTH - 1, hash: sound.at(-1)!.hash });
  const half = verifyStream(sound.slice(0, 3)) as ChainCursor;
  assert.deepEqual(half, { revision: 2, hash: sound[2]!.hash });
  assert.deepEqual(verifyStream(sound.slice(3), half), whole);
  assert.deepEqual(verifyStream([], half), half, "an empty page moves nothing");
});

Deno.test("verify: passes what follows an anchor, where older events were let go", () => {
  const [anchor, ...rest] = sound.slice(4);
  assert.equal("what" in verifyStream(rest, anchor!), false);
  assert.equal(brokenIn(rest, { ...anchor!, hash: FIRST_HASH }).what, "altered");
});

Deno.test("verify: names the event of which any part was altered", () => {
  const changes: Readonly<Record<string, (one: RecordedEvent) => RecordedEvent>> = {
    data: (one) => ({ ...one, data: { n: 99 } }),
    type: (one) => ({ ...one, type: "Other" }),
    id: (one) => ({ ...one, id: foreign.id }),
    hash: (one) => ({ ...one, hash: foreign.hash }),
    who: (one) => ({
      ...one,
      metadata: { ...one.metadata, principal: { kind: "user", id: "other" } },
    }),
    when: (one) => ({
      ...one,
      metadata: { ...one.metadata, recordedAtMs: one.metadata.recordedAtMs - 1 },
    }),
  };
  for (const [part, change] of Object.entries(changes)) {
    const altered = change(sound[2]!);
    assert.deepEqual(
      brokenIn(sound.with(2, altered)),
      { stream: "thing-a", revision: 2, eventId: altered.id, what: "altered" },
      part,
    );
  }
});

Deno.test("verify: finds an event whose own hash was computed anew after the change", () => {
  const forged = { ...sound[2]!, data: { n: 99 } };
  const hash = expectedHash(sound[1]!.hash, forged);
  const { revision, what } = brokenIn(sound.with(2, { ...forged, hash }));
  assert.deepEqual({ revision, what }, { revision: 3, what: "altered" });
});

Deno.test("verify: names the revision of an event that was removed", () => {
  assert.deepEqual(brokenIn(sound.toSpliced(3, 1)), {
    stream: "thing-a",
    revision: 3,
    eventId: sound[4]!.id,
    what: "removed",
  });
  assert.equal(brokenIn(sound.slice(1)).revision, 0);
});

Deno.test("verify: names an event that was inserted, whatever its number", () => {
  const inserted = sound.toSpliced(3, 0, { ...foreign, revision: 2 });
  for (const events of [inserted, renumbered(inserted)]) {
    const { eventId, what } = brokenIn(events);
    assert.deepEqual({ eventId, what }, { eventId: foreign.id, what: "inserted" });
  }
});

Deno.test("verify: names events that changed places, renumbered or not", () => {
  const swapped = sound.with(3, sound[4]!).with(4, sound[3]!);
  for (const events of [swapped, renumbered(swapped)]) {
    const { eventId, what } = brokenIn(events);
    assert.deepEqual({ eventId, what }, { eventId: sound[4]!.id, what: "reordered" });
  }
});

Deno.test("verify: names a repeated event", () => {
  const { eventId, what } = brokenIn(sound.toSpliced(4, 0, sound[3]!));
  assert.deepEqual({ eventId, what }, { eventId: sound[3]!.id, what: "inserted" });
});

Deno.test("verify: finds one flipped bit of a message batch", () => {
  const last = sound.at(-1)!;
  const data = new Uint8Array(last.data as Uint8Array);
  data[1]! ^= 1;
  const { revision, what } = brokenIn(sound.with(-1, { ...last, data }));
  assert.deepEqual({ revision, what }, { revision: LENGTH - 1, what: "altered" });
});

Deno.test("verify: finds any removal but at the end, insertion, swap and alteration where it is", () => {
  const place = fc.nat(LENGTH - 1);
  const touched = fc.oneof(
    place.map((at) => ({
      at,
      what: "altered",
      events: sound.with(at, { ...sound[at]!, type: "X" }),
    })),
    fc.nat(LENGTH - 2).map((at) => ({ at, what: "removed", events: sound.toSpliced(at, 1) })),
    fc.tuple(fc.nat(LENGTH - 2), fc.boolean()).map(([at, again]) => {
      const events = sound.with(at, sound[at + 1]!).with(at + 1, sound[at]!);
      return { at, what: "reordered", events: again ? renumbered(events) : events };
    }),
    place.map((at) => ({
      at,
      what: "inserted",
      events: renumbered(sound.toSpliced(at, 0, foreign)),
    })),
  );
  fc.assert(
    fc.property(touched, fc.nat(LENGTH), ({ at, what, events }, cut) => {
      const found = brokenIn(events);
      const place = events.findIndex(({ id }) => id === found.eventId);
      assert.deepEqual({ what: found.what, place }, { what, place: at });
      // Pages hide some of what comes after, so the kind may differ; that it is broken may not.
      const first = verifyStream(events.slice(0, cut));
      assert.ok("what" in first || "what" in verifyStream(events.slice(cut), first));
    }),
    { numRuns: 200 },
  );
});
