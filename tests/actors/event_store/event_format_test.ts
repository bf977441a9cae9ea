import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { canonicalJson, eventHash, FIRST_HASH, MessageBatchWriter } from "../../../actors/mod.ts";

const page = await Deno.readTextFile(
  new URL("../../../docs/event-format.md", import.meta.url),
);

Deno.test("event format: the page's example has the hash that the page says", () => {
  const example = JSON.parse(/```json\n([\s\S]+?)```/.exec(page)![1]!);
  const stated = /has the hash\n\n```\n([0-9a-f]{64})\n```/.exec(page)?.[1];
  const hash = eventHash(FIRST_HASH, {
    id: example.id,
    type: example.type,
    dataBytes: new TextEncoder().encode(canonicalJson(example.data)),
    metadataText: canonicalJson(example.metadata),
  });
  assert.equal(Buffer.from(hash).toString("hex"), stated);
});

Deno.test("event format: a batch is laid out as the page says", () => {
  const writer = new MessageBatchWriter();
  const originIndex = writer.origin({
    publisher: "00000000-0000-0000-0000-000000000001",
    correlationId: "00000000-0000-0000-0000-000000000002",
    protocol: "http",
    remoteAddress: "h:1",
  });
  const subtopicIndex = writer.subtopic("a/b");
  const head = { originIndex, subtopicIndex, qos: 1, retain: true, receivedUs: 5_000_000 } as const;
  const payload = new Uint8Array([7, 8]);
  writer.add({ ...head, contentKind: "opaque", contentType: "x/y" }, payload, 0, 2);
  const f64 = Buffer.alloc(8);
  f64.writeDoubleBE(5_000_000);
  const expected = "01" + "01" + "00000001" + "00000023" + f64.toString("hex") +
    "0000" + "0000" + "25" + "00000000" + "0000" + "00000002" + "0708" +
    "0001" + "00000000000000000000000000000001" + "00000000000000000000000000000002" + "01" +
    "03" + Buffer.from("h:1").toString("hex") +
    "0001" + "0003" + Buffer.from("a/b").toString("hex") +
    "0001" + "03" + Buffer.from("x/y").toString("hex");
  assert.equal(Buffer.from(writer.finish()).toString("hex"), expected);
});
