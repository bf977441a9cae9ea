import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import mqtt from "mqtt";
import { newId } from "../../actors/mod.ts";
import { type BenchPlatform, type Device, startPlatform } from "../../bench/platform.ts";
import { ScramClient } from "../protocols/mqtt/admission/scram_client.ts";
import { startEsdbServer } from "../support/esdb_server/mod.ts";
import { startCollector } from "../support/otlp/collector.ts";
import { busyDay } from "./busy_day.ts";
import { withFolder } from "./program.ts";

/** So long the log is away: long enough for every part to notice. */
const AWAY_MS = 3_000;
/** By then the platform has noticed that its log is away, or is back. */
const NOTICED_MS_MAX = 10_000;

/** No two alike, and none that could stand anywhere by chance. */
const secret = (what: string) => `${what}-${crypto.randomUUID()}`;
/** The part that a quotation would begin with. */
const BEGINNING = /^[a-z]+-[\da-f]{5}/;

interface Told {
  /** What was answered to whoever sent a secret, and what anybody may ask. */
  readonly answers: string[];
  readonly secrets: string[];
}

/** Sends secrets wherever a client could put them, right and wrong. */
async function misuse(
  { http, mqttPort }: BenchPlatform,
  { device, channelId, told }: {
    readonly device: Device;
    readonly channelId: string;
    readonly told: Told;
  },
): Promise<void> {
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(http + path, init);
    told.answers.push(`${path} ${response.status} ${await response.text()}`.slice(path.length));
  };
  const hidden = (what: string) => {
    told.secrets.push(secret(what));
    return told.secrets.at(-1)!;
  };
  const messages = `/channels/${channelId}/messages`;
  for (const name of ["auth", "authorization", "token", "key", "access_token"]) {
    await ask(`${messages}?${name}=${hidden("query")}`);
    await ask(`/things?${name}=${hidden("query")}`, { method: "POST", body: "{" });
    await ask(`/nothing/here?${name}=${hidden("query")}`);
  }
  for (const scheme of ["Thing ", "Client ", "Bearer ", "Token ", ""]) {
    const headers = { authorization: scheme + hidden("header") };
    await ask(messages, { method: "POST", headers, body: "[]" });
    await ask("/things", { headers });
  }
  const basic = Buffer.from(`user:${hidden("basic")}`).toString("base64");
  told.secrets.push(basic);
  await ask(messages, { headers: { authorization: `Basic ${basic}` } });
  const json = { "content-type": "application/json" };
  for (const path of ["/tokens", "/users", "/things", "/keys", "/password"]) {
    const [password, key] = [hidden("body"), hidden("body")];
    const body = JSON.stringify({ email: "x", password, key, token: hidden("body") });
    await ask(path, { method: "POST", headers: json, body });
    await ask(path, { method: "POST", headers: json, body: body.slice(0, -1) });
    await ask(path, { method: "POST", headers: json, body: `${password}` });
  }
  await proofs(mqttPort, { device, hidden });
}

/** A right and a wrong proof by SCRAM, a wrong password, and an HTTP request at MQTT's door. */
async function proofs(
  port: number,
  { device, hidden }: { readonly device: Device; readonly hidden: (what: string) => string },
): Promise<void> {
  await proven(port, new ScramClient(device.id, device.key));
  await assert.rejects(proven(port, new ScramClient(device.id, hidden("scram"))));
  const wrong = { username: device.id, password: hidden("mqtt"), reconnectPeriod: 0 };
  for (const protocolVersion of [4, 5] as const) {
    await assert.rejects(
      mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { ...wrong, protocolVersion }),
    );
  }
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = `GET /?auth=${hidden("raw")} HTTP/1.1\r\nAuthorization: Thing ${hidden("raw")}`;
  await socket.write(new TextEncoder().encode(`${request}\r\n\r\n`));
  await socket.read(new Uint8Array(64));
  socket.close();
}

function proven(port: number, scram: ScramClient): Promise<void> {
  const authenticationMethod = "SCRAM-SHA-256";
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: 5,
    reconnectPeriod: 0,
    manualConnect: true,
    properties: { authenticationMethod, authenticationData: Buffer.from(scram.first) },
  });
  client.handleAuth = ({ properties }, callback) => {
    const authenticationData = Buffer.from(scram.final(`${properties?.authenticationData}`));
    const answer = { authenticationMethod, authenticationData };
    callback(undefined, { cmd: "auth", reasonCode: 0x18, properties: answer });
  };
  return new Promise((resolve, reject) => {
    client.once("connect", () => client.end(false, () => resolve()));
    client.once("error", (error) => client.end(true, () => reject(error)));
    client.connect();
  });
}

async function untilReady({ http }: BenchPlatform, wanted: number): Promise<string> {
  for (const untilMs = performance.now() + NOTICED_MS_MAX;;) {
    const response = await fetch(`${http}/ready`);
    const text = await response.text();
    if (response.status === wanted) return text;
    assert.ok(performance.now() < untilMs, text);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

Deno.test("secrets: none of a run stands in a line, an answer, a metric or a trace, also while the log is away", async () => {
  const server = await startEsdbServer();
  const collector = startCollector();
  const lines: string[] = [];
  const told: Told = { answers: [], secrets: [secret("log"), secret("influx")] };
  const [logPassword, token] = told.secrets as [string, string];
  try {
    await withFolder(async (folder) => {
      const eventStore = server.connectionString.replace("://", `://ann:${logPassword}@`);
      const platform = await startPlatform(folder, {
        flags: ["--event-store", eventStore, "--log-level", "debug", "--trace-every", "1"],
        env: { ...collector.env, MILLRACE_INFLUXDB_TOKEN: token },
        onLog: (text) => lines.push(text),
      });
      const day = await busyDay(platform);
      told.secrets.push(...day.secrets);
      const [device] = day.things;
      await misuse(platform, { device: device!, channelId: day.channelIds[0]!, told });
      const ready = JSON.parse(await untilReady(platform, 200));
      assert.deepEqual(
        [ready.engines.eventStore.engine, ready.engines.eventStore.state],
        ["eventstoredb", "up"],
      );
      const back = server.restart({ downMs: AWAY_MS });
      told.answers.push(await untilReady(platform, 503));
      assert.match(told.answers.at(-1)!, /"reason":"event store 'eventstoredb' is away: /);
      // What is written meanwhile waits, and is refused if it waits too long.
      const write = platform.post("/things", { id: newId(), name: "late" });
      await back;
      await write;
      told.answers.push(await untilReady(platform, 200));
      for (const path of ["/metrics", "/health", "/openapi.json"]) {
        told.answers.push(await (await fetch(platform.http + path)).text());
      }
      assert.equal(await platform.stop(), 0);
    });
    const traces = collector.texts.join("\n");
    assert.match(traces, /"receive"/, "something was traced");
    assert.match(lines.join(""), /mqtt connect refused/, "something was logged");
    const parts = told.secrets.flatMap((each) => [each, BEGINNING.exec(each)?.[0] ?? each]);
    const everything = [lines.join(""), traces, ...told.answers];
    for (const hidden of parts) {
      for (const text of everything) {
        const at = text.indexOf(hidden);
        assert.ok(at < 0, `'${hidden}' stands in: ${text.slice(Math.max(0, at - 200), at + 200)}`);
      }
    }
    assert.ok(told.secrets.length > 60);
  } finally {
    await collector.close();
    await server.close();
  }
});
