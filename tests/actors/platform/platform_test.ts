import assert from "node:assert/strict";
import fc from "fast-check";
import {
  derivedId,
  isUuid,
  ManualClock,
  newId,
  readUuid,
  seededRandom,
  settledWithin,
  systemClock,
  systemRandom,
  writeUuid,
} from "../../../actors/mod.ts";

const START_MS = Date.UTC(2026, 0, 1);

Deno.test("manual clock: moves only when told to, and never past what is due", () => {
  const clock = new ManualClock(START_MS);
  const ran: (readonly [string, number])[] = [];
  const note = (name: string) => () => ran.push([name, clock.nowMs() - START_MS]);
  clock.schedule(20, note("second"));
  clock.schedule(10, note("first"));
  clock.schedule(20, note("third"));
  clock.schedule(31, note("late"));
  assert.deepEqual([clock.nowMs(), ran], [START_MS, []]);
  clock.advance(9);
  assert.deepEqual(ran, []);
  clock.advance(21);
  assert.deepEqual(ran, [["first", 10], ["second", 20], ["third", 20]]);
  assert.equal(clock.nowMs(), START_MS + 30);
  clock.advance(1);
  assert.deepEqual(ran.at(-1), ["late", 31]);
});

Deno.test("manual clock: an action may schedule another one, due in the same advance", () => {
  const clock = new ManualClock(START_MS);
  const ran: number[] = [];
  const tick = () => {
    ran.push(clock.nowMs() - START_MS);
    clock.schedule(10, tick);
  };
  clock.schedule(10, tick);
  clock.advance(35);
  assert.deepEqual(ran, [10, 20, 30]);
});

Deno.test("clocks: what was cancelled does not run, and nothing runs twice", async () => {
  const manual = new ManualClock();
  const ran: string[] = [];
  manual.schedule(1, () => ran.push("manual"));
  manual.schedule(1, () => ran.push("cancelled"))();
  manual.advance(1);
  manual.advance(1);
  const { promise, resolve } = Promise.withResolvers<void>();
  systemClock.schedule(0, () => ran.push("cancelled"))();
  const cancel = systemClock.schedule(1, () => {
    ran.push("system");
    resolve();
  });
  // The system's timers do not keep a process alive: this one does.
  const alive = setInterval(() => {}, 1_000);
  await promise;
  clearInterval(alive);
  cancel();
  assert.deepEqual(ran, ["manual", "system"]);
});

Deno.test("ids: are UUIDs of version 7, each greater than the one before", () => {
  const ids = Array.from({ length: 10_000 }, newId);
  for (const [index, id] of ids.entries()) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    if (index > 0) assert.ok(id > ids[index - 1]!, `${id} comes after ${ids[index - 1]}`);
  }
});

Deno.test("ids: begin with the time of their making", () => {
  const beforeMs = Date.now();
  const madeMs = parseInt(newId().replaceAll("-", "").slice(0, 12), 16);
  assert.ok(madeMs >= beforeMs && madeMs <= Date.now() + 1);
});

Deno.test("ids: a derived one is of version 5, the same for the same text for ever, and another for another", () => {
  assert.equal(derivedId("thing"), derivedId("thing"));
  assert.match(derivedId(""), /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => {
    assert.equal(derivedId(a) === derivedId(b), a === b);
  }));
});

Deno.test("ids: a derived one is what RFC 9562 says, over our namespace", async () => {
  const namespace = new Uint8Array(16);
  writeUuid(namespace, 0, "6f1c2a52-5a8e-5d0b-9c86-3d1b6f0a7c11");
  const named = new Uint8Array([...namespace, ...new TextEncoder().encode("email ä")]);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-1", named));
  hash[6] = hash[6]! & 0x0f | 0x50;
  hash[8] = hash[8]! & 0x3f | 0x80;
  assert.equal(derivedId("email ä"), readUuid(hash, 0));
});

Deno.test("ids: their bytes read back as they were written, at any place", () => {
  fc.assert(fc.property(fc.uuid(), fc.nat({ max: 20 }), (id, offset) => {
    const bytes = new Uint8Array(40).fill(0xee);
    writeUuid(bytes, offset, id);
    assert.equal(readUuid(bytes, offset), id);
    assert.ok(bytes.every((byte, at) => (at >= offset && at < offset + 16) || byte === 0xee));
  }));
});

Deno.test("ids: only the canonical form in lower case is one", () => {
  fc.assert(fc.property(fc.uuid(), (id) => assert.ok(isUuid(id))));
  const id = "0192f0c4-0000-7000-8000-00000000abcd";
  for (
    const other of [
      "",
      id.toUpperCase(),
      `{${id}}`,
      id.replaceAll("-", ""),
      `${id}0`,
      ` ${id}`,
      `${id}\n`,
    ]
  ) {
    assert.equal(isUuid(other), false, other);
  }
});

Deno.test("random: the same seed gives the same numbers, another one others", () => {
  const drawn = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 100 }, () => random.next());
  };
  assert.deepEqual(drawn(7), drawn(7));
  assert.notDeepEqual(drawn(7), drawn(8));
});

Deno.test("random: numbers lie in [0, 1), and evenly", () => {
  for (const random of [seededRandom(1), systemRandom]) {
    const tenths = new Array<number>(10).fill(0);
    for (let n = 0; n < 10_000; n++) {
      const drawn = random.next();
      assert.ok(drawn >= 0 && drawn < 1);
      tenths[Math.floor(drawn * 10)]!++;
    }
    assert.ok(tenths.every((count) => count > 800 && count < 1_200), tenths.join(" "));
  }
});

Deno.test("back off: waits for a promise or the end of the time, and ends early by a signal", async () => {
  const never = new Promise<void>(() => {});
  assert.equal(await settledWithin(Promise.resolve(), { ms: 60_000 }), true);
  assert.equal(await settledWithin(never, { ms: 1 }), false);
  const ending = new AbortController();
  const waiting = settledWithin(never, { ms: 3_600_000, signal: ending.signal });
  ending.abort();
  assert.equal(await waiting, false);
  await assert.rejects(
    settledWithin(Promise.reject(new RangeError("bad")), { ms: 60_000 }),
    RangeError,
  );
});
