import assert from "node:assert/strict";
import mqtt from "mqtt";
import type { BenchPlatform, Device } from "../../bench/platform.ts";
import { run } from "../protocols/mqtt/programs.ts";
import { authority, AWAY, withCluster } from "./cluster.ts";

const SENML = { "content-type": "application/senml+json" };
const WEBSOCKET = {
  connection: "upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** What is not recorded by then will never be, in milliseconds. */
const RECORDED_MS_MAX = 10_000;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** What of it every edge that saw one kept, as that edge tells it. */
async function told(edge: BenchPlatform, path: string): Promise<Record<string, unknown[]>> {
  const response = await fetch(`${edge.http}${path}`, { headers: bearer(edge.token) });
  assert.equal(response.status, 200);
  return await response.json();
}

Deno.test("cluster nginx: leads devices to the edges, and everything else to the API nodes", () =>
  withCluster(async ({ ask, channelId, thing, api }) => {
    const channel = `channels/${channelId}/messages`;
    const routes: readonly (readonly [string, string, string, Record<string, string>?])[] = [
      ["edge", "POST", `/${channel}`],
      ["edge", "POST", `/${channel}/a/b`],
      ["edge", "POST", `/${channel}/live`],
      ["edge", "POST", `/http/${channel}`],
      ["edge", "POST", `/http/${channel}/a%2Fb`],
      ["edge", "HEAD", `/${channel}/live`],
      ["edge", "HEAD", `/${channel}/live?subtopic=a`],
      ["edge", "GET", `/${channel}`, WEBSOCKET],
      ["edge", "GET", `/${channel}/a`, { ...WEBSOCKET, upgrade: "WebSocket" }],
      ["edge", "GET", `/ws/${channel}`, WEBSOCKET],
      ["edge", "GET", "/mqtt", { ...WEBSOCKET, "sec-websocket-protocol": "mqtt" }],
      ["api", "GET", `/${channel}`],
      ["api", "GET", `/${channel}?limit=1`],
      ["api", "GET", `/${channel}/last`],
      ["api", "GET", `/${channel}/raw`],
      ["api", "GET", `/channels/${channelId}`],
      ["api", "GET", `/channels/${channelId}/history`],
      ["api", "PUT", `/channels/${channelId}`],
      ["api", "POST", "/channels"],
      ["api", "POST", "/things"],
      ["api", "POST", "/tokens"],
      ["api", "GET", "/health"],
      ["api", "GET", "/docs"],
      ["api", "GET", "/openapi.json"],
      ["api", "GET", "/"],
    ];
    for (const [kind, method, path, headers = {}] of routes) {
      const authorization = `Thing ${thing.key}`;
      const { by, status } = await ask(path, { method, headers: { authorization, ...headers } });
      assert.match(String(by), new RegExp(`^${kind}-\\d$`), `${method} ${path}: ${status}`);
    }
    const health = await ask("/health");
    assert.deepEqual([health.status, health.by], [200, "api-1"], "the other one is down");
    const made = await ask("/things", {
      method: "POST",
      headers: { ...bearer(api.token), "content-type": "application/json" },
      body: JSON.stringify({ name: "made through nginx" }),
    });
    assert.equal(made.status, 201, made.text);
  }));

Deno.test("cluster nginx: spreads messages and connections over the edges, which learn devices' addresses", () =>
  withCluster(async ({ ask, edges, thing, channelId, ports }) => {
    const path = `/channels/${channelId}/messages`;
    const headers = { ...SENML, authorization: `Thing ${thing.key}` };
    for (let n = 0; n < 8; n++) {
      const body = JSON.stringify([{ n: "t", v: n }]);
      assert.equal((await ask(path, { method: "POST", headers, body })).status, 202);
    }
    const kept = await Promise.all(
      edges.map(async (edge) => (await told(edge, `${path}/raw`))["messages"]!.length),
    );
    assert.equal(kept[0]! + kept[1]!, 8);
    assert.ok(Math.min(...kept) > 0, `both took some: ${kept}`);
    const options = {
      username: thing.id,
      password: thing.key,
      ca: authority.cert,
      reconnectPeriod: 0,
      // Goes on to the socket, although the type of the options does not name it.
      localAddress: AWAY,
    };
    const held = await mqtt.connectAsync(`mqtts://127.0.0.1:${ports.mqtts}`, options);
    const { code, said } = await run("mosquitto_pub", { port: ports.mqtt }, [
      ...["-A", AWAY, "-u", thing.id, "-P", thing.key, "-q", "1"],
      ...["-t", path.slice(1), "-m", "to the one that has fewer connections"],
    ]);
    assert.equal(code, 0, said);
    const addresses = await Promise.all(edges.map((edge) => addressesAt(edge, thing)));
    assert.deepEqual(addresses, [[AWAY], [AWAY]]);
    await held.endAsync();
  }));

/** Where sessions of the thing came from, once the edge has recorded one. */
async function addressesAt(edge: BenchPlatform, thing: Device): Promise<readonly string[]> {
  const untilMs = performance.now() + RECORDED_MS_MAX;
  for (;;) {
    const { sessions } = await told(edge, `/things/${thing.id}/sessions`);
    const addresses = (sessions as { address: string }[]).map(({ address }) => address);
    if (addresses.length > 0) return addresses.map((address) => address.replace(/:\d+$/, ""));
    assert.ok(performance.now() < untilMs, "no session was recorded");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("cluster nginx: a live stream and a WebSocket stay open and carry messages at once", () =>
  withCluster(async ({ edges, thing, channelId, ports }) => {
    const client = Deno.createHttpClient({ caCerts: [authority.cert] });
    const authorization = `Thing ${thing.key}`;
    const path = `/channels/${channelId}/messages`;
    const live = await fetch(`https://127.0.0.1:${ports.https}${path}/live`, {
      headers: { authorization },
      client,
    });
    const heard = live.body!.pipeThrough(new TextDecoderStream()).getReader();
    assert.match((await heard.read()).value!, /^: listening/);
    const publish = async () => {
      for (const { http } of edges) {
        const headers = { ...SENML, authorization };
        const body = JSON.stringify([{ n: "t", v: 21 }]);
        const { status } = await fetch(http + path, { method: "POST", headers, body });
        assert.equal(status, 202);
      }
    };
    await publish();
    assert.match((await heard.read()).value!, /^event: message\n/);
    await heard.cancel();
    client.close();
    const subscriber = await mqtt.connectAsync(`wss://127.0.0.1:${ports.https}/mqtt`, {
      username: thing.id,
      password: thing.key,
      ca: authority.cert,
      reconnectPeriod: 0,
    });
    const message = new Promise((resolve) => subscriber.once("message", resolve));
    await subscriber.subscribeAsync(path.slice(1), { qos: 1 });
    await publish();
    assert.equal(await message, path.slice(1));
    await subscriber.endAsync();
  }));

Deno.test("cluster nginx: a body that no route could take is not taken in", () =>
  withCluster(async ({ ask, api }) => {
    const headers = { ...bearer(api.token), "content-type": "application/json" };
    const larger = await ask("/things", { method: "POST", headers, body: "x".repeat(1_200_000) });
    assert.equal(larger.status, 413);
    assert.match(larger.text, /at most 1048576 bytes are allowed/, "the platform says why");
    const huge = await ask("/things", { method: "POST", headers, body: "x".repeat(2_200_000) });
    assert.deepEqual([huge.status, huge.by], [413, undefined]);
  }));

Deno.test("cluster nginx: an edge that dies is left for the other one", () =>
  withCluster(async ({ ask, edges, thing, channelId, ports, kill }) => {
    await kill(edges[0]);
    const headers = { ...SENML, authorization: `Thing ${thing.key}` };
    for (let n = 0; n < 4; n++) {
      const body = JSON.stringify([{ n: "t", v: n }]);
      const answer = await ask(`/channels/${channelId}/messages`, {
        method: "POST",
        headers,
        body,
      });
      assert.deepEqual([answer.status, answer.by], [202, "edge-2"]);
    }
    for (let n = 0; n < 2; n++) {
      const { code, said } = await run("mosquitto_pub", { port: ports.mqtt }, [
        ...["-u", thing.id, "-P", thing.key, "-q", "1"],
        ...["-t", `channels/${channelId}/messages`, "-m", "after"],
      ]);
      assert.equal(code, 0, said);
    }
  }));
