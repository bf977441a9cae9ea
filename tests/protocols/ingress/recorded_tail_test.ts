import assert from "node:assert/strict";
import {
  type EventReader,
  type MailboxFrame,
  reject,
  type SectionOutcome,
  seededRandom,
  silentLogger,
  TransientError,
} from "../../../actors/mod.ts";
import { LiveFeed } from "../../../projections/mod.ts";
import { RecordedTail } from "../../../protocols/ingress/mod.ts";
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
} from "./line.ts";

/** Another node, which hears of what the line records only by its tail. */
interface OtherNode {
  readonly tail: RecordedTail;
  /** What its subscribers got, by channel. */
  readonly heard: Readonly<Record<string, string[]>>;
  readonly remembered: readonly string[];
}

function otherNode(
  line: Line,
  { startPosition = 0, events = line.store }: {
    readonly startPosition?: number;
    readonly events?: EventReader;
  } = {},
): OtherNode {
  const liveFeed = new LiveFeed();
  const heard: Record<string, string[]> = { [CHANNEL_A]: [], [CHANNEL_B]: [] };
  for (const channelId of [CHANNEL_A, CHANNEL_B]) {
    liveFeed.subscribe(channelId, {
      filter: "#",
      terms: { maximumQos: 2 },
      subscriber: { deliver: (message) => heard[channelId]!.push(textOf(message)) },
    });
  }
  const remembered: string[] = [];
  const tail = new RecordedTail({
    mailbox: { handled: () => Promise.resolve(), follow: () => Promise.resolve(() => {}) },
    events,
    liveFeed,
    retained: { remember: (message) => remembered.push(textOf(message)) },
    clock: line.clock,
    logger: silentLogger,
    startPosition,
  });
  return { tail, heard, remembered };
}

interface Told {
  readonly frame: MailboxFrame;
  readonly outcomes: readonly SectionOutcome[];
}

/** The frames that the line recorded, each with the positions that its sections have in the log. */
async function recordedBy({ frames, store }: Line): Promise<readonly Told[]> {
  const { events } = await store.readAll({ after: 0, limit: 1_000 });
  const positions = new Map(events.map(({ id, position }) => [id, position]));
  return frames.map((frame) => ({
    frame,
    outcomes: frame.sections.map(({ eventId }) => ({ position: positions.get(eventId) ?? 0 })),
  }));
}

async function saysOneByOne(line: Line, texts: readonly string[]): Promise<void> {
  const routes = [routeTo(line, CHANNEL_A), routeTo(line, CHANNEL_B)];
  for (const [index, text] of texts.entries()) {
    say(line, { route: routes[index % 2]!, text });
    await line.ingress.flush();
  }
}

Deno.test("recorded tail: hands on what another node recorded, QoS 0 and retained ones too", () =>
  withLine(async (line) => {
    const { tail, heard, remembered } = otherNode(line);
    say(line, { route: routeTo(line, CHANNEL_A), text: "a" }, { qos: 0 });
    say(line, { route: routeTo(line, CHANNEL_B), text: "b" }, { qos: 2, retain: true });
    await line.ingress.flush();
    for (const { frame, outcomes } of await recordedBy(line)) tail.recorded(frame, outcomes);
    assert.deepEqual(heard, { [CHANNEL_A]: ["a"], [CHANNEL_B]: ["b"] });
    assert.deepEqual(remembered, ["b"]);
  }));

Deno.test("recorded tail: does not repeat the QoS 0 of its own node, also of a frame in parts", () =>
  withLine(async (line) => {
    const { tail, heard } = otherNode(line);
    const route = routeTo(line, CHANNEL_A);
    say(line, { route, text: "out already" }, { qos: 0 });
    say(line, { route, text: "waits" });
    await line.ingress.flush();
    const [{ frame, outcomes }] = await recordedBy(line) as [Told];
    const twice = { ...frame, sections: [...frame.sections, ...frame.sections] };
    tail.posting(twice);
    tail.recorded({ ...frame, id: `${frame.id}:0` }, outcomes);
    tail.recorded({ ...frame, id: `${frame.id}:1` }, [{
      position: outcomes[0]!.position + 1_000,
    }]);
    assert.deepEqual(heard[CHANNEL_A], ["waits", "waits"]);
    // The frame is told of whole: what comes now under that id would be another node's.
    tail.recorded(frame, [{ position: outcomes[0]!.position + 2_000 }]);
    assert.deepEqual(heard[CHANNEL_A], ["waits", "waits", "out already", "waits"]);
  }));

Deno.test("recorded tail: takes a frame for its own no more once it was not taken", () =>
  withLine(async (line) => {
    const { tail, heard } = otherNode(line);
    say(line, { route: routeTo(line, CHANNEL_A), text: "a" }, { qos: 0 });
    await line.ingress.flush();
    const [{ frame, outcomes }] = await recordedBy(line) as [Told];
    tail.posting(frame);
    tail.notPosted(frame);
    tail.recorded(frame, outcomes);
    assert.deepEqual(heard[CHANNEL_A], ["a"]);
  }));

Deno.test("recorded tail: sections of one frame may stand in the log in any order", () =>
  withLine(async (line) => {
    const { tail, heard } = otherNode(line);
    await saysOneByOne(line, ["a", "b"]);
    const [a, b] = await recordedBy(line) as [Told, Told];
    const both = { ...a.frame, sections: [...b.frame.sections, ...a.frame.sections] };
    tail.recorded(both, [...b.outcomes, ...a.outcomes]);
    assert.deepEqual(heard, { [CHANNEL_A]: ["a"], [CHANNEL_B]: ["b"] });
  }));

Deno.test("recorded tail: passes over what was there before it began, and what was refused", () =>
  withLine(async (line) => {
    await saysOneByOne(line, ["old"]);
    const { tail, heard } = otherNode(line, { startPosition: await line.store.lastPosition() });
    const [{ frame, outcomes }] = await recordedBy(line) as [Told];
    tail.recorded(frame, outcomes);
    tail.recorded(frame, [{ position: 0, rejection: reject("invalid", "Cannot publish") }]);
    assert.deepEqual(heard[CHANNEL_A], []);
  }));

Deno.test("recorded tail: says how far all partitions are, and no farther", () =>
  withLine(async (line) => {
    const { tail } = otherNode(line);
    await saysOneByOne(line, ["a", "b"]);
    const told = await recordedBy(line);
    for (const { frame, outcomes } of told) tail.recorded(frame, outcomes);
    assert.equal(tail.deliveredThrough, 0, "30 partitions said nothing");
    const end = await line.store.lastPosition();
    for (let partition = 0; partition < 32; partition++) tail.reached(partition, end);
    assert.equal(tail.deliveredThrough, end);
  }));

Deno.test("recorded tail: reads what was not told from the log, through a log that is away for a while", () =>
  withLine(async (line) => {
    let isAway = true;
    const events: EventReader = new Proxy(line.store, {
      get: (store, name) =>
        name !== "readAll"
          ? Reflect.get(store, name).bind(store)
          : (options: Parameters<EventReader["readAll"]>[0]) =>
            isAway
              ? Promise.reject(new TransientError("Cannot read: away"))
              : store.readAll(options),
    });
    const { tail, heard } = otherNode(line, { events });
    await saysOneByOne(line, ["a1", "b1", "a2", "b2"]);
    const [, , a2] = await recordedBy(line);
    const { partition } = a2!.frame;
    tail.missed(partition);
    tail.recorded(a2!.frame, a2!.outcomes);
    await quiet();
    assert.deepEqual(heard[CHANNEL_A], []);
    isAway = false;
    line.clock.advance(1_000);
    await quiet();
    assert.deepEqual(heard, { [CHANNEL_A]: ["a1", "a2"], [CHANNEL_B]: [] });
    await tail.close();
  }));

Deno.test("recorded tail: whatever is lost on the way, each message comes once and in order", async () => {
  for (let seed = 1; seed <= 40; seed++) {
    await withLine(async (line) => {
      const random = seededRandom(seed);
      const { tail, heard } = otherNode(line);
      const texts = Array.from({ length: 40 }, (_, n) => `${n}`);
      await saysOneByOne(line, texts);
      const lost = new Set<number>();
      let before = 0;
      for (const { frame, outcomes } of await recordedBy(line)) {
        if (random.next() < 0.3) {
          lost.add(frame.partition);
          continue;
        }
        if (lost.delete(frame.partition)) tail.missed(frame.partition);
        tail.recorded(frame, outcomes);
        if (random.next() < 0.3) await quiet();
        assert.ok(tail.deliveredThrough >= before);
        before = tail.deliveredThrough;
      }
      for (const partition of lost) tail.missed(partition);
      for (let round = 0; round < 5; round++) {
        line.clock.advance(1_000);
        await quiet();
      }
      const expected = (await kept(line)).filter(({ channelId }) => channelId === CHANNEL_A)
        .map(textOf);
      assert.deepEqual(heard[CHANNEL_A], expected, `seed ${seed}`);
      assert.equal(heard[CHANNEL_B]!.length, 20, `seed ${seed}`);
      await tail.close();
    });
  }
});
