import assert from "node:assert/strict";
import { newId } from "../../../actors/mod.ts";
import type { TracedMessage } from "../../../projections/mod.ts";
import { EdgeTraces } from "../../../protocols/ingress/edge_traces.ts";
import type { PublishRoute } from "../../../protocols/ingress/mod.ts";
import { TRACED_PER_BATCH_MAX } from "../../../protocols/ingress/limits.ts";
import { KeptSpans } from "../../support/otlp/kept_spans.ts";
import { CHANNEL_A, PUBLISHER } from "./line.ts";

const CONTEXT = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
const ROUTE: PublishRoute = {
  channelId: CHANNEL_A,
  subtopic: "",
  origin: {
    publisher: PUBLISHER,
    protocol: "mqtt",
    remoteAddress: "192.0.2.1:5000",
    correlationId: newId(),
  },
};
const SECTION = {
  channelId: CHANNEL_A,
  eventId: newId(),
  batch: new Uint8Array(10),
  messageCount: 3,
  retainedCount: 0,
};

function given({ every = 0 }: { readonly every?: number } = {}) {
  const kept = new KeptSpans();
  const told: (readonly [string, readonly TracedMessage[]])[] = [];
  const traces = new EdgeTraces({
    tracing: kept,
    every,
    expectTraced: (eventId, messages) => told.push([eventId, messages]),
  });
  const batch: Parameters<EdgeTraces["received"]>[1]["traced"] = [];
  const receive = (index: number, traceparent?: string) =>
    traces.received(ROUTE, { traceparent, index, traced: batch });
  return { kept, told, traces, batch, receive };
}

Deno.test("edge traces: a message has a span from the edge until it is durable, and below it one of its commit", () => {
  const { kept, told, traces, batch, receive } = given();
  receive(2, CONTEXT);
  traces.committing(SECTION, batch);
  const [received, commit] = kept.spans;
  assert.deepEqual(told, [[SECTION.eventId, [{ index: 2, traceparent: commit!.traceparent }]]]);
  assert.deepEqual([received!.parent, commit!.parent], [CONTEXT, received!.traceparent]);
  assert.ok(!received!.ended && !commit!.ended);
  traces.committed(SECTION, { position: 9 });
  assert.ok(received!.ended && commit!.ended);
  assert.equal(commit!.attributes["millrace.position"], 9);
  assert.equal(commit!.attributes["messaging.batch.message_count"], 3);
});

Deno.test("edge traces: a refused batch shows why", () => {
  const { kept, traces, batch, receive } = given();
  receive(0, CONTEXT);
  traces.committing(SECTION, batch);
  const rejection = { rejected: true, code: "forbidden", message: "it is disabled" } as const;
  traces.committed(SECTION, { position: 0, rejection });
  assert.deepEqual(kept.spans.map(({ error }) => error), ["it is disabled", "it is disabled"]);
});

Deno.test("edge traces: of messages without a context every so many-th begins a trace, unless the sampler says no", () => {
  const { kept, batch, receive } = given({ every: 3 });
  for (let index = 0; index < 7; index++) receive(index);
  assert.deepEqual(batch.map(({ index }) => index), [2, 5]);
  assert.ok(kept.spans.every(({ parent }) => parent === undefined));
  kept.samplesRoots = false;
  for (let index = 7; index < 12; index++) receive(index);
  assert.equal(batch.length, 2);
  kept.samplesRoots = true;
  for (let index = 12; index < 20; index++) receive(index, CONTEXT.replace(/01$/, "00"));
  assert.equal(batch.length, 2, "a context that is not sampled is not sampled by chance either");
  for (let index = 20; index < 23; index++) receive(index, "nonsense");
  assert.equal(batch.length, 3, "what is no context is as none");
});

Deno.test("edge traces: traces so many messages of a batch, and counts the others", () => {
  const { traces, batch, receive } = given();
  for (let index = 0; index < TRACED_PER_BATCH_MAX + 4; index++) receive(index, CONTEXT);
  assert.equal(batch.length, TRACED_PER_BATCH_MAX);
  assert.equal(traces.dropped, 4);
});

Deno.test("edge traces: what is not traced costs no span and tells nobody", () => {
  const { kept, told, traces, batch, receive } = given();
  receive(0);
  traces.committing(SECTION, batch);
  traces.committed(SECTION, { position: 1 });
  assert.deepEqual([kept.spans, told], [[], []]);
});
