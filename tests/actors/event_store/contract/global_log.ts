import assert from "node:assert/strict";
import { event, numbered } from "../events.ts";
import { type Check, numbers, revisions } from "./checking.ts";

export function globalLog(check: Check): void {
  check("reads all streams in the order of the log, page by page", async ({ store }) => {
    for (let n = 0; n < 10; n++) {
      await store.append(`thing-${n % 3}`, numbered(1, n), { expectedRevision: "any" });
    }
    const seen: number[] = [];
    let after = 0;
    for (;;) {
      const page = await store.readAll({ after, limit: 4 });
      seen.push(...numbers(page.events));
      assert.ok(page.reached >= after);
      after = page.reached;
      if (page.atEnd) break;
    }
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(after, await store.lastPosition());
    assert.deepEqual((await store.readAll({ after, limit: 4 })).events, []);
  });

  check("finds an event by its position", async ({ store }) => {
    for (let n = 0; n < 6; n++) {
      await store.append(`thing-${n % 2}`, numbered(1, n), { expectedRevision: "any" });
    }
    const { events } = await store.readAll({ after: 0, limit: 10 });
    for (const each of events) assert.deepEqual(await store.eventAt(each.position), each);
  });

  check("filters by prefixes, and reaches past what does not match", async ({ store }) => {
    for (let n = 0; n < 9; n++) {
      await store.append(`${["thing", "channel", "user"][n % 3]}-1`, numbered(1, n), {
        expectedRevision: "any",
      });
    }
    const page = await store.readAll({ after: 0, limit: 100, streamPrefixes: ["thing-", "user-"] });
    assert.deepEqual(numbers(page.events), [0, 2, 3, 5, 6, 8]);
    const none = await store.readAll({ after: 0, limit: 100, streamPrefixes: ["domain-"] });
    assert.deepEqual(none.events, []);
    assert.equal(none.reached, await store.lastPosition());
  });

  check("never records an instant before the one of an earlier position", async ({ store }) => {
    for (let n = 0; n < 20; n++) {
      await store.append(`thing-${n}`, numbered(1), { expectedRevision: "any" });
    }
    const { events } = await store.readAll({ after: 0, limit: 100 });
    const instants = events.map(({ metadata }) => metadata.recordedAtMs);
    assert.deepEqual(instants, instants.toSorted((a, b) => a - b));
  });

  check(
    "takes a prefix to the letter: no pattern, and no part of the middle",
    async ({ store }) => {
      for (const stream of ["a_b-1", "axb-1", "A_b-1", "a%b-1", "x-a_b-1", "a_b"]) {
        await store.append(stream, numbered(1), { expectedRevision: "any" });
      }
      const streams = async (...streamPrefixes: string[]) =>
        (await store.readAll({ after: 0, limit: 100, streamPrefixes })).events.map(({ stream }) =>
          stream
        );
      assert.deepEqual(await streams("a_b-"), ["a_b-1"]);
      assert.deepEqual(await streams("a%"), ["a%b-1"]);
      assert.deepEqual(await streams("a_b-1", "a_b"), ["a_b-1", "a_b"], "none is read twice");
      assert.deepEqual(await streams("a_b-1x"), []);
    },
  );

  check(
    "reads nothing where the list of prefixes is empty, and reaches the end",
    async ({ store }) => {
      const { position } = await store.append("thing-a", numbered(1), { expectedRevision: "any" });
      const page = await store.readAll({ after: 0, limit: 10, streamPrefixes: [] });
      assert.deepEqual(page, { events: [], reached: position, atEnd: true });
    },
  );

  check("reads large events in pages that follow on one another", async ({ store }) => {
    for (let n = 0; n < 8; n++) {
      await store.append("messages-a", [event(new Uint8Array(400_000))], {
        expectedRevision: "any",
      });
    }
    const seen: number[] = [];
    for (let after = 0, atEnd = false; !atEnd;) {
      const page = await store.readAll({ after, limit: 100 });
      seen.push(...revisions(page.events));
      ({ reached: after, atEnd } = page);
    }
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7]);
  });
}
