import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  decodeMessageBatch,
  decodeProperties,
  encodeProperties,
  expirySecondsOf,
  InvariantViolation,
  MessageBatchWriter,
  type MessageProperties,
} from "../../../actors/mod.ts";
import { anyMessages, SAMPLE, writerOf, type Written } from "./batches.ts";

function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
}

const text = fc.string({ unit: "binary", maxLength: 30 });

const anyProperties: fc.Arbitrary<MessageProperties> = fc.record({
  payloadFormatIndicator: fc.constantFrom(0, 1),
  expirySeconds: fc.nat({ max: 0xffff_ffff }),
  contentType: text,
  responseTopic: text,
  correlationData: fc.uint8Array({ maxLength: 40 }),
  userProperties: fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 5 }),
}, { requiredKeys: [], noNullPrototype: true });

/** Messages of which some have properties, drawn beside them. */
const describedMessages = fc.tuple(anyMessages, fc.array(anyProperties, { maxLength: 30 })).map(
  ([messages, drawn]) =>
    messages.map((message, index): Written => {
      const properties = encodeProperties(drawn[index] ?? {});
      return properties === undefined ? message : { ...message, properties };
    }),
);

function decoded(bytes: Uint8Array): readonly Written[] {
  return decodeMessageBatch(bytes).messages.map(({ index: _, properties, ...message }) => ({
    ...message,
    payload: message.payload.slice(),
    ...(properties === undefined ? {} : { properties: properties.slice() }),
  }));
}

Deno.test("message properties: are read back as they were written, user properties in order", () => {
  fc.assert(fc.property(anyProperties, (properties) => {
    const block = encodeProperties(properties);
    assert.deepEqual(block === undefined ? {} : decodeProperties(block), properties);
    assert.equal(expirySecondsOf(block), properties.expirySeconds);
  }));
});

Deno.test("message properties: are the property block of an MQTT 5 PUBLISH, the expiry first", () => {
  const block = encodeProperties({
    userProperties: [["b", "1"], ["a", ""], ["b", "1"]],
    correlationData: hex("00ff"),
    responseTopic: "r/é",
    contentType: "",
    payloadFormatIndicator: 1,
    expirySeconds: 0xfffffffe,
  });
  const wanted = hex(`
    02 fffffffe
    01 01
    03 0000
    08 0004 722fc3a9
    09 0002 00ff
    26 0001 62 0001 31
    26 0001 61 0000
    26 0001 62 0001 31`);
  assert.deepEqual(block, wanted);
});

Deno.test("message properties: nothing to say takes no byte", () => {
  assert.equal(encodeProperties({}), undefined);
  assert.equal(encodeProperties({ userProperties: [] }), undefined);
  assert.deepEqual(decodeProperties(new Uint8Array(0)), {});
  assert.equal(expirySecondsOf(undefined), undefined);
});

Deno.test("message properties: keep a byte order mark", () => {
  const properties: MessageProperties = {
    contentType: "\ufefftext/plain",
    responseTopic: "\ufeffr",
    userProperties: [["\ufeffk", "\ufeffv"]],
  };
  assert.deepEqual(decodeProperties(encodeProperties(properties)!), properties);
});

Deno.test("message properties: refuse a block that was cut off, wherever inside a property", () => {
  const whole = encodeProperties({ expirySeconds: 10, contentType: "text/plain" })!;
  const between = 5;
  for (let length = 1; length < whole.length; length++) {
    if (length === between) continue;
    assert.throws(() => decodeProperties(whole.slice(0, length)), InvariantViolation, `${length}`);
  }
});

Deno.test("message properties: refuse what belongs to no message, and what is no text", () => {
  for (const block of ["23 0001", "0b 01", "00", "ff", "03 0001 ff", "26 0001 6b 0003 eda080"]) {
    assert.throws(() => decodeProperties(hex(block)), InvariantViolation, block);
  }
});

Deno.test("message properties: answer random bytes with nothing but InvariantViolation", () => {
  const ids = fc.constantFrom(0x01, 0x02, 0x03, 0x08, 0x09, 0x26);
  const headed = fc.tuple(ids, fc.uint8Array({ maxLength: 20 })).map(([id, rest]) =>
    new Uint8Array([id, ...rest])
  );
  fc.assert(fc.property(fc.oneof(headed, fc.uint8Array({ maxLength: 60 })), (bytes) => {
    try {
      decodeProperties(bytes);
    } catch (error) {
      assert.ok(error instanceof InvariantViolation, String(error));
    }
  }));
});

Deno.test("message batch: reads back messages with and without properties, in their order", () => {
  fc.assert(fc.property(describedMessages, (messages) => {
    const writer = writerOf(messages);
    const { byteLength } = writer;
    const bytes = writer.finish();
    assert.equal(bytes.length, byteLength);
    assert.deepEqual(decoded(bytes), messages);
    const described = messages.some(({ properties }) => properties !== undefined);
    assert.equal(bytes[0], described ? 2 : 1);
  }));
});

const GOLDEN = `
  02 00 00000002 0000003a ${f64(1_767_225_600_000_000)}
  0000 0000 41 00000000 0007 03 0004 742f6373 00000002 6869
  0000 0000 22 00000005 0000 00000001 78
  0001 0192f0c4000070008000000000000001 0192f0c4000070008000000000000002 00 03 612e62
  0001 0004 726f6f6d
  0001 03 782f79
`;

function f64(value: number): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return Buffer.from(bytes).toString("hex");
}

Deno.test("message batch: with properties is laid out as docs/event-format.md says", () => {
  const origin = { ...SAMPLE[0]!.origin, remoteAddress: "a.b" };
  const at = { originIndex: 0, subtopicIndex: 0, retain: false };
  const writer = new MessageBatchWriter();
  writer.origin(origin);
  writer.subtopic("room");
  const payload = new TextEncoder().encode("hix");
  const receivedUs = 1_767_225_600_000_000;
  const properties = encodeProperties({ contentType: "t/cs" })!;
  writer.add({ ...at, qos: 1, contentKind: "unspecified", receivedUs, properties }, payload, 0, 2);
  const plain = { contentKind: "opaque", contentType: "x/y", receivedUs: receivedUs + 5 } as const;
  writer.add({ ...at, ...plain, qos: 2 }, payload, 2, 3);
  assert.deepEqual(writer.finish(), hex(GOLDEN));
  const [first, second] = decodeMessageBatch(hex(GOLDEN)).messages;
  assert.deepEqual(first?.properties?.slice(), properties);
  assert.equal(second !== undefined && "properties" in second, false);
});

const DESCRIBED: readonly Written[] = SAMPLE.map((message, n) =>
  n % 2 === 0
    ? { ...message, properties: encodeProperties({ expirySeconds: n, contentType: "a/b" })! }
    : message
);

Deno.test("message batch: with properties refuses bytes that were cut off or added to, wherever", () => {
  const bytes = writerOf(DESCRIBED).finish();
  assert.deepEqual(decoded(bytes), DESCRIBED);
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeMessageBatch(bytes.slice(0, length)), InvariantViolation);
  }
  assert.throws(() => decodeMessageBatch(new Uint8Array([...bytes, 0])), InvariantViolation);
});

Deno.test("message batch: refuses properties in the layout that has none, and ones beyond the batch", () => {
  const ofVersion1 = writerOf(DESCRIBED).finish();
  ofVersion1[0] = 1;
  assert.throws(() => decodeMessageBatch(ofVersion1), InvariantViolation);
  const beyond = writerOf(DESCRIBED).finish();
  // The length of the first record's properties, behind 9 bytes of a record that is not opaque.
  beyond[18 + 9] = 0xff;
  assert.throws(() => decodeMessageBatch(beyond), InvariantViolation);
  const reserved = writerOf(DESCRIBED).finish();
  reserved[18 + 4]! |= 0x80;
  assert.throws(() => decodeMessageBatch(reserved), InvariantViolation);
});

Deno.test("message batch: with properties answers damage with nothing but InvariantViolation", () => {
  const sound = writerOf(DESCRIBED).finish();
  const places = fc.array(fc.tuple(fc.nat({ max: sound.length - 1 }), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(places, (damage) => {
      const bytes = sound.slice();
      for (const [at, byte] of damage) bytes[at] = byte;
      try {
        decodeMessageBatch(bytes);
      } catch (error) {
        assert.ok(error instanceof InvariantViolation, String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});
