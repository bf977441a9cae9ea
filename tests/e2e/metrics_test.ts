import assert from "node:assert/strict";
import mqtt from "mqtt";
import { type BenchPlatform, type Device, fleet, startPlatform } from "../../bench/platform.ts";
import { withFolder } from "./program.ts";

/** By then a number has changed, or it will not. */
const CHANGED_MS_MAX = 10_000;

type Samples = ReadonlyMap<string, number>;

/** Every sample by its name and labels, without the prefix. */
async function samplesOf({ http }: BenchPlatform): Promise<Samples> {
  const text = await (await fetch(`${http}/metrics`)).text();
  return new Map(
    [...text.matchAll(/^millrace_(\S+?(?:\{.*\})?) (\S+)$/gm)].map(([, name, value]) =>
      [name!, Number(value)] as const
    ),
  );
}

/** Waits until the samples are as expected, and shows what they are if they never will be. */
async function shows(
  platform: BenchPlatform,
  expected: Readonly<Record<string, number>>,
): Promise<void> {
  const untilMs = performance.now() + CHANGED_MS_MAX;
  for (;;) {
    const samples = await samplesOf(platform);
    const actual = Object.fromEntries(
      Object.keys(expected).map((name) => [name, samples.get(name) ?? 0]),
    );
    if (Object.entries(expected).every(([name, value]) => actual[name] === value)) return;
    if (performance.now() > untilMs) assert.deepEqual(actual, expected);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface Site {
  readonly platform: BenchPlatform;
  readonly device: Device;
  readonly channelId: string;
}

async function onPlatform(run: (site: Site) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const platform = await startPlatform(folder, { onLog: () => {} });
    const { things: [device], channelIds: [channelId] } = await fleet(platform, {
      things: 1,
      channels: 1,
    });
    await run({ platform, device: device!, channelId: channelId! });
    assert.equal(await platform.stop(), 0);
  });
}

const by = ({ id, key }: Device, protocolVersion: 4 | 5 = 5) => ({
  username: id,
  password: key,
  reconnectPeriod: 0,
  protocolVersion,
});

Deno.test("metrics: of MQTT show connects, publishes and subscribes with how long they took, and refusals by reason", () =>
  onPlatform(async ({ platform, device, channelId }) => {
    const url = `mqtt://127.0.0.1:${platform.mqttPort}`;
    const topic = `channels/${channelId}/messages`;
    const elsewhere = `channels/${crypto.randomUUID()}/messages`;
    const client = await mqtt.connectAsync(url, by(device));
    await client.subscribeAsync(topic, { qos: 1 });
    const heard = new Promise<void>((resolve) => {
      let count = 0;
      client.on("message", () => void (++count === 3 && resolve()));
    });
    for (const qos of [0, 1, 2] as const) await client.publishAsync(topic, "x", { qos });
    await heard;
    await assert.rejects(client.publishAsync(elsewhere, "x", { qos: 1 }));
    await client.subscribeAsync(elsewhere).catch(() => {});
    await assert.rejects(mqtt.connectAsync(url, by({ id: device.id, key: "wrong" })));
    await shows(platform, {
      "mqtt_connections": 1,
      "mqtt_connections_accepted_total": 2,
      "mqtt_connect_duration_seconds_count": 1,
      "mqtt_connects_refused_total": 1,
      "mqtt_publish_duration_seconds_count": 2,
      'mqtt_publish_duration_seconds_bucket{le="+Inf"}': 2,
      "mqtt_subscribe_duration_seconds_count": 2,
      "mqtt_messages_in_total": 3,
      "mqtt_messages_out_total": 3,
      'refusals_total{edge="mqtt",action="connect",reason="bad_credentials"}': 1,
      'refusals_total{edge="mqtt",action="publish",reason="not_authorized"}': 1,
      'refusals_total{edge="mqtt",action="subscribe",reason="not_authorized"}': 1,
    });
    await client.endAsync();
    await shows(platform, { "mqtt_connections": 0 });
  }));

Deno.test("metrics: show each request by its route, and open streams and WebSockets until they end", () =>
  onPlatform(async ({ platform, device, channelId }) => {
    const path = `/channels/${channelId}/messages`;
    const headers = {
      authorization: `Thing ${device.key}`,
      "content-type": "application/senml+json",
    };
    const stream = await fetch(`${platform.http}${path}/live`, { headers });
    const reader = stream.body!.getReader();
    await reader.read();
    const web = await mqtt.connectAsync(
      platform.http.replace("http", "ws") + "/mqtt",
      by(device, 4),
    );
    const body = '[{"n":"a","v":1}]';
    const asks: readonly (readonly [string, RequestInit])[] = [
      [path, { method: "POST", headers, body }],
      [path, { method: "POST", headers, body: "no JSON" }],
      [`${path}/deep/down`, { method: "POST", headers, body }],
      ["/nobody/knows/this", {}],
    ];
    for (const [asked, init] of asks) {
      await (await fetch(platform.http + asked, init)).body?.cancel();
    }
    await reader.read();
    const post = 'method="POST",route="/channels/:channelId/messages';
    await shows(platform, {
      [`http_requests_total{${post}",status="202"}`]: 1,
      [`http_requests_total{${post}",status="400"}`]: 1,
      [`http_requests_total{${post}/*",status="202"}`]: 1,
      [`http_request_duration_seconds_count{${post}"}`]: 2,
      'http_requests_total{method="GET",route="none",status="404"}': 1,
      'http_requests_total{method="GET",route="/mqtt",status="101"}': 1,
      'refusals_total{edge="http",action="request",reason="bad_request"}': 1,
      'refusals_total{edge="http",action="request",reason="not_found"}': 1,
      "sse_streams": 1,
      "sse_streams_opened_total": 1,
      "sse_messages_total": 2,
      "websocket_connections": 1,
      "websocket_connections_opened_total": 1,
      "mqtt_connections": 1,
    });
    await reader.cancel();
    await web.endAsync();
    await shows(platform, {
      "sse_streams": 0,
      'sse_streams_ended_total{reason="client"}': 1,
      "sse_stream_duration_seconds_count": 1,
      "websocket_connections": 0,
      "websocket_connection_duration_seconds_count": 1,
      "mqtt_connections": 0,
    });
  }));

Deno.test("metrics: follow a message through batch, log and projection, and say what the engines and actors do", () =>
  onPlatform(async ({ platform, device, channelId }) => {
    const before = await samplesOf(platform);
    const response = await fetch(`${platform.http}/channels/${channelId}/messages`, {
      method: "POST",
      headers: {
        authorization: `Thing ${device.key}`,
        "content-type": "application/senml+json",
      },
      body: '[{"n":"a","v":1}]',
    });
    assert.equal(response.status, 202);
    await response.body?.cancel();
    await shows(platform, {
      "ingress_messages_total": 1,
      "ingress_ticks_total": 1,
      "ingress_duration_seconds_count": 1,
      "batch_messages_count": 1,
      "batch_messages_sum": 1,
      "batch_bytes_count": 1,
      "mailbox_frames_waiting": 0,
      'engine_lag{port="event_store"}': 0,
      'projection_events_total{projection="measurements"}': 1,
      'projection_lag_seconds{projection="measurements"}': 0,
      'projection_lag_positions{projection="measurements"}': 0,
      'projection_red{projection="measurements"}': 0,
      'build_info{version="0.1.0"}': 1,
    });
    const samples = await samplesOf(platform);
    const grew = (name: string) => samples.get(name)! - before.get(name)!;
    for (const name of ["append_duration_seconds", "commit_duration_seconds", "commit_appends"]) {
      assert.ok(grew(`event_store_${name}_count`) >= 1, name);
    }
    assert.ok(samples.get("actors_active")! > 0);
    assert.ok(samples.get("actor_activations_total")! >= samples.get("actors_active")!);
    assert.ok(samples.get("actor_commands_total")! > 0);
    const engines = [...samples].filter(([name]) => name.startsWith("engine_up"));
    assert.deepEqual(
      engines.map(([name, up]) => [/port="(\w+)",engine="([\w-]+)"/.exec(name)!.slice(1), up]),
      [
        [["event_store", "sqlite"], 1],
        [["mailbox", "in-process"], 1],
        [["time_series", "sqlite"], 1],
      ],
    );
  }));
