import assert from "node:assert/strict";
import {
  encodeProperties,
  MessageBatchWriter,
  newId,
  type RecordedEvent,
} from "../../../actors/mod.ts";
import {
  BATCHES_MAX,
  MessageTraces,
  TRACED_AGE_MS_MAX,
  TRACED_PER_SLICE_MAX,
} from "../../../projections/worker/message_traces.ts";
import { KeptSpans } from "../../support/otlp/kept_spans.ts";
import { DOMAIN } from "../log.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const CONTEXT = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
const MEASUREMENTS = { name: "measurements" };

/** A stored batch of messages that came with these contexts, or with none. */
function stored(
  contexts: readonly (string | undefined)[],
  recordedAtMs = NOW_MS,
): RecordedEvent {
  const writer = new MessageBatchWriter();
  const originIndex = writer.origin({
    publisher: newId(),
    protocol: "mqtt",
    remoteAddress: "192.0.2.1:5000",
    correlationId: newId(),
  });
  for (const context of contexts) {
    const properties = context && encodeProperties({ userProperties: [["traceparent", context]] });
    writer.add(
      {
        originIndex,
        subtopicIndex: writer.subtopic(""),
        qos: 1,
        retain: false,
        contentKind: "json",
        receivedUs: recordedAtMs * 1_000,
        ...(properties ? { properties } : {}),
      },
      new Uint8Array([0x31]),
      0,
      1,
    );
  }
  return {
    position: 7,
    stream: "messages-c-2026-01-01",
    revision: 0,
    id: newId(),
    type: "MessagesPublished",
    data: writer.finish(),
    metadata: {
      schemaVersion: 1,
      domainId: DOMAIN,
      principal: { kind: "system", id: "ingress" },
      edge: "system",
      remoteAddress: "local",
      causationId: newId(),
      correlationId: newId(),
      recordedAtMs,
    },
    hash: new Uint8Array(32),
  };
}

function given() {
  const kept = new KeptSpans();
  return { kept, traces: new MessageTraces(kept, () => NOW_MS) };
}

Deno.test("message traces: goes on from the context of the edge, and writes below what was projected", () => {
  const { kept, traces } = given();
  const event = stored([undefined, CONTEXT]);
  traces.expect(event.id, [{ index: 0, traceparent: CONTEXT }]);
  const watched = traces.watch(MEASUREMENTS, [event]);
  watched!.projected();
  watched!.written();
  const [project, write] = kept.spans;
  assert.equal(kept.spans.length, 2, "the edge has said which of them are traced");
  assert.deepEqual([project!.name, project!.parent], ["project measurements", CONTEXT]);
  assert.deepEqual(project!.attributes, {
    "millrace.projection": "measurements",
    "millrace.position": 7,
    "millrace.message_index": 0,
  });
  assert.deepEqual([write!.name, write!.parent], ["write measurements", project!.traceparent]);
  assert.ok(kept.spans.every(({ ended, error }) => ended && error === undefined));
});

Deno.test("message traces: where the edge is another process, goes on from the context that the publisher sent", () => {
  const { kept, traces } = given();
  const event = stored([undefined, CONTEXT, CONTEXT.replace(/01$/, "00"), "nonsense"]);
  const watched = traces.watch(MEASUREMENTS, [event]);
  watched!.projected();
  watched!.written("Cannot write points: the engine is away");
  assert.deepEqual(kept.spans.map(({ name }) => name), [
    "project measurements",
    "write measurements",
  ]);
  assert.equal(kept.spans[0]!.attributes["millrace.message_index"], 1);
  assert.ok(kept.spans.every(({ error }) => error === "Cannot write points: the engine is away"));
});

Deno.test("message traces: watches nothing of messages without a context, of other events, and of what is old", () => {
  const { kept, traces } = given();
  const other = { ...stored([CONTEXT]), type: "ThingCreated", data: {} };
  const old = stored([CONTEXT], NOW_MS - TRACED_AGE_MS_MAX - 1);
  for (const event of [stored([undefined]), other, old]) {
    assert.equal(traces.watch(MEASUREMENTS, [event]), undefined);
  }
  assert.ok(traces.watch(MEASUREMENTS, [stored([CONTEXT], NOW_MS - TRACED_AGE_MS_MAX)]));
  assert.equal(kept.spans.length, 1);
});

Deno.test("message traces: remembers so many batches and traces so many messages of a slice, and no more", () => {
  const { kept, traces } = given();
  const first = stored([undefined]);
  traces.expect(first.id, [{ index: 0, traceparent: CONTEXT }]);
  for (let i = 0; i < BATCHES_MAX; i++) traces.expect(newId(), []);
  assert.equal(traces.batches, BATCHES_MAX);
  assert.equal(traces.watch(MEASUREMENTS, [first]), undefined, "the oldest made room");
  traces.watch(MEASUREMENTS, [stored(Array(TRACED_PER_SLICE_MAX + 5).fill(CONTEXT))]);
  assert.equal(kept.spans.length, TRACED_PER_SLICE_MAX);
});
