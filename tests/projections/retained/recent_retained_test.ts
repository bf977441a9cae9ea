import assert from "node:assert/strict";
import fc from "fast-check";
import type { PageBounds, RetainedMessage } from "../../../projections/mod.ts";
import { KeptTopics, rest, shown } from "./kept_topics.ts";

const TWO: PageBounds = { messagesMax: 2, bytesMax: 1_000 };

async function withTopics(
  test: (topics: KeptTopics) => Promise<void>,
  bounds?: PageBounds,
): Promise<void> {
  const topics = new KeptTopics(bounds);
  try {
    await test(topics);
  } finally {
    await topics.store.close();
  }
}

/** All that is found now, as one text. */
async function found(topics: KeptTopics, filter = "#"): Promise<string> {
  return (await rest(topics.read(filter))).join(" ");
}

Deno.test("recent retained: lays what is not yet projected over what is", () =>
  withTopics(async (topics) => {
    topics.tell("a", "old");
    topics.tell("b", "kept");
    await topics.project();
    topics.tell("a", "new");
    topics.tell("c", "first");
    topics.tell("c", "second");
    assert.equal(await found(topics), "b=kept a=new c=second");
  }));

Deno.test("recent retained: an empty payload hides what is stored", () =>
  withTopics(async (topics) => {
    topics.tell("a", "old");
    topics.tell("b", "kept");
    await topics.project();
    topics.tell("a", "");
    assert.equal(await found(topics), "b=kept");
    topics.tell("a", "again");
    assert.equal(await found(topics), "b=kept a=again");
  }));

Deno.test("recent retained: answers what matches the filter, of that channel", () =>
  withTopics(async (topics) => {
    topics.tell("a/b", "1");
    topics.tell("x", "2");
    topics.tell("a/b", "3", "c0000000-0000-4000-8000-000000000002");
    assert.equal(await found(topics, "a/#"), "a/b=1");
    assert.equal(await found(topics, "+"), "x=2");
  }));

Deno.test("recent retained: a message that is projected while the question is under way is not lost", () =>
  withTopics(async (topics) => {
    topics.tell("a", "1");
    topics.meanwhile = async () => {
      await topics.project();
      for (let n = 0; n < 3_000; n++) topics.tell(`t${n}`, "");
    };
    assert.equal(await found(topics, "+"), "a=1");
    assert.deepEqual(topics.pages[0]?.messages, [], "the read model did not have it yet");
  }));

Deno.test("recent retained: what comes while the question is under way is left to those who listen", () =>
  withTopics(async (topics) => {
    topics.tell("a", "1");
    topics.tell("b", "1");
    topics.tell("c", "1");
    topics.meanwhile = () => {
      topics.tell("a", "2");
      topics.tell("b", "");
      topics.tell("d", "1");
    };
    assert.equal(await found(topics), "c=1");
    assert.equal(await found(topics), "c=1 a=2 d=1");
  }));

Deno.test("recent retained: forgets what the read model has reached, and only that", () =>
  withTopics(async (topics) => {
    topics.reached = 1_000;
    for (let n = 1; n <= 5_000; n++) topics.tell(`t${n}`, "x");
    const all = (await found(topics)).split(" ");
    // Those beyond 1,000 are nowhere else.
    assert.equal(all.filter((each) => Number(each.slice(1, -2)) > 1_000).length, 4_000);
    assert.ok(!all.includes("t1=x"));
  }));

Deno.test("recent retained: comes in pages, also what is not yet projected", () =>
  withTopics(async (topics) => {
    for (let n = 1; n <= 3; n++) topics.tell(`t${n}`, "x");
    await topics.project();
    for (let n = 4; n <= 7; n++) topics.tell(`t${n}`, "x");
    assert.deepEqual(await rest(topics.read()), ["t1=x t2=x", "t3=x t4=x", "t5=x t6=x", "t7=x"]);
  }, TWO));

Deno.test("recent retained: a message that is replaced between two pages comes live, and in no page", () =>
  withTopics(async (topics) => {
    for (let n = 1; n <= 6; n++) topics.tell(`t${n}`, "old");
    await topics.project();
    const pages = topics.read();
    assert.equal(shown((await pages.next()).value!), "t1=old t2=old");
    // One that was sent, one whose turn comes next, and one that was not there.
    for (const subtopic of ["t1", "t3", "t7"]) topics.tell(subtopic, "new");
    assert.equal(shown((await pages.next()).value!), "t4=old");
    topics.tell("t5", "new");
    await topics.project();
    assert.deepEqual(await rest(pages), ["t6=old"]);
    assert.equal(await found(topics), "t2=old t4=old t6=old t1=new t3=new t7=new t5=new");
  }, TWO));

Deno.test("recent retained: a message that is taken away between two pages does not come", () =>
  withTopics(async (topics) => {
    for (let n = 1; n <= 6; n++) topics.tell(`t${n}`, "x");
    await topics.project();
    const pages = topics.read();
    await pages.next();
    topics.tell("t4", "");
    assert.equal(shown((await pages.next()).value!), "t3=x");
    topics.tell("t5", "");
    await topics.project();
    assert.deepEqual(await rest(pages), ["t6=x"]);
  }, TWO));

Deno.test("recent retained: what is projected between two pages is in the page of its place", () =>
  withTopics(async (topics) => {
    topics.tell("t1", "old");
    topics.tell("t2", "old");
    await topics.project();
    for (const subtopic of ["t1", "t3", "t4", "t5"]) topics.tell(subtopic, "new");
    const pages = topics.read();
    assert.equal(shown((await pages.next()).value!), "t2=old t1=new");
    await topics.project();
    assert.deepEqual(await rest(pages), ["t3=new t4=new", "t5=new"]);
  }, TWO));

type Step =
  | { readonly does: "tell"; readonly topic: number; readonly payload: string }
  | { readonly does: "project" }
  | { readonly does: "read" };

const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        does: fc.constant("tell" as const),
        topic: fc.nat(7),
        payload: fc.constantFrom("x", "y", "z", ""),
      }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("project" as const) }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant("read" as const) }) },
  ),
  { maxLength: 60 },
);

/** Tells and projects as the steps say while pages are read; answers what came, and what is kept. */
async function during(
  topics: KeptTopics,
  { before, meanwhile }: { readonly before: readonly Step[]; readonly meanwhile: readonly Step[] },
) {
  /** By topic: where the message lies that is kept. */
  const kept = new Map<string, number>();
  const does = async (step: Step) => {
    if (step.does === "project") return await topics.project();
    if (step.does === "read") return;
    topics.tell(`t${step.topic}`, step.payload);
    if (step.payload === "") kept.delete(`t${step.topic}`);
    else kept.set(`t${step.topic}`, topics.toldThrough);
  };
  for (const step of before) await does(step);
  const until = topics.toldThrough;
  const pages = topics.read();
  const came: RetainedMessage[] = [];
  for (const step of meanwhile) {
    if (step.does !== "read") await does(step);
    else came.push(...(await pages.next()).value ?? []);
  }
  for (let turn = await pages.next(); turn.done !== true; turn = await pages.next()) {
    came.push(...turn.value);
  }
  return { kept, until, came };
}

Deno.test("recent retained: whatever happens between pages, pages and live messages bring all, in order", async () => {
  await fc.assert(
    fc.asyncProperty(steps, steps, async (before, meanwhile) => {
      await withTopics(async (topics) => {
        const { kept, until, came } = await during(topics, { before, meanwhile });
        const positions = came.map(({ place }) => place[0]);
        assert.deepEqual(positions, positions.toSorted((a, b) => a - b));
        assert.ok(positions.every((position) => position <= until), "what is newer comes live");
        assert.equal(new Set(came.map(({ subtopic }) => subtopic)).size, came.length);
        for (const position of kept.values()) {
          if (position <= until) assert.ok(positions.includes(position), "nothing is lost");
        }
      }, TWO);
    }),
    { numRuns: 300 },
  );
});
