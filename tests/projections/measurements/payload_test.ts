import assert from "node:assert/strict";
import { type ContentKind, isRejection } from "../../../actors/mod.ts";
import { type Reading, readPayload, validatePayload } from "../../../projections/mod.ts";

const NOW_US = 1_767_225_600_000_000;

function bytesOf(payload: string | Uint8Array): Uint8Array {
  return typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
}

function read(kind: ContentKind, payload: string | Uint8Array): Reading {
  const reading = readPayload(bytesOf(payload), { kind, receivedUs: NOW_US });
  assert.ok(!isRejection(reading), JSON.stringify(reading));
  return reading;
}

function refused(kind: ContentKind, payload: string | Uint8Array): string {
  const reading = readPayload(bytesOf(payload), { kind, receivedUs: NOW_US });
  assert.ok(isRejection(reading), JSON.stringify(reading));
  assert.equal(reading.code, "invalid");
  assert.ok(reading.field?.startsWith("payload"), `${reading.field}`);
  assert.deepEqual(validatePayload(kind, bytesOf(payload)), reading);
  return reading.message;
}

function nested(levels: number): string {
  return `${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`;
}

Deno.test("payload: SenML JSON comes to points", () => {
  const reading = read("senml+json", '[{"n":"a","u":"Cel","v":1.5}]');
  assert.equal(reading.kind, "points");
});

Deno.test("payload: broken text is refused, whatever it was declared to be", () => {
  for (const kind of ["senml+json", "json"] as const) {
    for (const text of ["", "[", '[{"n":"a","v":}]', "[NaN]", '[{"n":"a","v":1}] more', "\u0000"]) {
      refused(kind, text);
    }
    refused(kind, new Uint8Array([0x22, 0xff, 0xfe, 0x22]));
    refused(kind, new Uint8Array([0x22, 0xc3, 0x22]));
  }
});

Deno.test("payload: JSON is one document or an array of them, as they were sent", () => {
  assert.deepEqual(read("json", '{"a":{"b":[1,null,"ü"]}}'), {
    kind: "documents",
    documents: [{ a: { b: [1, null, "ü"] } }],
  });
  assert.deepEqual(read("json", '[{"a":1},{"a":2}]'), {
    kind: "documents",
    documents: [{ a: 1 }, { a: 2 }],
  });
  assert.deepEqual(read("json", "[]"), { kind: "documents", documents: [] });
  for (const text of ["1", '"text"', "null", "true", "[1]", "[[]]", '[{"a":1},null]']) {
    refused("json", text);
  }
});

Deno.test("payload: what was declared as JSON is not taken for SenML", () => {
  assert.equal(read("json", '[{"n":"a","v":1}]').kind, "documents");
});

Deno.test("payload: a number that is not finite is refused, at any depth of a document", () => {
  assert.match(refused("json", '{"a":[{"b":1e999}]}'), /not finite/);
  assert.match(refused("json", '{"a":-1e999}'), /not finite/);
});

Deno.test("payload: 32 levels are read, one more is refused", () => {
  assert.equal(read("json", nested(32)).kind, "documents");
  assert.match(refused("json", nested(33)), /deeper than 32/);
  const senml = (levels: number) => `[{"n":"a","v":1,"extra":${nested(levels)}}]`;
  assert.equal(read("senml+json", senml(30)).kind, "points");
  assert.match(refused("senml+json", senml(31)), /deeper than 32/);
});

Deno.test("payload: nesting that would exhaust a stack is refused like any other", () => {
  for (const text of ["[".repeat(500_000), `${"[".repeat(500_000)}${"]".repeat(500_000)}`]) {
    refused("json", text);
    refused("senml+json", text);
    assert.equal(read("unspecified", text).kind, "opaque");
  }
});

Deno.test("payload: brackets beside each other are not nesting", () => {
  const flat = `{"a":[${Array.from({ length: 100 }, () => "{}").join(",")}]}`;
  assert.equal(read("json", flat).kind, "documents");
});

Deno.test("payload: an array has 10,000 documents at the most", () => {
  const text = (count: number) => `[${Array.from({ length: count }, () => "{}").join(",")}]`;
  assert.equal(read("json", text(10_000)).kind, "documents");
  assert.match(refused("json", text(10_001)), /10001.*10000/);
});

Deno.test("payload: opaque bytes are nobody's to read", () => {
  assert.deepEqual(read("opaque", '[{"n":"a","v":1}]'), { kind: "opaque" });
  assert.deepEqual(read("opaque", new Uint8Array()), { kind: "opaque" });
});

Deno.test("payload: what nobody declared is read as what it looks like and is", () => {
  const kinds: readonly (readonly [string, Reading["kind"]])[] = [
    ['[{"n":"a","v":1}]', "points"],
    ['{"n":"a","v":1}', "documents"],
    ['[{"temperature":1}]', "documents"],
    ["[]", "documents"],
    ["[1,2]", "opaque"],
    ['{"a":1', "opaque"],
    ['{"a":1e999}', "opaque"],
    ["21.5", "opaque"],
    ["on", "opaque"],
    ["", "opaque"],
    [nested(33), "opaque"],
  ];
  for (const [text, kind] of kinds) assert.equal(read("unspecified", text).kind, kind, text);
});

Deno.test("payload: what nobody declared is never refused, and so passes a profile that reads payloads", () => {
  for (const text of ["", "{", "[", "text", '{"a":1e999}', '[{"n":"","v":1}]']) {
    assert.equal(validatePayload("unspecified", bytesOf(text)), undefined);
  }
});
