import assert from "node:assert/strict";
import {
  ConcurrencyConflict,
  type ExpectedRevision,
  verifyStream,
} from "../../../../actors/mod.ts";
import { event, numbered } from "../events.ts";
import { all, type Check, revisions } from "./checking.ts";

export function appends(check: Check): void {
  check(
    "appends to a new stream, numbered from 0, and says where the last one lies",
    async ({ store }) => {
      const done = await store.append("thing-a", numbered(3), { expectedRevision: "no_stream" });
      assert.equal(done.revision, 2);
      assert.equal(done.position, await store.lastPosition());
      const events = await store.readStream("thing-a", all);
      assert.deepEqual(revisions(events), [0, 1, 2]);
      assert.equal(events[2]!.position, done.position);
    },
  );

  check("gives back what was appended, bytes and JSON alike", async ({ store }) => {
    const json = event({ text: "ä\u0000\u{1f600}", nested: { list: [1, null, true, 1.5e-9] } });
    const bytes = event(crypto.getRandomValues(new Uint8Array(60_000)));
    await store.append("thing-a", [json, bytes], { expectedRevision: "any" });
    const [first, second] = await store.readStream("thing-a", all);
    assert.deepEqual(first!.data, json.data);
    assert.deepEqual(new Uint8Array(second!.data as Uint8Array), bytes.data);
    const { recordedAtMs, ...metadata } = first!.metadata;
    assert.deepEqual(metadata, json.metadata);
    assert.ok(Number.isInteger(recordedAtMs));
    assert.deepEqual([first!.id, first!.type, first!.stream], [json.id, json.type, "thing-a"]);
  });

  check("chains each stream's hashes", async ({ store }) => {
    await store.append("thing-a", numbered(2), { expectedRevision: "any" });
    await store.append("thing-b", [event(new Uint8Array(5_000))], { expectedRevision: "any" });
    await store.append("thing-a", numbered(2), { expectedRevision: "any" });
    for (const stream of ["thing-a", "thing-b"]) {
      const events = await store.readStream(stream, { ...all, stored: true });
      assert.equal("what" in verifyStream(events), false);
    }
  });
}

export function expectedRevisions(check: Check): void {
  check("refuses an append when a stream exists and none was expected", async ({ store }) => {
    await store.append("thing-a", numbered(1), { expectedRevision: "no_stream" });
    await assert.rejects(
      store.append("thing-a", numbered(1), { expectedRevision: "no_stream" }),
      ConcurrencyConflict,
    );
    assert.equal((await store.readStream("thing-a", all)).length, 1);
  });

  check("refuses an append at another revision than the expected one", async ({ store }) => {
    await store.append("thing-a", numbered(2), { expectedRevision: "any" });
    for (const exact of [0, 2]) {
      await assert.rejects(
        store.append("thing-a", numbered(1), { expectedRevision: { exact } }),
        (error: Error) => error instanceof ConcurrencyConflict && error.message.includes("thing-a"),
      );
    }
    await assert.rejects(
      store.append("thing-new", numbered(1), { expectedRevision: { exact: 0 } }),
      ConcurrencyConflict,
    );
    const { revision } = await store.append("thing-a", numbered(1), {
      expectedRevision: { exact: 1 },
    });
    assert.equal(revision, 2);
  });

  check("lets one of several writers with the same expectation through", async ({ store }) => {
    await store.append("thing-a", numbered(1), { expectedRevision: "no_stream" });
    const outcomes = await Promise.allSettled(
      Array.from(
        { length: 8 },
        (_, n) => store.append("thing-a", numbered(2, n), { expectedRevision: { exact: 0 } }),
      ),
    );
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    assert.equal(refused.length, 7);
    assert.ok(refused.every(({ reason }) => reason instanceof ConcurrencyConflict));
    assert.equal((await store.readStream("thing-a", all)).length, 3);
  });

  check(
    "says in a conflict which stream was expected where, and where it is",
    async ({ store }) => {
      const refused = async (stream: string, expectedRevision: ExpectedRevision, is: string) =>
        await assert.rejects(
          store.append(stream, numbered(1), { expectedRevision }),
          (error: Error) =>
            error instanceof ConcurrencyConflict && error.name === "ConcurrencyConflict" &&
            error.message.includes(`'${stream}'`) && error.message.includes(is),
        );
      await store.append("thing-a", numbered(3), { expectedRevision: "any" });
      await refused("thing-a", { exact: 7 }, "revision 7");
      await refused("thing-a", { exact: 7 }, "revision 2");
      await refused("thing-a", "no_stream", "no stream");
      await refused("thing-new", { exact: 4 }, "revision 4");
    },
  );

  check(
    "appends to a stream that was refused before, as if nothing had been",
    async ({ store }) => {
      await assert.rejects(
        store.append("thing-a", numbered(1), { expectedRevision: { exact: 3 } }),
        ConcurrencyConflict,
      );
      assert.deepEqual(await store.readStream("thing-a", all), []);
      const { revision } = await store.append("thing-a", numbered(1), {
        expectedRevision: "no_stream",
      });
      assert.equal(revision, 0);
    },
  );
}
