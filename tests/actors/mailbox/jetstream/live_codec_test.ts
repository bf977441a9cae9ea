import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeOverview,
  decodeTold,
  encodeOverview,
  encodeTold,
} from "../../../../actors/mailbox/jetstream/live_codec.ts";
import { HEAD_BYTES_MAX, PART_BYTES_MAX } from "../../../../actors/mailbox/jetstream/limits.ts";
import { reject, TerminalError } from "../../../../actors/mod.ts";

const PLACE = { sequence: 7, delivery: 9, previous: 8 };
const frame = new Uint8Array([1, 2, 3]);
const outcomes = [{ position: 2 ** 40 }, { position: 0, rejection: reject("forbidden", "no") }];

/** The layout of version 1. */
const GOLDEN = "0101 0000000000000007 0000000000000009 0000000000000008 00000002" +
  "00 0000010000000000 01 0023" +
  "7b22636f6465223a22666f7262696464656e222c226d657373616765223a226e6f227d 010203";

Deno.test("live codec: writes and reads the layout of version 1", () => {
  const bytes = encodeTold(PLACE, { frame, outcomes });
  assert.equal(bytes.toHex(), GOLDEN.replaceAll(" ", ""));
  assert.deepEqual(decodeTold(bytes), { place: PLACE, recorded: { outcomes, frame } });
});

Deno.test("live codec: tells the place alone when nothing was handled, or it does not fit", () => {
  assert.deepEqual(decodeTold(encodeTold(PLACE, { frame, outcomes: undefined })), { place: PLACE });
  const rejection = reject("forbidden", "x".repeat(500));
  const many = { frame: new Uint8Array(PART_BYTES_MAX), outcomes: [{ position: 0, rejection }] };
  assert.notEqual(decodeTold(encodeTold(PLACE, many)).recorded, undefined);
  const tooMany = { ...many, outcomes: new Array(100).fill({ position: 0, rejection }) };
  assert.deepEqual(decodeTold(encodeTold(PLACE, tooMany)), { place: PLACE });
  assert.ok(encodeTold(PLACE, many).length <= PART_BYTES_MAX + HEAD_BYTES_MAX);
});

Deno.test("live codec: a place of which nothing is known before stays so", () => {
  const place = { ...PLACE, previous: -1 };
  assert.deepEqual(decodeTold(encodeTold(place, { frame, outcomes })).place, place);
});

Deno.test("live codec: what is cut off, damaged or of another version gives a TerminalError", () => {
  const bytes = encodeTold(PLACE, { frame: new Uint8Array(), outcomes });
  for (let end = 0; end < bytes.length; end++) {
    assert.throws(() => decodeTold(bytes.subarray(0, end)), TerminalError, `cut at ${end}`);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (random) => {
    try {
      decodeTold(random);
    } catch (error) {
      assert.ok(error instanceof TerminalError, String(error));
    }
  }));
  for (const text of ["", "{", "null", "7", '{"version":2}', '{"version":1,"idle":[[1]]}']) {
    assert.throws(() => decodeOverview(new TextEncoder().encode(text)), TerminalError, text);
  }
});

Deno.test("live codec: an overview says what is idle and what may be lost", () => {
  const overview = { idle: [[3, 17, 4_000], [4, 0, 4_000]] as const, lost: [5] };
  assert.deepEqual(decodeOverview(encodeOverview(overview)), overview);
});
