import assert from "node:assert/strict";
import { SYSTEM_AUTHORITY } from "../../../actors/mod.ts";
import type { LiveMessage } from "../../../projections/mod.ts";
import {
  CHANNEL_A,
  CHANNEL_B,
  CHANNEL_C,
  kept,
  type Line,
  quiet,
  routeTo,
  say,
  textOf,
  withLine,
  Witness,
} from "./line.ts";

/** Where ingress must be congested, and where it must be so no more (protocols/ingress/limits.ts). */
const CONGESTED_BYTES = 8 * 1024 * 1024;
const DRAINED_BYTES = 2 * 1024 * 1024;

interface Heard {
  readonly text: string;
  readonly qos: 0 | 1 | 2;
  readonly place: LiveMessage["place"];
}

/** Listens to a channel, and keeps what it hears. */
function listened({ liveFeed }: Line, channelId: string): readonly Heard[] {
  const heard: Heard[] = [];
  liveFeed.subscribe(channelId, {
    filter: "#",
    terms: { maximumQos: 2 },
    subscriber: {
      deliver: (message) =>
        heard.push({ text: textOf(message), qos: message.qos, place: message.place }),
    },
  });
  return heard;
}

Deno.test("ingress: QoS 0 is delivered before publish returns, and kept just behind", async () => {
  await withLine(async (line) => {
    const release = line.hold();
    const heard = listened(line, CHANNEL_A);
    say(line, { route: routeTo(line, CHANNEL_A), text: "now" }, { qos: 0 });
    assert.deepEqual(heard, [{ text: "now", qos: 0, place: undefined }]);
    release();
    await line.ingress.flush();
    assert.equal(heard.length, 1, "and not again once it is durable");
    assert.deepEqual((await kept(line)).map(textOf), ["now"]);
  });
});

Deno.test("ingress: QoS 1 and 2 are delivered when the log holds them, with their place in it", async () => {
  await withLine(async (line) => {
    const release = line.hold();
    const heard = listened(line, CHANNEL_A);
    const route = routeTo(line, CHANNEL_A);
    say(line, { route, text: "one" }, { qos: 1 });
    say(line, { route, text: "none" }, { qos: 0 });
    say(line, { route, text: "two" }, { qos: 2 });
    await quiet();
    assert.deepEqual(heard.map(({ text }) => text), ["none"]);
    assert.deepEqual(await kept(line), []);
    release();
    await line.ingress.flush();
    const [{ position } = { position: 0 }] = await kept(line);
    assert.deepEqual(heard.slice(1), [
      { text: "one", qos: 1, place: { position, index: 0 } },
      { text: "two", qos: 2, place: { position, index: 2 } },
    ]);
  });
});

/** What a waiter was told, but for how long it took. */
function told({ settlements }: Witness): readonly unknown[] {
  return settlements.map(({ waitedSeconds, ...settlement }) => {
    assert.ok(waitedSeconds >= 0);
    return settlement;
  });
}

Deno.test("ingress: a waiter hears once a tick, in order, and only when its messages are kept", async () => {
  await withLine(async (line) => {
    const order: string[] = [];
    const first = new Witness(() => order.push("first"));
    const second = new Witness(() => order.push("second"));
    const route = routeTo(line, CHANNEL_A);
    const release = line.hold();
    say(line, { route, text: "1" }, { waiter: first });
    say(line, { route, text: "2" }, { waiter: second });
    say(line, { route: routeTo(line, CHANNEL_B), text: "3" }, { waiter: first });
    say(line, { route, text: "4" });
    await quiet();
    say(line, { route, text: "5" }, { waiter: second });
    say(line, { route, text: "6" }, { waiter: first });
    await quiet();
    assert.deepEqual(order, []);
    release();
    await line.ingress.flush();
    assert.deepEqual(order, ["first", "second", "second", "first"]);
    const at = new Map((await kept(line)).map((message) => [textOf(message), message.position]));
    assert.deepEqual(told(first), [
      { count: 2, position: Math.max(at.get("1")!, at.get("3")!) },
      { count: 1, position: at.get("6") },
    ]);
    assert.deepEqual(told(second), [
      { count: 1, position: at.get("2") },
      { count: 1, position: at.get("5") },
    ]);
  });
});

Deno.test("ingress: a refusal reaches those who published to the refused channel, and nobody else", async () => {
  await withLine(async (line) => {
    await line.command(CHANNEL_B, { type: "DisableChannel", by: SYSTEM_AUTHORITY });
    const [onA, onB, onBoth, onC] = [new Witness(), new Witness(), new Witness(), new Witness()];
    const heard = listened(line, CHANNEL_B);
    const [a, b] = [routeTo(line, CHANNEL_A), routeTo(line, CHANNEL_B)];
    say(line, { route: a, text: "1" }, { waiter: onA });
    say(line, { route: b, text: "2" }, { waiter: onB, retain: true });
    say(line, { route: a, text: "3" }, { waiter: onBoth });
    say(line, { route: b, text: "4" }, { waiter: onBoth });
    say(line, { route: routeTo(line, CHANNEL_C), text: "5" }, { waiter: onC });
    await line.ingress.flush();
    const codes = [onA, onB, onBoth, onC].map(({ settlements }) =>
      settlements.map(({ count, rejection }) => [count, rejection?.code])
    );
    assert.deepEqual(codes, [
      [[1, undefined]],
      [[1, "forbidden"]],
      [[2, "forbidden"]],
      [[1, "not_found"]],
    ]);
    assert.deepEqual((await kept(line)).map(textOf), ["1", "3"]);
    assert.deepEqual([heard, line.remembered], [[], []]);
    assert.equal(line.ingress.counters.refused, 3);
  });
});

Deno.test("ingress: tells the waiters when the mailbox takes nothing, and goes on", async () => {
  await withLine(async (line) => {
    await line.mailbox.close();
    const waiter = new Witness();
    const route = routeTo(line, CHANNEL_A);
    for (const text of ["1", "2"]) {
      say(line, { route, text }, { waiter });
      const { rejection, position } = await waiter.next();
      assert.deepEqual([rejection?.code, position], ["unavailable", 0]);
      line.clock.advance(5);
    }
  });
});

/** Publishes 100 kB at a time until ingress asks for a break; answers the bytes it took. */
function fill(line: Line): number {
  const route = routeTo(line, CHANNEL_A);
  const text = "x".repeat(100_000);
  let bytes = 0;
  for (; !line.ingress.congested; bytes += text.length) say(line, { route, text });
  return bytes;
}

Deno.test("ingress: is congested from 8 MiB on, and drained once less than 2 MiB are open", async () => {
  await withLine(async (line) => {
    const { ingress } = line;
    await ingress.drained();
    const releaseFirst = line.hold();
    say(line, { route: routeTo(line, CHANNEL_A), text: "flying" });
    await quiet();
    const bytes = fill(line);
    assert.ok(Math.abs(bytes - CONGESTED_BYTES) <= 200_000, `${bytes} bytes were taken`);
    let drained = 0;
    const draining = [ingress.drained(), ingress.drained()].map((one) => one.then(() => drained++));
    const releaseSecond = line.hold();
    releaseFirst();
    await quiet();
    assert.deepEqual([line.frames.length, ingress.congested], [2, true], "what flies counts too");
    const releaseThird = line.hold();
    const text = "x".repeat(DRAINED_BYTES / 4);
    for (let n = 0; n < 5; n++) say(line, { route: routeTo(line, CHANNEL_B), text });
    releaseSecond();
    await quiet();
    assert.deepEqual([line.frames.length, drained], [3, 0], "more than 2 MiB were open");
    releaseThird();
    await Promise.all(draining);
    assert.equal(ingress.congested, false);
  });
});

Deno.test("ingress: counts empty messages too, so that nothing grows without bound", async () => {
  await withLine(async (line) => {
    const release = line.hold();
    const route = routeTo(line, CHANNEL_A, { subtopic: "button" });
    let count = 0;
    for (; !line.ingress.congested && count < CONGESTED_BYTES; count++) {
      say(line, { route, text: "" }, { qos: 0 });
    }
    // docs/event-format.md: 13 bytes of a record are not payload.
    assert.ok(count <= CONGESTED_BYTES / 13, `${count} messages were taken`);
    release();
    await line.ingress.flush();
    assert.equal((await kept(line)).length, count);
  });
});

Deno.test("ingress: hands on retained messages once they are kept, of every QoS, heard or not", async () => {
  await withLine(async (line) => {
    const release = line.hold();
    const route = routeTo(line, CHANNEL_A, { subtopic: "state" });
    say(line, { route, text: "on" }, { qos: 0, retain: true });
    say(line, { route, text: "passing" });
    say(line, { route, text: "off" }, { qos: 1, retain: true });
    await quiet();
    assert.deepEqual(line.remembered, []);
    release();
    await line.ingress.flush();
    const [{ position } = { position: 0 }] = await kept(line);
    assert.deepEqual(line.remembered, [
      { subtopic: "state", text: "on", position },
      { subtopic: "state", text: "off", position },
    ]);
  });
});

Deno.test("ingress: keeps of a message everything that its edge knew", async () => {
  await withLine(async (line) => {
    const route = routeTo(line, CHANNEL_B, { subtopic: "a//b/" });
    line.clock.advance(123);
    say(line, { route, text: "æ" }, { qos: 2, retain: true, contentType: "text/plain" });
    await line.ingress.flush();
    const [message] = await kept(line);
    const { payload: _, position: __, ...rest } = message!;
    assert.deepEqual(rest, {
      channelId: CHANNEL_B,
      origin: route.origin,
      index: 0,
      subtopic: "a//b/",
      receivedUs: (Date.UTC(2026, 0, 1) + 123) * 1_000,
      qos: 2,
      retain: true,
      contentKind: "opaque",
      contentType: "text/plain",
    });
    assert.equal(textOf(message!), "æ");
  });
});
