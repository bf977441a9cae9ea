import assert from "node:assert/strict";
import fc from "fast-check";
import {
  contentKindOf,
  decodeMessageBatch,
  InvariantViolation,
  MessageBatchWriter,
} from "../../../actors/mod.ts";
import { anyMessages, SAMPLE, writerOf, type Written } from "./batches.ts";

/** Offset of the first record's parts, as docs/event-format.md lays them out. */
const HEADER_BYTES = 18;

function decoded(bytes: Uint8Array): readonly Written[] {
  return decodeMessageBatch(bytes).messages.map(({ index: _, ...message }) => ({
    ...message,
    payload: message.payload.slice(),
  }));
}

Deno.test("message batch: reads back every message as it was written, in its order", () => {
  fc.assert(fc.property(anyMessages, (messages) => {
    const batch = decodeMessageBatch(writerOf(messages).finish());
    assert.deepEqual(batch.messages.map(({ index }) => index), messages.map((_, index) => index));
    assert.equal(batch.hasRetained, messages.some(({ retain }) => retain));
    assert.deepEqual(decoded(writerOf(messages).finish()), messages);
  }));
});

Deno.test("message batch: says beforehand how many bytes it will have, and makes the same ones again", () => {
  fc.assert(fc.property(anyMessages, (messages) => {
    const writer = writerOf(messages);
    const { byteLength, count, hasRetained } = writer;
    const bytes = writer.finish();
    assert.deepEqual([byteLength, count], [bytes.length, messages.length]);
    assert.equal(hasRetained, messages.some(({ retain }) => retain));
    assert.deepEqual(writerOf(messages).finish(), bytes);
  }));
});

Deno.test("message batch: holds a text once, however many messages name it", () => {
  const writer = new MessageBatchWriter();
  assert.equal(writer.subtopic("a"), writer.subtopic("a"));
  assert.notEqual(writer.subtopic("a"), writer.subtopic("b"));
});

Deno.test("message batch: keeps texts to the character, a byte order mark too", () => {
  const [first] = SAMPLE as [Written];
  const messages = ["", "/", "a//b/", "\ufeffmark", "\ud83d\ude00", "e\u0301"].map((subtopic) => ({
    ...first,
    subtopic,
  }));
  assert.deepEqual(decoded(writerOf(messages).finish()), messages);
});

Deno.test("message batch: grows with its messages, of any size", () => {
  const [first, second] = SAMPLE as [Written, Written];
  const large = crypto.getRandomValues(new Uint8Array(60_000));
  const messages = [
    first,
    { ...second, payload: large },
    { ...first, receivedUs: second.receivedUs, payload: new Uint8Array() },
    { ...second, payload: new Uint8Array([...large, ...large]) },
  ];
  assert.deepEqual(decoded(writerOf(messages).finish()), messages);
});

Deno.test("message batch: keeps the first time where the clock was set back", () => {
  const [first] = SAMPLE as [Written];
  const messages = [first, { ...first, receivedUs: first.receivedUs - 5_000_000 }];
  const times = decoded(writerOf(messages).finish()).map(({ receivedUs }) => receivedUs);
  assert.deepEqual(times, [first.receivedUs, first.receivedUs]);
});

Deno.test("message batch: says of subtopics of empty levels that a slash is a level, and of no others", () => {
  const [first] = SAMPLE as [Written];
  const versionOf = (subtopic: string) => {
    const messages = [first, { ...first, subtopic }];
    const bytes = writerOf(messages).finish();
    assert.deepEqual(decoded(bytes), messages);
    return bytes[0];
  };
  for (const subtopic of ["", "a/", "/a", "a//b"]) assert.equal(versionOf(subtopic), 1, subtopic);
  for (const subtopic of ["/", "//", "///"]) assert.equal(versionOf(subtopic), 3, subtopic);
});

Deno.test("message batch: reads subtopics of empty levels as they were stored before a slash was a level", () => {
  const [first] = SAMPLE as [Written];
  for (const version of [1, 2]) {
    for (const [stored, read] of [["", ""], ["/", "//"], ["//", "///"], ["/a", "/a"]] as const) {
      const bytes = writerOf([{ ...first, subtopic: stored }]).finish();
      bytes[0] = version;
      assert.equal(decoded(bytes)[0]?.subtopic, read);
    }
  }
});

Deno.test("message batch: refuses to close without a message", () => {
  assert.throws(() => new MessageBatchWriter().finish(), InvariantViolation);
});

Deno.test("message batch: is read out of the middle of a larger buffer", () => {
  const bytes = writerOf(SAMPLE).finish();
  const around = new Uint8Array(bytes.length + 7);
  around.set(bytes, 3);
  assert.deepEqual(decoded(around.subarray(3, 3 + bytes.length)), SAMPLE);
});

Deno.test("message batch: refuses bytes that were cut off or added to, wherever", () => {
  const bytes = writerOf(SAMPLE).finish();
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeMessageBatch(bytes.slice(0, length)), InvariantViolation);
  }
  assert.throws(() => decodeMessageBatch(new Uint8Array([...bytes, 0])), InvariantViolation);
});

Deno.test("message batch: names what it refuses in damaged bytes", () => {
  const cases: readonly (readonly [string, number, number, RegExp])[] = [
    ["another version", 0, 4, /version is '4', known are '1' to '3'/],
    ["more records than bytes", 2, 0xff, /\d+ records do not fit before its tables/],
    ["an origin that is not there", HEADER_BYTES, 1, /record 0 points outside/],
    ["a subtopic that is not there", HEADER_BYTES + 2, 1, /record 0 points outside/],
    ["QoS 3", HEADER_BYTES + 4, 0b11, /record 0 .* not known/],
    ["a kind of content that is not known", HEADER_BYTES + 4, 5 << 3, /record 0 .* not known/],
    ["a payload beyond the batch", HEADER_BYTES + 9, 0xff, /record 0 points outside/],
  ];
  for (const [name, at, byte, said] of cases) {
    const bytes = writerOf(SAMPLE).finish();
    bytes[at] = byte;
    assert.throws(
      () => decodeMessageBatch(bytes),
      (error) => error instanceof InvariantViolation && said.test(error.message),
      name,
    );
  }
});

Deno.test("message batch: answers damaged and random bytes with nothing but InvariantViolation", () => {
  const sound = writerOf(SAMPLE).finish();
  const damage = fc.array(fc.tuple(fc.nat({ max: sound.length - 1 }), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 6,
  });
  const damaged = damage.map((places) => {
    const bytes = sound.slice();
    for (const [at, byte] of places) bytes[at] = byte;
    return bytes;
  });
  const random = fc.uint8Array({ maxLength: 400 });
  const headed = random.map((bytes) => new Uint8Array([1, 0, 0, 0, 0, 1, ...bytes]));
  fc.assert(
    fc.property(fc.oneof(damaged, random, headed), (bytes) => {
      try {
        decodeMessageBatch(bytes);
      } catch (error) {
        assert.ok(error instanceof InvariantViolation, String(error));
        assert.match(error.message, /^Cannot decode a message batch.*[^.]$/);
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("content kind: is told from the media type, whatever its case and parameters", () => {
  const cases: Readonly<Record<string, string>> = {
    "": "unspecified",
    "application/senml+json": "senml+json",
    "Application/SenML+JSON; charset=utf-8": "senml+json",
    "application/senml+cbor": "senml+cbor",
    " application/json ": "json",
    "text/plain": "opaque",
    "application/jsonl": "opaque",
  };
  for (const [type, kind] of Object.entries(cases)) assert.equal(contentKindOf(type), kind, type);
});
