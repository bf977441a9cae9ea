import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { ProtocolError } from "../../../actors/mod.ts";
import {
  PUBREC,
  writeConnack,
  writeDisconnect,
  writeReasonedAck,
  writeSuback,
  writeUnsuback,
} from "../../../protocols/mqtt/codec/mod.ts";
import { everySplit, hex, readAll } from "./frames_read.ts";

const NOTHING = { noLocal: false, retainAsPublished: false, retainHandling: 0 };

const GOLDEN: readonly { name: string; bytes: string; read: unknown }[] = [
  {
    name: "CONNECT with a will, credentials and every property",
    bytes: `10 68 0004 4d515454 05 ee 003c
      28 11 0000000a 21 000b 27 00010000 22 000c 19 01 17 00 26 0001 6b 0001 76
         15 0005 5343524d31 16 0002 00ff
      0003 646576
      1f 18 0000000d 01 01 02 0000000e 03 0001 74 08 0001 72 09 0001 00 26 0001 61 0001 62
      0001 77 0002 0102 0002 7468 0003 6b6579`,
    read: {
      version: 5,
      clientId: "dev",
      cleanStart: true,
      keepAliveSeconds: 60,
      properties: {
        sessionExpiryInterval: 10,
        receiveMaximum: 11,
        maximumPacketSize: 65_536,
        topicAliasMaximum: 12,
        requestResponseInformation: 1,
        requestProblemInformation: 0,
        userProperties: [["k", "v"]],
        authenticationMethod: "SCRM1",
        authenticationData: hex("00ff"),
      },
      will: {
        topic: "w",
        payload: hex("0102"),
        qos: 1,
        retain: true,
        properties: {
          willDelayInterval: 13,
          payloadFormatIndicator: 1,
          messageExpiryInterval: 14,
          contentType: "t",
          responseTopic: "r",
          correlationData: hex("00"),
          userProperties: [["a", "b"]],
        },
      },
      username: "th",
      password: "key",
    },
  },
  {
    name: "CONNECT with nothing",
    bytes: "10 0d 0004 4d515454 05 02 0000 00 0000",
    read: { version: 5, clientId: "", cleanStart: true, keepAliveSeconds: 0, properties: {} },
  },
  {
    name: "CONNECT with a password and no user name",
    bytes: "10 10 0004 4d515454 05 40 0000 00 0000 0001 70",
    read: {
      version: 5,
      clientId: "",
      cleanStart: false,
      keepAliveSeconds: 0,
      properties: {},
      password: "p",
    },
  },
  {
    name: "PUBLISH with every property",
    bytes: `3d 35 0003 612f62 1234
      2b 01 01 02 ffffffff 23 0007 08 0001 72 09 0002 00ff 03 0001 74
         26 0001 62 0001 31 26 0001 61 0000 26 0001 62 0001 31
      6869`,
    read: {
      topic: "a/b",
      qos: 2,
      retain: true,
      duplicate: true,
      packetId: 0x1234,
      payload: hex("6869"),
      properties: {
        payloadFormatIndicator: 1,
        messageExpiryInterval: 0xffff_ffff,
        topicAlias: 7,
        responseTopic: "r",
        correlationData: hex("00ff"),
        contentType: "t",
        userProperties: [["b", "1"], ["a", ""], ["b", "1"]],
      },
    },
  },
  {
    name: "PUBLISH with an alias in place of its topic",
    bytes: "30 06 0000 03 23 ffff",
    read: {
      topic: "",
      qos: 0,
      retain: false,
      duplicate: false,
      packetId: 0,
      payload: hex(""),
      properties: { topicAlias: 65_535 },
    },
  },
  { name: "PUBACK", bytes: "40 02 0001", read: { first: 0x40, packetId: 1, reasonCode: 0 } },
  {
    name: "PUBACK with a reason",
    bytes: "40 03 0001 10",
    read: { first: 0x40, packetId: 1, reasonCode: 0x10 },
  },
  {
    name: "PUBREC with everything",
    bytes: "50 0d 0001 97 09 1f 0000 26 0000 0001 62",
    read: { first: 0x50, packetId: 1, reasonCode: 0x97 },
  },
  {
    name: "PUBREL with a reason and no properties",
    bytes: "62 04 ffff 92 00",
    read: { first: 0x62, packetId: 0xffff, reasonCode: 0x92 },
  },
  { name: "PUBCOMP", bytes: "70 02 0100", read: { first: 0x70, packetId: 256, reasonCode: 0 } },
  {
    name: "SUBSCRIBE with an identifier and all options",
    bytes: "82 1a 000a 0b 0b ffffff7f 26 0001 6b 0000 0001 61 2e 0001 62 11 0001 63 00",
    read: {
      packetId: 10,
      properties: { subscriptionIdentifier: 268_435_455, userProperties: [["k", ""]] },
      requests: [
        { filter: "a", qos: 2, noLocal: true, retainAsPublished: true, retainHandling: 2 },
        { ...NOTHING, filter: "b", qos: 1, retainHandling: 1 },
        { ...NOTHING, filter: "c", qos: 0 },
      ],
    },
  },
  {
    name: "UNSUBSCRIBE",
    bytes: "a2 0c 000b 06 26 0000 0001 76 0001 61",
    read: { packetId: 11, properties: { userProperties: [["", "v"]] }, filters: ["a"] },
  },
  { name: "PINGREQ", bytes: "c0 00", read: 12 },
  { name: "DISCONNECT", bytes: "e0 00", read: { reasonCode: 0, properties: {} } },
  {
    name: "DISCONNECT with a reason alone",
    bytes: "e0 01 04",
    read: { reasonCode: 4, properties: {} },
  },
  {
    name: "DISCONNECT with everything",
    bytes: "e0 10 80 0e 11 ffffffff 1f 0001 72 26 0000 0000",
    read: {
      reasonCode: 0x80,
      properties: {
        sessionExpiryInterval: 0xffff_ffff,
        reasonString: "r",
        userProperties: [["", ""]],
      },
    },
  },
  {
    name: "AUTH",
    bytes: "f0 0b 18 09 15 0001 6d 16 0002 00ff",
    read: {
      reasonCode: 0x18,
      properties: { authenticationMethod: "m", authenticationData: hex("00ff") },
    },
  },
];

for (const { name, bytes, read } of GOLDEN) {
  Deno.test(`mqtt 5 codec: reads ${name}, however it is split`, () => {
    for (const chunks of everySplit(hex(bytes))) {
      assert.deepEqual(readAll(chunks, { version: 5 }), [read]);
    }
  });
}

Deno.test("mqtt 5 codec: reads a row of packets out of chunks of any size", () => {
  const all = Buffer.concat(GOLDEN.map(({ bytes }) => hex(bytes)));
  const wanted = GOLDEN.map(({ read }) => read);
  for (let size = 1; size <= all.length; size++) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += size) chunks.push(all.subarray(at, at + size));
    assert.deepEqual(readAll(chunks, { version: 5 }), wanted);
  }
});

Deno.test("mqtt 5 codec: answers packets that were cut short with nothing but ProtocolError", () => {
  for (const { name, bytes } of GOLDEN) {
    const whole = hex(bytes);
    // With the length that is left: a shorter packet, of which the last field is broken. Those that
    // end between two fields are other sound packets, and PUBLISH may have any payload.
    for (let length = 2; length < whole.length; length++) {
      const cut = new Uint8Array([whole[0]!, length - 2, ...whole.slice(2, length)]);
      try {
        readAll([cut], { version: 5 });
      } catch (error) {
        assert.ok(error instanceof ProtocolError, `${name} at ${length}: ${error}`);
      }
    }
  }
});

Deno.test("mqtt 5 codec: writes the answers byte for byte", () => {
  const connack = writeConnack(5, {
    code: 0,
    sessionPresent: true,
    properties: { receiveMaximum: 10, assignedClientIdentifier: "a" },
  });
  assert.equal(Buffer.from(connack).toString("hex"), "200a01000721000a12000161");
  const refused = writeConnack(5, { code: 0x86, sessionPresent: true });
  assert.deepEqual(new Uint8Array(refused), hex("20 03 00 86 00"));
  assert.deepEqual(
    new Uint8Array(writeSuback(5, { packetId: 10, codes: [0, 1, 2, 0x87] })),
    hex("90 07 000a 00 00 01 02 87"),
  );
  assert.deepEqual(new Uint8Array(writeUnsuback(11, [0, 0x11])), hex("b0 05 000b 00 00 11"));
  const ack = writeReasonedAck(PUBREC, { packetId: 1, reasonCode: 0x97 });
  assert.deepEqual(new Uint8Array(ack).slice(0, 5), hex("50 04 0001 97").slice(0, 5));
  const words = { reasonString: "why", bytesMax: 11 };
  assert.deepEqual(new Uint8Array(writeDisconnect(0x82, words)), hex("e0 08 82 06 1f 0003 776879"));
  const shortest = new Uint8Array(writeDisconnect(0x82, { ...words, bytesMax: 9 }));
  assert.deepEqual([shortest[0], shortest[2]], [0xe0, 0x82]);
  assert.ok(shortest.length <= 4);
});

Deno.test("mqtt 5 codec: answers random bytes with nothing but ProtocolError", () => {
  const packetLike = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 100 }))
    .map(([first, body]) => new Uint8Array([first, body.length, ...body]));
  // Heads that are sound, so that random bytes reach the properties behind them.
  const heads = fc.constantFrom(
    "0004 4d515454 05 02 0000",
    "0001 61",
    "0001",
    "0001 00",
    "18",
    "00",
  );
  const types = fc.constantFrom(0x10, 0x30, 0x32, 0x40, 0x50, 0x62, 0x70, 0x82, 0xa2, 0xe0, 0xf0);
  const ids = fc.constantFrom(1, 2, 3, 8, 9, 11, 17, 21, 22, 23, 24, 25, 31, 33, 34, 35, 38, 39);
  const headed = fc.tuple(types, heads, ids, fc.uint8Array({ maxLength: 40 })).map(
    ([first, head, id, rest]) => {
      const body = [...hex(head), rest.length + 1, id, ...rest];
      return new Uint8Array([first, body.length, ...body]);
    },
  );
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), packetLike, headed), (bytes) => {
      try {
        readAll([bytes], { version: 5 });
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error));
      }
    }),
    { numRuns: 5_000 },
  );
});
