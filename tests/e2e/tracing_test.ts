import assert from "node:assert/strict";
import mqtt from "mqtt";
import { type BenchPlatform, type Device, fleet, startPlatform } from "../../bench/platform.ts";
import { type CollectedSpan, type Collector, startCollector } from "../support/otlp/collector.ts";
import { programEnded, withFolder } from "./program.ts";

const [BY_HTTP, BY_MQTT, UNSAMPLED] = ["a", "b", "c"].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
];
/** What the client calls its request by HTTP. */
const BY_HTTP_REQUEST = "0192f0c4-0000-7000-8000-00000000aaaa";
const PARENT = "00f067aa0ba902b7";
const contextOf = (traceId: string, flags = "01") => `00-${traceId}-${PARENT}-${flags}`;
/** A message is in the time series by then, or something is wrong. */
const PROJECTED_MS_MAX = 10_000;

interface Stage {
  readonly platform: BenchPlatform;
  readonly device: Device;
  readonly channelId: string;
  readonly collector: Collector;
}

/** The platform is stopped before `look`: what it traced has arrived then. */
async function traced(
  { flags = [] }: { readonly flags?: readonly string[] },
  play: (stage: Stage) => Promise<void>,
  look: (spans: readonly CollectedSpan[]) => void,
): Promise<void> {
  const collector = startCollector();
  try {
    await withFolder(async (folder) => {
      const platform = await startPlatform(folder, { flags, env: collector.env });
      const { things: [device], channelIds: [channelId] } = await fleet(platform, {
        things: 1,
        channels: 1,
      });
      await play({ platform, device: device!, channelId: channelId!, collector });
      assert.equal(await platform.stop(), 0);
    });
    look(collector.spans);
  } finally {
    await collector.close();
  }
}

const records = (name: string) => JSON.stringify([{ n: name, v: 1 }]);

/** Answers the position that the message was given. */
async function postMessage(
  { platform, device, channelId }: Stage,
  { name, headers = {} }: { readonly name: string; readonly headers?: Record<string, string> },
): Promise<number> {
  const response = await fetch(`${platform.http}/channels/${channelId}/messages`, {
    method: "POST",
    headers: {
      authorization: `Thing ${device.key}`,
      "content-type": "application/senml+json",
      ...headers,
    },
    body: records(name),
  });
  await response.body?.cancel();
  assert.equal(response.status, 202);
  return Number(response.headers.get("millrace-position"));
}

async function publishMessage(
  { platform, device, channelId }: Stage,
  { name, traceparent }: { readonly name: string; readonly traceparent?: string },
): Promise<void> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${platform.mqttPort}`, {
    protocolVersion: 5,
    username: device.id,
    password: device.key,
    reconnectPeriod: 0,
  });
  const userProperties = { other: "x", ...(traceparent === undefined ? {} : { traceparent }) };
  await client.publishAsync(`channels/${channelId}/messages`, records(name), {
    qos: 1,
    properties: { userProperties },
  });
  await client.endAsync();
}

/** Waits until the names can be read as points. */
async function projected(
  { platform, device, channelId }: Stage,
  names: readonly string[],
): Promise<void> {
  const untilMs = performance.now() + PROJECTED_MS_MAX;
  for (;;) {
    const response = await fetch(`${platform.http}/channels/${channelId}/messages?limit=100`, {
      headers: { authorization: `Thing ${device.key}` },
    });
    const { messages } = await response.json() as { messages: readonly { name: string }[] };
    if (names.every((name) => messages.some((row) => row.name === name))) return;
    assert.ok(performance.now() < untilMs, "the messages are no points yet");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function correlationIds({ platform, channelId }: Stage): Promise<readonly string[]> {
  const response = await fetch(`${platform.http}/channels/${channelId}/messages/raw`, {
    headers: { authorization: `Bearer ${platform.token}` },
  });
  const { messages } = await response.json() as { messages: readonly { correlationId: string }[] };
  return messages.map(({ correlationId }) => correlationId);
}

/** The one span of that name and parent. */
function below(
  spans: readonly CollectedSpan[],
  { name, parent, traceId }: {
    readonly name: string;
    readonly parent: string;
    readonly traceId: string;
  },
): CollectedSpan {
  const found = spans.filter((span) =>
    span.name === name && span.parentSpanId === parent && span.traceId === traceId
  );
  const shown = spans.map((span) => `${span.traceId} ${span.parentSpanId} ${span.name}`);
  assert.equal(found.length, 1, `${name} below ${parent} in ${traceId}:\n${shown.join("\n")}`);
  return found[0]!;
}

/** From the edge to the point, each the parent of the next, one after the other. */
function chainFrom(
  spans: readonly CollectedSpan[],
  received: CollectedSpan,
): readonly CollectedSpan[] {
  const { traceId } = received;
  const chain = [received];
  for (const name of ["commit", "project measurements", "write measurements"]) {
    chain.push(below(spans, { name, parent: chain.at(-1)!.spanId, traceId }));
  }
  for (const [index, span] of chain.entries()) {
    assert.ok(span.endNs >= span.startNs && span.statusCode === 0, span.name);
    assert.ok(index === 0 || span.startNs >= chain[index - 1]!.startNs, span.name);
  }
  return chain;
}

Deno.test("tracing: shows the way of a message from the edge to its point, under the context that it came with", async () => {
  const known: string[] = [];
  let position = 0;
  await traced({}, async (stage) => {
    position = await postMessage(stage, {
      name: "http",
      headers: { traceparent: contextOf(BY_HTTP), "x-request-id": BY_HTTP_REQUEST },
    });
    await publishMessage(stage, { name: "mqtt", traceparent: contextOf(BY_MQTT) });
    await publishMessage(stage, { name: "unsampled", traceparent: contextOf(UNSAMPLED, "00") });
    await publishMessage(stage, { name: "broken", traceparent: "00-1-2-01" });
    await publishMessage(stage, { name: "none" });
    await postMessage(stage, { name: "plain" });
    await projected(stage, ["http", "mqtt", "unsampled", "broken", "none", "plain"]);
    known.push(...await correlationIds(stage));
  }, (spans) => {
    const served = below(spans, {
      name: "POST /channels/:channelId/messages",
      parent: PARENT,
      traceId: BY_HTTP,
    });
    assert.equal(served.attributes["http.response.status_code"], 202);
    const received = { name: "receive", parent: served.spanId, traceId: BY_HTTP };
    const byHttp = chainFrom(spans, below(spans, received));
    assert.equal(byHttp[0]!.attributes["millrace.correlation_id"], BY_HTTP_REQUEST);
    assert.equal(byHttp[1]!.attributes["millrace.position"], position);
    assert.equal(byHttp[2]!.attributes["millrace.position"], position);
    const publish = { name: "receive", parent: PARENT, traceId: BY_MQTT };
    const byMqtt = chainFrom(spans, below(spans, publish));
    assert.equal(byMqtt[0]!.attributes["network.protocol.name"], "mqtt");
    for (const [{ attributes }] of [byHttp, byMqtt] as [CollectedSpan][]) {
      assert.ok(known.includes(attributes["millrace.correlation_id"] as string));
    }
    const traces = new Set(spans.map(({ traceId }) => traceId));
    assert.deepEqual([...traces].sort(), [BY_HTTP, BY_MQTT], "and of no other message");
  });
});

Deno.test("tracing: begins a trace for every so many-th message without a context", async () => {
  const names = ["1", "2", "3", "4", "5", "6"];
  await traced({ flags: ["--trace-every", "3"] }, async (stage) => {
    for (const name of names) await postMessage(stage, { name });
    await publishMessage(stage, { name: "unsampled", traceparent: contextOf(UNSAMPLED, "00") });
    await projected(stage, [...names, "unsampled"]);
  }, (spans) => {
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === "");
    assert.deepEqual(roots.map(({ name }) => name), ["receive", "receive"]);
    for (const root of roots) chainFrom(spans, root);
    assert.equal(new Set(roots.map(({ traceId }) => traceId)).size, 2);
  });
});

Deno.test("tracing: does not start where Deno would show URLs as clients sent them", async () => {
  await withFolder(async (folder) => {
    const { code, error } = await programEnded(["--data", folder], { OTEL_DENO: "true" });
    assert.equal(code, 64);
    assert.match(
      error,
      /^Cannot start with OTEL_DENO 'true' alone: .*OTEL_DENO_TRACING to 'false'/m,
    );
  });
});
