import assert from "node:assert/strict";
import { ConcurrencyConflict } from "../../../../actors/mod.ts";
import { event, numbered } from "../events.ts";
import { all, type Check, ids, numbers } from "./checking.ts";

export function idempotency(check: Check): void {
  check(
    "appends nothing twice when an append is repeated, whatever it expects",
    async ({ store }) => {
      const events = numbered(3);
      const first = await store.append("thing-a", events, { expectedRevision: "no_stream" });
      await store.append("thing-a", numbered(1), { expectedRevision: "any" });
      for (const expectedRevision of ["no_stream", "any", { exact: 0 }] as const) {
        assert.deepEqual(await store.append("thing-a", events, { expectedRevision }), first);
      }
      assert.equal((await store.readStream("thing-a", all)).length, 4);
    },
  );

  check("refuses an append of which only a part is known", async ({ store }) => {
    const [known] = numbered(1);
    await store.append("thing-a", [known!], { expectedRevision: "any" });
    await assert.rejects(
      store.append("thing-a", [known!, event()], { expectedRevision: "any" }),
      ConcurrencyConflict,
    );
    assert.equal((await store.readStream("thing-a", all)).length, 1);
  });

  check("takes the same event id in another stream", async ({ store }) => {
    const events = numbered(1);
    await store.append("thing-a", events, { expectedRevision: "no_stream" });
    await store.append("thing-b", events, { expectedRevision: "no_stream" });
    assert.equal((await store.readStream("thing-b", all)).length, 1);
  });

  check("refuses an append whose ends are known and whose middle is not", async ({ store }) => {
    const [first, last] = numbered(2);
    await store.append("thing-a", [first!, last!], { expectedRevision: "any" });
    await assert.rejects(
      store.append("thing-a", [first!, event(), last!], { expectedRevision: "any" }),
      (error: Error) => error instanceof ConcurrencyConflict && error.message.includes("thing-a"),
    );
    const events = await store.readStream("thing-a", all);
    assert.deepEqual(ids(events), ids([first!, last!]));
  });

  check("stores once what is sent many times at the same instant", async ({ store }) => {
    const events = numbered(3);
    const places = await Promise.all(
      Array.from({ length: 8 }, () => store.append("thing-a", events, { expectedRevision: "any" })),
    );
    for (const place of places) assert.deepEqual(place, places[0]);
    assert.deepEqual(numbers(await store.readStream("thing-a", all)), [0, 1, 2]);
  });

  check("keeps the first content of a repeated id", async ({ store }) => {
    const said = event({ n: 1 });
    await store.append("thing-a", [said], { expectedRevision: "any" });
    await store.append("thing-a", [{ ...said, data: { n: 2 } }], { expectedRevision: "any" });
    assert.deepEqual(numbers(await store.readStream("thing-a", all)), [1]);
  });
}
