import assert from "node:assert/strict";
import {
  expectedHash,
  FIRST_HASH,
  InvariantViolation,
  openInlineEventStore,
  type RecordedEvent,
  type Upcaster,
  upcastingWith,
} from "../../../actors/mod.ts";
import { event, METADATA } from "./events.ts";

/** Three shapes of one type: `name`, then `first`, then `names`. */
const UPCASTERS: readonly Upcaster[] = [
  { type: "Named", fromVersion: 2, upcast: ({ first }) => ({ names: [first!] }) },
  { type: "Named", fromVersion: 1, upcast: ({ name }) => ({ first: name! }) },
];
const upcasting = upcastingWith(UPCASTERS);

Deno.test("upcasting: goes step by step from any version to the newest", () => {
  const newest = { data: { names: ["a"] }, schemaVersion: 3 };
  assert.deepEqual(upcasting("Named", { data: { name: "a" }, schemaVersion: 1 }), newest);
  assert.deepEqual(upcasting("Named", { data: { first: "a" }, schemaVersion: 2 }), newest);
  assert.deepEqual(upcasting("Named", newest), newest);
});

Deno.test("upcasting: leaves other types as they are, whatever their version", () => {
  const stored = { data: { name: "a" }, schemaVersion: 1 };
  assert.equal(upcasting("Other", stored), stored);
});

Deno.test("upcasting: refuses two upcasters for one step, naming it", () => {
  assert.throws(
    () => upcastingWith([...UPCASTERS, UPCASTERS[0]!]),
    (error: Error) => error instanceof InvariantViolation && error.message.includes("'Named/2'"),
  );
});

Deno.test("upcasting: every way to read shows the newest shape, and the hash covers the stored one", async () => {
  const store = openInlineEventStore({ path: ":memory:", upcasters: UPCASTERS });
  const old = event({ name: "a" }, "Named");
  const newer = {
    ...event({ first: "b" }, "Named"),
    metadata: { ...METADATA, schemaVersion: 2 },
  };
  const bytes = event(new Uint8Array([1]), "Named");
  await store.append("thing-a", [old, newer, bytes], { expectedRevision: "any" });
  const shown = (events: readonly RecordedEvent[]) =>
    events.map(({ data, metadata }) => [data, metadata.schemaVersion]);
  const newest = [
    [{ names: ["a"] }, 3],
    [{ names: ["b"] }, 3],
    [new Uint8Array([1]), 1],
  ];
  assert.deepEqual(shown(await store.readStream("thing-a", { limit: 9 })), newest);
  assert.deepEqual(shown((await store.readAll({ after: 0, limit: 9 })).events), newest);
  const followed = store.subscribeToAll({ after: 0, signal: AbortSignal.timeout(10_000) });
  for await (const { events } of followed) {
    assert.deepEqual(shown(events), newest);
    break;
  }
  const [stored] = await store.readStream("thing-a", { limit: 1, stored: true });
  assert.deepEqual(shown([stored!]), [[{ name: "a" }, 1]]);
  assert.deepEqual(new Uint8Array(expectedHash(FIRST_HASH, stored!)), new Uint8Array(stored!.hash));
  await store.close();
});
