import assert from "node:assert/strict";
import type { SeriesQuestion } from "../../../../projections/mod.ts";
import {
  asking,
  CHANNEL,
  type Check,
  documentMessage,
  type OpenedTimeSeries,
  OTHER_THING,
  SECOND_US,
  START_US,
  THING,
} from "./checking.ts";

async function payloads(
  { queries }: OpenedTimeSeries,
  more: Partial<SeriesQuestion> = {},
  format = "json",
): Promise<readonly object[]> {
  const { rows } = await queries.documents(asking(more), format);
  return rows.map(({ payload }) => payload);
}

export function documents(check: Check): void {
  check("gives documents back as they were sent, with when and whence", async (opened) => {
    const document = { a: { b: [1, null, "ü", false] }, "": 0, "it's": 1e-7 };
    await opened.store.apply([
      documentMessage(1, [document], {
        subtopic: "floor/2",
        protocol: "http",
        receivedUs: START_US + 123_456,
      }),
    ], 1);
    assert.deepEqual(await opened.queries.documents(asking(), "json"), {
      total: 1,
      rows: [{
        channel: CHANNEL,
        created: (START_US + 123_456) * 1_000,
        subtopic: "floor.2",
        publisher: THING,
        protocol: "http",
        payload: document,
      }],
    });
  });

  check("answers documents in the order of their arrival, page by page", async (opened) => {
    const documents = Array.from({ length: 7 }, (_, n) => ({ n }));
    await opened.store.apply([
      documentMessage(1, documents.slice(0, 4)),
      documentMessage(2, documents.slice(4), { index: 1 }),
    ], 2);
    assert.deepEqual(await payloads(opened), documents);
    assert.deepEqual(await payloads(opened, { direction: "desc" }), documents.toReversed());
    assert.deepEqual(await payloads(opened, { offset: 3, limit: 2 }), documents.slice(3, 5));
    const { total } = await opened.queries.documents(asking({ offset: 9, limit: 2 }), "json");
    assert.equal(total, 7);
  });

  check("takes the last level of the subtopic for the format of a document", async (opened) => {
    await opened.store.apply([
      documentMessage(1, [{ n: 1 }]),
      documentMessage(2, [{ n: 2 }], { subtopic: "weather" }),
      documentMessage(3, [{ n: 3 }], { subtopic: "site/weather" }),
      documentMessage(4, [{ n: 4 }], { subtopic: "weather/site" }),
    ], 4);
    assert.deepEqual(await payloads(opened, {}, "weather"), [{ n: 2 }, { n: 3 }]);
    assert.deepEqual(await payloads(opened, {}, "site"), [{ n: 4 }]);
    assert.deepEqual(await payloads(opened, {}, "none"), []);
    assert.equal((await payloads(opened)).length, 4);
  });

  check("finds documents by subtopic, publisher, protocol and time", async (opened) => {
    await opened.store.apply([
      documentMessage(1, [{ n: 1 }]),
      documentMessage(2, [{ n: 2 }], { subtopic: "a/b", receivedUs: START_US + SECOND_US }),
      documentMessage(3, [{ n: 3 }], { publisher: OTHER_THING, protocol: "http" }),
      documentMessage(4, [{ n: 4 }], { subtopic: "v1.2", receivedUs: START_US + 2 * SECOND_US }),
    ], 4);
    assert.deepEqual(await payloads(opened, { subtopic: "a/b" }), [{ n: 2 }]);
    assert.deepEqual(await payloads(opened, { subtopic: "a.b" }), [{ n: 2 }]);
    assert.deepEqual(await payloads(opened, { subtopic: "v1.2" }), [{ n: 4 }]);
    assert.deepEqual(await payloads(opened, { publisher: OTHER_THING }), [{ n: 3 }]);
    assert.deepEqual(await payloads(opened, { protocol: "http" }), [{ n: 3 }]);
    assert.deepEqual(await payloads(opened, { fromUs: START_US + SECOND_US }), [{ n: 2 }, {
      n: 4,
    }]);
    assert.deepEqual(await payloads(opened, { toUs: START_US + SECOND_US }), [{ n: 1 }, { n: 3 }]);
  });

  check("keeps documents and points apart", async (opened) => {
    await opened.store.apply([documentMessage(1, [{ n: 1 }])], 1);
    assert.equal((await opened.queries.messages(asking())).total, 0);
    assert.deepEqual(await opened.queries.lastValues(asking()), []);
  });
}
