import assert from "node:assert/strict";
import { request } from "node:https";
import { silentLogger, systemClock } from "../../../actors/mod.ts";
import { type HttpServer, serveHttp, serveHttps } from "../../../protocols/http/mod.ts";
import { Certificates } from "../../../protocols/sockets/mod.ts";
import { Authority, withPems } from "../sockets/authority.ts";
import { openStation, type Station } from "./messages.ts";

const authority = await Authority.make();
const server = await authority.issue({ subject: "CN=server", names: ["localhost", "127.0.0.1"] });
const LOCAL = { hostname: "127.0.0.1", port: 0, logger: silentLogger } as const;

interface Secured {
  readonly station: Station;
  readonly http: HttpServer;
  readonly url: string;
  readonly certificates: Certificates;
  readonly path: (name: string) => string;
  /** Trusts the authority. */
  readonly client: Deno.HttpClient;
}

async function withHttps(test: (it: Secured) => Promise<void>): Promise<void> {
  await withPems({ cert: server.cert, key: server.key }, async (path) => {
    const station = await openStation();
    const ground = { clock: systemClock, logger: silentLogger };
    const files = { certs: [path("cert")], keys: [path("key")] };
    const certificates = await Certificates.open(files, ground);
    const http = serveHttp(station.app, LOCAL);
    const https = await serveHttps(http, { ...LOCAL, ...ground, certificates });
    const client = Deno.createHttpClient({ caCerts: [authority.cert] });
    try {
      await test({ station, http, url: https.url, certificates, path, client });
    } finally {
      client.close();
      https.stop();
      await http.close(1_000);
      certificates.close();
      await station.close();
    }
  });
}

/** A request on a connection of its own, and the address that it came from. */
function asked(
  url: string,
  options: { readonly method: string; readonly headers: Record<string, string>; body: string },
): Promise<{ readonly status: number; readonly from: string }> {
  return new Promise((resolve, reject) => {
    const { method, headers, body } = options;
    const sent = request(url, { method, headers, ca: authority.cert, agent: false }, (answer) => {
      const { localAddress, localPort } = answer.socket;
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, from: `${localAddress}:${localPort}` });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

Deno.test("https: serves what http serves, and the log holds the address of whoever asked", () =>
  withHttps(async ({ station, url }) => {
    assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/);
    const { status, from } = await asked(`${url}/things/${station.thing.id}`, {
      method: "PUT",
      headers: {
        authorization: `Bearer ${station.adminToken}`,
        "content-type": "application/json",
      },
      body: '{"name":"by tls"}',
    });
    assert.equal(status, 200);
    const { body } = await station.ask("GET", `/things/${station.thing.id}/history`);
    assert.equal(body.events[0].data.name, "by tls");
    assert.equal(body.events[0].via.address, from);
  }));

Deno.test("https: bodies pass both ways, many at once, and too large ones are refused", () =>
  withHttps(async ({ station, url, client }) => {
    const payloads = Array.from(
      { length: 8 },
      (_, n) => crypto.getRandomValues(new Uint8Array(60_000)).fill(n, 0, 10_000),
    );
    await Promise.all(payloads.map(async (body) => {
      const answer = await fetch(url + station.path, {
        method: "POST",
        headers: {
          authorization: `Thing ${station.thing.key}`,
          "content-type": "application/octet-stream",
        },
        body,
        client,
      });
      assert.equal(answer.status, 202, await answer.text());
    }));
    const raw = await fetch(`${url}${station.path}/raw?limit=100`, {
      headers: { authorization: `Bearer ${station.adminToken}` },
      client,
    });
    const { messages } = await raw.json();
    assert.equal(messages.length, payloads.length);
    const large = await fetch(`${url}/things`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"name":"${"x".repeat(1024 * 1024)}"}`,
      client,
    });
    assert.equal(large.status, 413);
    await large.body?.cancel();
  }));

Deno.test("https: a live stream brings messages as they come, and ends when its reader leaves", () =>
  withHttps(async ({ station, url, client, http }) => {
    const live = await fetch(`${url}${station.path}/live`, {
      headers: { authorization: `Bearer ${station.adminToken}` },
      client,
    });
    const reader = live.body!.pipeThrough(new TextDecoderStream()).getReader();
    await station.publish([{ n: "t", v: 1 }]);
    let text = "";
    while (!text.includes("payload")) text += (await reader.read()).value ?? "";
    assert.match(text, /event: message|data: /);
    assert.equal(http.relayed.size, 1);
    await reader.cancel();
  }));

Deno.test("https: new files are shown to new connections, and open ones go on", () =>
  withHttps(async ({ url, certificates, path, client }) => {
    const health = async (by: Deno.HttpClient) => {
      const answer = await fetch(`${url}/health`, { client: by });
      await answer.body?.cancel();
      return answer.status;
    };
    assert.equal(await health(client), 200);
    const other = await Authority.make("another");
    const next = await other.issue({ subject: "CN=next", names: ["127.0.0.1"] });
    await Deno.writeTextFile(path("cert"), next.cert);
    await Deno.writeTextFile(path("key"), next.key);
    assert.equal(await certificates.check(), true);
    // The connection of before is kept alive, and trusts what it saw.
    assert.equal(await health(client), 200);
    const old = Deno.createHttpClient({ caCerts: [authority.cert] });
    await assert.rejects(health(old));
    old.close();
    const fresh = Deno.createHttpClient({ caCerts: [other.cert] });
    assert.equal(await health(fresh), 200);
    fresh.close();
  }));

Deno.test("https: what is no TLS is closed", () =>
  withHttps(async ({ url, client }) => {
    const { port } = new URL(url);
    const stranger = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    await stranger.write(new TextEncoder().encode("GET /health HTTP/1.1\r\nhost: x\r\n\r\n"));
    const bytes = new Uint8Array(1_024);
    let said = "";
    for (;;) {
      const count = await stranger.read(bytes).catch(() => null);
      if (count === null) break;
      said += new TextDecoder().decode(bytes.subarray(0, count));
    }
    stranger.close();
    assert.doesNotMatch(said, /HTTP/);
    const answer = await fetch(`${url}/health`, { client });
    assert.equal(answer.status, 200);
    await answer.body?.cancel();
  }));
