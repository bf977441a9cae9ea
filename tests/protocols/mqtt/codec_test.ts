import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import mqttPacket from "mqtt-packet";
import { ProtocolError } from "../../../actors/mod.ts";
import {
  FrameReader,
  PUBACK,
  PUBCOMP,
  PUBREC,
  PUBREL,
  setPacketId,
  writeAck,
  writeConnack,
  writePingresp,
  writePublish,
  writeSuback,
} from "../../../protocols/mqtt/codec/mod.ts";
import { everySplit, hex, readAll } from "./frames_read.ts";

const GOLDEN: readonly { name: string; bytes: string; read: unknown }[] = [
  {
    name: "CONNECT with a will and credentials",
    bytes: "10 1f 0004 4d515454 04 ee 003c 0003 646576 0001 77 0002 0102 0002 7468 0003 6b6579",
    read: {
      clientId: "dev",
      version: 4,
      properties: {},
      cleanStart: true,
      keepAliveSeconds: 60,
      will: { topic: "w", payload: hex("0102"), qos: 1, retain: true, properties: {} },
      username: "th",
      password: "key",
    },
  },
  {
    name: "CONNECT with nothing but an empty client id",
    bytes: "10 0c 0004 4d515454 04 02 0000 0000",
    read: { clientId: "", version: 4, properties: {}, cleanStart: true, keepAliveSeconds: 0 },
  },
  {
    name: "CONNECT with an empty username",
    bytes: "10 10 0004 4d515454 04 c2 0000 0000 0000 0000",
    read: {
      clientId: "",
      version: 4,
      properties: {},
      cleanStart: true,
      keepAliveSeconds: 0,
      username: "",
      password: "",
    },
  },
  {
    name: "PUBLISH of QoS 0",
    bytes: "30 07 0003 612f62 6869",
    read: {
      topic: "a/b",
      qos: 0,
      retain: false,
      duplicate: false,
      packetId: 0,
      payload: hex("6869"),
    },
  },
  {
    name: "PUBLISH of QoS 2, retained, repeated, without payload",
    bytes: "3d 07 0003 612f62 1234",
    read: {
      topic: "a/b",
      qos: 2,
      retain: true,
      duplicate: true,
      packetId: 0x1234,
      payload: new Uint8Array(0),
    },
  },
  { name: "PUBACK", bytes: "40 02 0001", read: { first: PUBACK, packetId: 1 } },
  { name: "PUBREC", bytes: "50 02 ffff", read: { first: PUBREC, packetId: 0xffff } },
  { name: "PUBREL", bytes: "62 02 0102", read: { first: PUBREL, packetId: 0x0102 } },
  { name: "PUBCOMP", bytes: "70 02 0003", read: { first: PUBCOMP, packetId: 3 } },
  {
    name: "SUBSCRIBE with a byte order mark in a filter",
    bytes: "82 0e 000a 0003 612f62 01 0003 efbbbf 02",
    read: {
      packetId: 10,
      properties: {},
      requests: [
        { filter: "a/b", qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 },
        { filter: "\ufeff", qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 0 },
      ],
    },
  },
  {
    name: "UNSUBSCRIBE",
    bytes: "a2 09 000b 0003 612f62 0000",
    read: { packetId: 11, properties: {}, filters: ["a/b", ""] },
  },
  { name: "PINGREQ", bytes: "c0 00", read: 12 },
  { name: "DISCONNECT", bytes: "e0 00", read: 14 },
  {
    name: "a length in more bytes than it needs",
    bytes: "40 82 80 80 00 0007",
    read: { first: PUBACK, packetId: 7 },
  },
];

for (const { name, bytes, read } of GOLDEN) {
  Deno.test(`mqtt codec: reads ${name}, however it is split`, () => {
    for (const chunks of everySplit(hex(bytes))) assert.deepEqual(readAll(chunks), [read]);
  });
}

Deno.test("mqtt codec: reads a row of packets out of chunks of any size", () => {
  const all = Buffer.concat(GOLDEN.map(({ bytes }) => hex(bytes)));
  const wanted = GOLDEN.map(({ read }) => read);
  for (let size = 1; size <= all.length; size++) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += size) chunks.push(all.subarray(at, at + size));
    assert.deepEqual(readAll(chunks), wanted);
  }
});

const MALFORMED: { readonly [name: string]: string } = {
  "a length of five bytes": "30 80 80 80 80 01",
  "a packet larger than the limit": "30 e9 07",
  "a CONNECT of another protocol": "10 0c 0004 4d515455 04 02 0000 0000",
  "a CONNECT with the reserved flag": "10 0c 0004 4d515454 04 03 0000 0000",
  "a CONNECT with flags in its first byte": "11 0c 0004 4d515454 04 02 0000 0000",
  "a CONNECT with a will QoS but no will": "10 0c 0004 4d515454 04 0a 0000 0000",
  "a CONNECT with will retain but no will": "10 0c 0004 4d515454 04 22 0000 0000",
  "a CONNECT with will QoS 3": "10 10 0004 4d515454 04 1e 0000 0000 0000 0000",
  "a CONNECT with a password but no username": "10 0e 0004 4d515454 04 42 0000 0000 0000",
  "a CONNECT without its username": "10 0c 0004 4d515454 04 82 0000 0000",
  "a CONNECT with bytes after its last field": "10 0d 0004 4d515454 04 02 0000 0000 00",
  "a CONNECT that ends early": "10 08 0004 4d515454 04 02",
  "a CONNECT without a level": "10 06 0004 4d515454",
  "a CONNECT of no bytes": "10 00",
  "a client id that is not UTF-8": "10 0d 0004 4d515454 04 02 0000 0001 ff",
  "a client id with an encoded surrogate": "10 0f 0004 4d515454 04 02 0000 0003 eda080",
  "a client id with U+0000": "10 0d 0004 4d515454 04 02 0000 0001 00",
  "a PUBLISH of QoS 3": "36 07 0003 612f62 0001",
  "a PUBLISH of QoS 0 marked as duplicate": "38 05 0003 612f62",
  "a PUBLISH with packet id 0": "32 07 0003 612f62 0000",
  "a PUBLISH without its packet id": "32 05 0003 612f62",
  "a PUBLISH whose topic is longer than the packet": "30 04 0003 612f",
  "a PUBLISH with an empty topic": "30 02 0000",
  "a PUBLISH of one byte": "30 01 00",
  "a PUBACK with packet id 0": "40 02 0000",
  "a PUBACK of 3 bytes": "40 03 0001 00",
  "a PUBACK with flags": "42 02 0001",
  "a PUBREL without its flags": "60 02 0001",
  "a SUBSCRIBE without its flags": "80 06 000a 0001 61 00",
  "a SUBSCRIBE without filters": "82 02 000a",
  "a SUBSCRIBE with packet id 0": "82 06 0000 0001 61 00",
  "a SUBSCRIBE with reserved bits": "82 06 000a 0001 61 04",
  "a SUBSCRIBE with QoS 3": "82 06 000a 0001 61 03",
  "a SUBSCRIBE without a QoS": "82 05 000a 0001 61",
  "a SUBSCRIBE of a filter that is not UTF-8": "82 06 000a 0001 c0 00",
  "an UNSUBSCRIBE without filters": "a2 02 000a",
  "an UNSUBSCRIBE without its flags": "a0 05 000a 0001 61",
  "an UNSUBSCRIBE with packet id 0": "a2 05 0000 0001 61",
  "an UNSUBSCRIBE that ends inside a filter": "a2 05 000a 0002 61",
  "a PINGREQ with a body": "c0 01 00",
  "a DISCONNECT with flags": "e1 00",
};

for (const [name, bytes] of Object.entries(MALFORMED)) {
  Deno.test(`mqtt codec: refuses ${name}`, () => {
    assert.throws(() => readAll([hex(bytes)]), ProtocolError);
  });
}

Deno.test("mqtt codec: answers random bytes with nothing but ProtocolError", () => {
  const packetLike = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 100 }))
    .map(([first, body]) => new Uint8Array([first, body.length, ...body]));
  // A CONNECT whose head is sound, so that random bytes reach the fields behind it.
  const connectLike = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 40 }))
    .map(([flags, rest]) =>
      new Uint8Array([0x10, 8 + rest.length, ...hex("0004 4d515454 04"), flags, ...rest])
    );
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), packetLike, connectLike), (bytes) => {
      try {
        readAll([bytes]);
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error));
      }
    }),
    { numRuns: 3_000 },
  );
});

const topics = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 })
  .filter((topic) => !/[+#\0]/.test(topic) && topic.isWellFormed());
const publishes = fc.record({
  topic: topics,
  payload: fc.uint8Array({ maxLength: 20_000, size: "max" }),
  qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
  retain: fc.boolean(),
  duplicate: fc.boolean(),
  packetId: fc.integer({ min: 1, max: 65_535 }),
}).map((head) => ({
  ...head,
  duplicate: head.duplicate && head.qos > 0,
  packetId: head.qos > 0 ? head.packetId : 0,
}));

Deno.test("mqtt codec: writes a PUBLISH as mqtt-packet does", () => {
  fc.assert(fc.property(publishes, ({ topic, qos, retain, packetId, payload }) => {
    const written = writePublish(new TextEncoder().encode(topic), { qos, retain, payload });
    if (qos > 0) setPacketId(written, 0, packetId);
    const messageId = qos > 0 ? { messageId: packetId } : {};
    const wanted = mqttPacket.generate({
      cmd: "publish",
      topic,
      payload: Buffer.from(payload),
      qos,
      retain,
      dup: false,
      ...messageId,
    });
    assert.deepEqual(Buffer.from(written), wanted);
  }));
});

Deno.test("mqtt codec: reads and writes acknowledgements as mqtt-packet does", () => {
  const kinds = [["puback", PUBACK], ["pubrec", PUBREC], ["pubrel", PUBREL], ["pubcomp", PUBCOMP]];
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds as ["puback", number][]),
      fc.integer({ min: 1, max: 65_535 }),
      ([cmd, first], packetId) => {
        const wanted = mqttPacket.generate({ cmd, messageId: packetId });
        const written = new Uint8Array(4);
        writeAck(written, { at: 0, first, packetId });
        assert.deepEqual(Buffer.from(written), wanted);
        assert.deepEqual(readAll([written]), [{ first, packetId }]);
      },
    ),
  );
});

Deno.test("mqtt codec: writes the answers byte for byte", () => {
  assert.deepEqual(new Uint8Array(writeConnack(4, { code: 0 })), hex("20 02 00 00"));
  assert.deepEqual(new Uint8Array(writeConnack(4, { code: 5 })), hex("20 02 00 05"));
  assert.deepEqual(new Uint8Array(writeConnack(5, { code: 0x84 })), hex("20 03 00 84 00"));
  assert.deepEqual(
    new Uint8Array(writeSuback(4, { packetId: 10, codes: [0, 1, 2, 0x80] })),
    hex("90 06 000a 00 01 02 80"),
  );
  assert.deepEqual(writePingresp(), hex("d0 00"));
});

Deno.test("frame reader: grows with a busy connection and shrinks with a quiet one", () => {
  const frames = new FrameReader({ packetBytesMax: 10_000, readBytesMin: 16, readBytesMax: 256 });
  const ping = hex("c000");
  for (let i = 0; i < 10; i++) {
    const room = frames.room();
    for (let at = 0; at + 1 < room.length; at += 2) room.set(ping, at);
    frames.filled(room.length);
    while (frames.next());
  }
  assert.equal(frames.room().length, 256);
  for (let i = 0; i < 40; i++) {
    frames.room().set(ping);
    frames.filled(2);
    while (frames.next());
  }
  assert.equal(frames.room().length, 16);
});

Deno.test("frame reader: takes no more memory for an announced packet than has arrived", () => {
  const frames = new FrameReader({
    packetBytesMax: 268_435_460,
    readBytesMin: 16,
    readBytesMax: 64,
  });
  frames.room().set(hex("30 ff ff ff 7f 00"));
  frames.filled(6);
  assert.equal(frames.next(), false);
  assert.ok(frames.room().length <= 64);
});
