import assert from "node:assert/strict";
import { decodeMessageBatch, newId, seededRandom } from "../../../actors/mod.ts";
import {
  CHANNEL_A,
  CHANNEL_B,
  kept,
  type Line,
  quiet,
  routeTo,
  say,
  textOf,
  withLine,
  Witness,
} from "./line.ts";

const BATCH_BYTES = 256 * 1024;

/** Publishes one message and waits until it is kept, so that the line has just closed a tick. */
async function warmedUp(line: Line): Promise<void> {
  const waiter = new Witness();
  say(line, { route: routeTo(line, CHANNEL_A), text: "first" }, { waiter });
  await waiter.next();
}

Deno.test("ingress: on an idle line a message waits for nothing", async () => {
  await withLine(async (line) => {
    await warmedUp(line);
    line.clock.advance(10);
    const waiter = new Witness();
    say(line, { route: routeTo(line, CHANNEL_A), text: "alone" }, { waiter });
    await waiter.next();
    assert.deepEqual((await kept(line)).map(textOf), ["first", "alone"]);
  });
});

Deno.test("ingress: what comes in one turn shares a tick, and what comes just after one waits for the next", async () => {
  await withLine(async (line) => {
    const route = routeTo(line, CHANNEL_A);
    for (const text of ["1", "2", "3"]) say(line, { route, text });
    await quiet();
    assert.deepEqual(line.frames.map(({ sections }) => sections[0]!.messageCount), [3]);
    say(line, { route, text: "4" });
    await quiet();
    say(line, { route, text: "5" });
    await quiet();
    assert.equal(line.frames.length, 1, "company is waited for");
    line.clock.advance(1);
    await quiet();
    assert.deepEqual(line.frames.map(({ sections }) => sections[0]!.messageCount), [3, 2]);
  });
});

Deno.test("ingress: a tick that holds 256 KiB does not wait for company", async () => {
  await withLine(async (line) => {
    await warmedUp(line);
    const route = routeTo(line, CHANNEL_A);
    const text = "x".repeat(BATCH_BYTES / 4);
    for (let n = 0; n < 3; n++) say(line, { route, text });
    await quiet();
    assert.equal(line.frames.length, 1);
    say(line, { route, text });
    await quiet();
    assert.equal(line.frames.length, 2, "nobody moved the clock");
  });
});

Deno.test("ingress: one tick is on its way at a time, and the next one fills meanwhile", async () => {
  await withLine(async (line) => {
    const release = line.hold();
    const route = routeTo(line, CHANNEL_A);
    const waiter = new Witness();
    for (let n = 0; n < 10; n++) {
      say(line, { route, text: `${n}` }, { waiter });
      line.clock.advance(5);
      await quiet();
    }
    assert.deepEqual(line.frames.map(({ sections }) => sections[0]!.messageCount), [1]);
    release();
    assert.equal((await waiter.next()).count, 1);
    assert.equal((await waiter.next()).count, 9);
    assert.equal(line.frames.length, 2);
  });
});

Deno.test("ingress: a tick makes one frame for each partition, and in it a section for each channel", async () => {
  await withLine(async (line) => {
    say(line, { route: routeTo(line, CHANNEL_A), text: "a" });
    say(line, { route: routeTo(line, CHANNEL_B), text: "b" });
    say(line, { route: routeTo(line, CHANNEL_A), text: "c" }, { retain: true });
    await line.ingress.flush();
    const sections = line.frames.flatMap((frame) => frame.sections);
    const counts = sections.map(({ channelId, messageCount, retainedCount }) => ({
      channelId,
      messageCount,
      retainedCount,
    }));
    assert.deepEqual(counts, [
      { channelId: CHANNEL_A, messageCount: 2, retainedCount: 1 },
      { channelId: CHANNEL_B, messageCount: 1, retainedCount: 0 },
    ]);
    assert.equal(new Set(line.frames.map(({ partition }) => partition)).size, line.frames.length);
  });
});

/** Asserts that no section of the line is larger than one batch, and answers their message counts. */
function boundedSections(line: Line): readonly number[] {
  return line.frames.flatMap(({ sections }) =>
    sections.map(({ batch, messageCount }) => {
      assert.ok(batch.length <= BATCH_BYTES, `${batch.length} bytes in one batch`);
      assert.equal(decodeMessageBatch(batch).messages.length, messageCount);
      return messageCount;
    })
  );
}

Deno.test("ingress: a batch closes at 256 KiB, and the channel's next one goes on in order", async () => {
  await withLine(async (line) => {
    const route = routeTo(line, CHANNEL_A);
    const texts = Array.from({ length: 100 }, (_, n) => `${n}`.padEnd(10_000, "."));
    for (const text of texts) say(line, { route, text });
    await line.ingress.flush();
    assert.deepEqual(boundedSections(line), [26, 26, 26, 22]);
    assert.deepEqual((await kept(line)).map(textOf), texts);
  });
});

Deno.test("ingress: long subtopics, addresses and media types count as part of a batch", async () => {
  await withLine(async (line) => {
    for (let n = 0; n < 2_000; n++) {
      const route = routeTo(line, CHANNEL_A, { subtopic: `${n}/`.padEnd(1_000, "ä") });
      say(line, { route, text: "1" }, { contentType: `text/${n}` });
    }
    await line.ingress.flush();
    const counts = boundedSections(line);
    assert.equal(counts.reduce((sum, count) => sum + count, 0), 2_000);
    assert.equal((await kept(line)).length, 2_000, "and none is refused for its neighbours");
  });
});

Deno.test("ingress: a message larger than a batch gets one of its own", async () => {
  await withLine(async (line) => {
    const route = routeTo(line, CHANNEL_A);
    const large = "x".repeat(2 * BATCH_BYTES);
    for (const text of ["before", large, "after"]) say(line, { route, text });
    await line.ingress.flush();
    const counts = line.frames[0]!.sections.map(({ messageCount }) => messageCount);
    assert.deepEqual(counts, [1, 1, 1]);
    assert.deepEqual((await kept(line)).map(textOf), ["before", large, "after"]);
  });
});

Deno.test("ingress: keeps the order per channel and publisher, whatever comes between", async () => {
  await withLine(async (line) => {
    const random = seededRandom(7);
    const pick = (count: number) => Math.floor(random.next() * count);
    const publishers = [newId(), newId(), newId()];
    const routes = [CHANNEL_A, CHANNEL_B].flatMap((channelId) =>
      publishers.flatMap((publisher) =>
        ["", "x"].map((subtopic) => routeTo(line, channelId, { subtopic, publisher }))
      )
    );
    const said = new Map<string, string[]>();
    for (let n = 0; n < 3_000; n++) {
      const route = routes[pick(routes.length)]!;
      const text = `${n}`.padEnd(pick(20) === 0 ? 20_000 : 8, ".");
      say(line, { route, text }, { qos: pick(3) as 0 | 1 | 2 });
      const flow = `${route.channelId} ${route.origin.publisher}`;
      said.set(flow, [...said.get(flow) ?? [], text.slice(0, 8)]);
      if (pick(50) === 0) line.clock.advance(pick(3));
      if (pick(50) === 0) await Promise.resolve();
      if (pick(200) === 0) await quiet();
    }
    await line.ingress.flush();
    const heard = new Map<string, string[]>();
    for (const message of await kept(line)) {
      const flow = `${message.channelId} ${message.origin.publisher}`;
      heard.set(flow, [...heard.get(flow) ?? [], textOf(message).slice(0, 8)]);
    }
    assert.deepEqual(new Set(heard.keys()), new Set(said.keys()));
    for (const [flow, texts] of said) assert.deepEqual(heard.get(flow), texts);
    assert.ok(line.frames.length > 10, "over many ticks");
  });
});

Deno.test("ingress: flush waits until everything accepted is kept, and for nothing on an idle line", async () => {
  await withLine(async (line) => {
    await line.ingress.flush();
    const release = line.hold();
    const route = routeTo(line, CHANNEL_A);
    say(line, { route, text: "flying" });
    await quiet();
    say(line, { route, text: "open" });
    let flushed = false;
    const flushing = line.ingress.flush().then(() => flushed = true);
    await quiet();
    assert.equal(flushed, false);
    release();
    await flushing;
    assert.deepEqual((await kept(line)).map(textOf), ["flying", "open"]);
  });
});
