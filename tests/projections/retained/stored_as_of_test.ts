import assert from "node:assert/strict";
import { TransientError } from "../../../actors/mod.ts";
import { type RetainedPage, type RetainedQuestion, storedAsOf } from "../../../projections/mod.ts";

const PAGE: RetainedPage = { messages: [] };
const QUESTION: RetainedQuestion = {
  channelId: "c",
  filter: "#",
  until: 7,
  after: [0, 0],
  bounds: { messagesMax: 1, bytesMax: 1 },
};

/** Read models that have reached the position when `reach` is called. */
function behind() {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const asked: string[] = [];
  const readModels = {
    retained: {
      retained(): Promise<RetainedPage> {
        asked.push("page");
        return Promise.resolve(PAGE);
      },
    },
    waitFor(position: number, { projections }: { readonly projections: readonly string[] }) {
      asked.push(`${projections} at ${position}`);
      return promise;
    },
  };
  return { asked, reach: resolve, stored: storedAsOf(7, readModels) };
}

Deno.test("retained messages stored: are asked for once the read model has the log of before the start", async () => {
  const { asked, reach, stored } = behind();
  const page = stored(QUESTION);
  await Promise.resolve();
  assert.deepEqual(asked, ["retained at 7"]);
  reach(true);
  assert.equal(await page, PAGE);
  await stored(QUESTION);
  assert.deepEqual(asked, ["retained at 7", "page", "page"]);
});

Deno.test("retained messages stored: a read model that stays behind is told of, and not taken for empty", async () => {
  const { asked, reach, stored } = behind();
  reach(false);
  await assert.rejects(stored(QUESTION), TransientError);
  assert.deepEqual(asked, ["retained at 7"]);
});
