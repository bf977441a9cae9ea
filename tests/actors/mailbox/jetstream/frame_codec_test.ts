import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeFrame, encodeFrame } from "../../../../actors/mailbox/jetstream/frame_codec.ts";
import { PART_BYTES_MAX, PARTS_MAX } from "../../../../actors/mailbox/jetstream/limits.ts";
import {
  InvariantViolation,
  type MailboxFrame,
  newId,
  TerminalError,
} from "../../../../actors/mod.ts";

const FRAME: MailboxFrame = {
  id: "01900000-0000-7000-8000-0000000000aa",
  partition: 31,
  closedAtMs: 1_700_000_000_123,
  sections: [
    {
      channelId: "0192f0c4-0000-7000-8000-000000000001",
      eventId: "01900000-0000-7000-8000-0000000000bb",
      batch: new Uint8Array([1, 2, 255]),
      messageCount: 2,
      retainedCount: 1,
    },
    {
      channelId: "ä",
      eventId: "01900000-0000-7000-8000-0000000000cc",
      batch: new Uint8Array(),
      messageCount: 70_000,
      retainedCount: 0,
    },
  ],
};

/** The layout of version 1: a node of a later version must read it. */
const GOLDEN = [
  "01 0000 0190000000007000800000000000 00aa 0000018bcfe5687b 1f 00000002",
  "019000000000700080000000000000bb 00000002 00000001 0024 00000003",
  "30313932663063342d303030302d373030302d383030302d303030303030303030303031 0102ff",
  "019000000000700080000000000000cc 00011170 00000000 0002 00000000 c3a4",
].join("").replaceAll(" ", "");

const hex = (bytes: Uint8Array): string => bytes.toHex();
const goldenBytes = (): Uint8Array => Uint8Array.fromHex(GOLDEN);

Deno.test("frame codec: writes the layout of version 1", () => {
  const parts = encodeFrame(FRAME);
  assert.deepEqual(parts.map(hex), [GOLDEN]);
});

Deno.test("frame codec: reads the layout of version 1, wherever it lies in a buffer", () => {
  assert.deepEqual(decodeFrame(goldenBytes()), { part: 0, frame: FRAME });
  const longer = new Uint8Array([9, 9, ...goldenBytes(), 9]);
  assert.deepEqual(decodeFrame(longer.subarray(2, -1)), { part: 0, frame: FRAME });
});

Deno.test("frame codec: refuses a frame that is cut off at any byte, or too long", () => {
  const bytes = goldenBytes();
  for (let end = 0; end < bytes.length; end++) {
    assert.throws(() => decodeFrame(bytes.subarray(0, end)), TerminalError, `cut at ${end}`);
  }
  assert.throws(() => decodeFrame(new Uint8Array([...bytes, 0])), /1 bytes are left over/);
});

Deno.test("frame codec: refuses another version, and a channel that is no text, by name", () => {
  const later = goldenBytes();
  later[0] = 2;
  assert.throws(() => decodeFrame(later), /version 2 is unknown, 1 is what this node reads/);
  const unreadable = goldenBytes();
  unreadable[62] = 0xff;
  assert.throws(() => decodeFrame(unreadable), /the name of a channel is no UTF-8/);
});

Deno.test("frame codec: random and damaged bytes give a frame or a TerminalError, nothing else", () => {
  const decodes = (bytes: Uint8Array) => {
    try {
      decodeFrame(bytes);
    } catch (error) {
      assert.ok(error instanceof TerminalError, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decodes));
  const { length } = goldenBytes();
  fc.assert(fc.property(fc.nat(length - 1), fc.nat(255), (at, value) => {
    const damaged = goldenBytes();
    damaged[at] = value;
    decodes(damaged);
  }));
});

Deno.test("frame codec: what was encoded is decoded again", () => {
  const section = fc.record({
    channelId: fc.string({ maxLength: 40 }).filter((text) => text.isWellFormed()),
    eventId: fc.uuid(),
    batch: fc.uint8Array({ maxLength: 100 }),
    messageCount: fc.nat(0xffffffff),
    retainedCount: fc.nat(0xffffffff),
  }, { noNullPrototype: true });
  const frame = fc.record({
    id: fc.uuid(),
    partition: fc.nat(31),
    closedAtMs: fc.nat(Number.MAX_SAFE_INTEGER),
    sections: fc.array(section, { maxLength: 5 }),
  }, { noNullPrototype: true });
  fc.assert(fc.property(frame, (frame) => {
    const [only, ...more] = encodeFrame(frame);
    assert.equal(more.length, 0);
    assert.deepEqual(decodeFrame(only!).frame, frame);
  }));
});

function sectionsOf(batchBytes: number, count: number): MailboxFrame {
  const section = () => ({
    channelId: newId(),
    eventId: newId(),
    batch: new Uint8Array(batchBytes),
    messageCount: 1,
    retainedCount: 0,
  });
  return { ...FRAME, sections: Array.from({ length: count }, section) };
}

Deno.test("frame codec: splits what no message holds by its sections, in their order", () => {
  const frame = sectionsOf(262_144, 9);
  const parts = encodeFrame(frame);
  assert.equal(parts.length, 3);
  for (const part of parts) assert.ok(part.length <= PART_BYTES_MAX);
  const decoded = parts.map(decodeFrame);
  assert.deepEqual(decoded.map(({ part }) => part), [0, 1, 2]);
  assert.deepEqual(decoded.flatMap(({ frame }) => frame.sections), frame.sections);
  assert.ok(decoded.every(({ frame: { id } }) => id === frame.id));
});

Deno.test("frame codec: leaves room to tell the outcome of each of many small sections", () => {
  const parts = encodeFrame(sectionsOf(0, 16_000));
  const outcomes = parts.map((part) => decodeFrame(part).frame.sections.length * 9);
  for (const [index, part] of parts.entries()) {
    assert.ok(part.length + outcomes[index]! <= PART_BYTES_MAX + 9);
  }
});

Deno.test("frame codec: a section of 1,000,000 bytes fits, and a larger one is refused", () => {
  assert.equal(encodeFrame(sectionsOf(1_000_000, 1)).length, 1);
  assert.throws(() => encodeFrame(sectionsOf(PART_BYTES_MAX, 1)), InvariantViolation);
});

Deno.test("frame codec: refuses a frame of too many messages, and ids that are none", () => {
  assert.throws(() => encodeFrame(sectionsOf(1_000_000, PARTS_MAX + 1)), /it makes 65 messages/);
  assert.equal(encodeFrame(sectionsOf(1_000_000, PARTS_MAX)).length, PARTS_MAX);
  assert.throws(() => encodeFrame({ ...FRAME, id: "frame-1" }), InvariantViolation);
});
