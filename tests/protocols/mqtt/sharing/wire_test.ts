import assert from "node:assert/strict";
import { encodeProperties, InvariantViolation } from "../../../../actors/mod.ts";
import { type LiveMessage, RenderedFrames } from "../../../../projections/mod.ts";
import { decodedPiece, encodedPiece } from "../../../../protocols/mqtt/sharing/wire.ts";
import { CHANNEL_A, CHANNEL_B, THING_1, THING_2 } from "../installation.ts";

const ORIGIN = {
  publisher: THING_1,
  protocol: "mqtt",
  remoteAddress: "192.0.2.1:1",
  correlationId: THING_2,
} as const;

const PLAIN: LiveMessage = {
  channelId: CHANNEL_A,
  subtopic: "a/b",
  origin: ORIGIN,
  receivedUs: 2_000_000_000_000_000,
  qos: 1,
  retain: true,
  contentKind: "unspecified",
  contentType: "",
  payload: new TextEncoder().encode("x"),
  place: { position: 7, index: 3 },
  rendered: new RenderedFrames(),
};

Deno.test("mqtt shared wire: messages come as they were, also older ones, of another channel, and of QoS 0", () => {
  const { place: _, ...live } = PLAIN;
  const messages: readonly LiveMessage[] = [
    PLAIN,
    // Hours before the first: what is owed comes behind what is newer.
    { ...PLAIN, receivedUs: 1_000_000_000_000_000, qos: 2, place: { position: 1, index: 0 } },
    { ...live, qos: 0, channelId: CHANNEL_B, subtopic: "" },
    {
      ...PLAIN,
      contentKind: "opaque",
      contentType: "image/png",
      properties: encodeProperties({ contentType: "image/png" })!,
    },
  ];
  const handed = messages.map((message, at) => ({ id: at % 2, serial: at + 1, message }));
  const piece = decodedPiece(encodedPiece("epoch", handed));
  assert.equal(piece.epoch, "epoch");
  assert.deepEqual(
    piece.handed.map(({ id, serial }) => [id, serial]),
    handed.map(({ id, serial }) => [id, serial]),
  );
  for (const [at, { message }] of piece.handed.entries()) {
    const { payload, properties, ...rest } = messages[at]!;
    const { payload: came, properties: cameWith, index: _, ...as } = message as LiveMessage & {
      readonly index: number;
    };
    assert.deepEqual(as, rest);
    assert.deepEqual([...came], [...payload]);
    assert.deepEqual(cameWith && [...cameWith], properties && [...properties]);
  }
});

Deno.test("mqtt shared wire: a piece that says less than it holds is refused", () => {
  const one = { id: 1, serial: 1, message: PLAIN };
  const [both, single] = [encodedPiece("e", [one, one]), encodedPiece("e", [one])];
  const headBytes = (piece: Uint8Array) => 4 + new DataView(piece.buffer).getUint32(0);
  const mixed = new Uint8Array([
    ...single.subarray(0, headBytes(single)),
    ...both.subarray(headBytes(both)),
  ]);
  assert.throws(() => decodedPiece(mixed), InvariantViolation);
});
