import assert from "node:assert/strict";
import {
  EVENT_BYTES_MAX,
  EVENTS_PER_APPEND_MAX,
  type EventStore,
  InvariantViolation,
  READ_LIMIT_MAX,
} from "../../../../actors/mod.ts";
import { event, numbered } from "../events.ts";
import type { Check } from "./checking.ts";

export function appendBounds(check: Check): void {
  check("refuses too few, too many and too large events, naming the limit", async ({ store }) => {
    const refused = async (events: Parameters<EventStore["append"]>[1], limit: string) =>
      await assert.rejects(
        store.append("thing-a", events, { expectedRevision: "any" }),
        (error: Error) => error instanceof InvariantViolation && error.message.includes(limit),
      );
    await refused([], "1 to 1000");
    await refused(numbered(EVENTS_PER_APPEND_MAX + 1), String(EVENTS_PER_APPEND_MAX));
    await refused([event(new Uint8Array(EVENT_BYTES_MAX + 1))], String(EVENT_BYTES_MAX));
    await refused([event({ text: "x".repeat(EVENT_BYTES_MAX) })], String(EVENT_BYTES_MAX));
    await refused([{ ...event(), id: "not-a-uuid" }], "UUID");
    assert.equal(await store.lastPosition(), 0);
    await store.append("thing-a", numbered(EVENTS_PER_APPEND_MAX), { expectedRevision: "any" });
    await store.append("thing-b", [event(new Uint8Array(EVENT_BYTES_MAX))], {
      expectedRevision: "any",
    });
  });

  check("counts the bytes of an append as UTF-8, and over all its events", async ({ store }) => {
    const append = (...texts: string[]) =>
      store.append("thing-a", texts.map((text) => event({ text })), { expectedRevision: "any" });
    const limit = (error: Error) =>
      error instanceof InvariantViolation && error.message.includes(String(EVENT_BYTES_MAX));
    await assert.rejects(append("\u20ac".repeat(EVENT_BYTES_MAX / 2)), limit);
    await assert.rejects(append(...Array<string>(3).fill("x".repeat(EVENT_BYTES_MAX / 3))), limit);
    await append("\u20ac".repeat(EVENT_BYTES_MAX / 3 - 100));
  });

  check("refuses an id that stands twice in one append", async ({ store }) => {
    const twice = event();
    await assert.rejects(
      store.append("thing-a", [twice, twice], { expectedRevision: "any" }),
      (error: Error) => error instanceof InvariantViolation && error.message.includes(twice.id),
    );
    assert.equal(await store.lastPosition(), 0);
  });

  check("refuses what JSON cannot hold: NaN, and half of a surrogate pair", async ({ store }) => {
    for (const data of [{ n: NaN }, { n: Infinity }, { text: "\ud800" }, { "\udc00": 1 }]) {
      await assert.rejects(
        store.append("thing-a", [event(data)], { expectedRevision: "any" }),
        InvariantViolation,
      );
    }
    assert.equal(await store.lastPosition(), 0);
  });

  check("refuses stream names that an engine could take for another", async ({ store }) => {
    for (const stream of ["", "thing-\ud800", "thing\0a"]) {
      const named = (error: Error) =>
        error instanceof InvariantViolation && error.message.includes("stream name");
      await assert.rejects(
        store.append(stream, numbered(1), { expectedRevision: "any" }),
        named,
      );
      await assert.rejects(store.setStreamLimits(stream, { maxCount: 1 }), named);
    }
    assert.equal(await store.lastPosition(), 0);
  });
}

export function otherBounds(check: Check): void {
  check("refuses a limit of none, of too many and of a fraction", async ({ store }) => {
    for (const limit of [0, -1, 1.5, READ_LIMIT_MAX + 1]) {
      const named = (error: Error) =>
        error instanceof InvariantViolation && error.message.includes(`limit '${limit}'`) &&
        error.message.includes(String(READ_LIMIT_MAX));
      await assert.rejects(store.readStream("thing-a", { limit }), named);
      await assert.rejects(store.readAll({ after: 0, limit }), named);
    }
  });

  check("refuses to read after what is no position", async ({ store }) => {
    for (const after of [-1, 0.5, NaN]) {
      await assert.rejects(store.readAll({ after, limit: 1 }), InvariantViolation);
    }
  });

  check(
    "refuses stream limits out of their range, and keeps those that were",
    async ({ store }) => {
      await store.setStreamLimits("session-a", { maxCount: 5 });
      for (const field of ["maxCount", "maxAgeSeconds", "truncateBefore"] as const) {
        for (const value of [-1, 1.5, NaN, 2 ** 31, ...field === "truncateBefore" ? [] : [0]]) {
          await assert.rejects(
            store.setStreamLimits("session-a", { [field]: value }),
            (error: Error) =>
              error instanceof InvariantViolation && error.message.includes(field) &&
              error.message.includes(String(2 ** 31 - 1)),
          );
        }
      }
      assert.deepEqual(await store.streamLimits("session-a"), { maxCount: 5 });
    },
  );
}
