import assert from "node:assert/strict";
import { request } from "node:https";
import { freePort } from "../../bench/load.ts";
import { type BenchPlatform, type Device, startPlatform } from "../../bench/platform.ts";
import { newId } from "../../actors/mod.ts";
import { withConfigured } from "../e2e/nginx.ts";
import { withFolder } from "../e2e/program.ts";
import { Authority, type Identity, withPems } from "../protocols/sockets/authority.ts";
import { fitted } from "./fitted.ts";

export const authority: Authority = await Authority.make();
export const front: Identity = await authority.issue({
  subject: "CN=front",
  names: ["localhost", "127.0.0.1"],
});

/** The address of devices, which is not nginx's. */
export const AWAY = "127.0.0.5";

/**
 * Programs that each do everything and know nothing of one another, in the places of a cluster: what
 * one of them answers, the others could not. The second API node is down.
 */
export interface Cluster {
  /** Both know the thing, under ids and a key that the API node does not know. */
  readonly edges: readonly [BenchPlatform, BenchPlatform];
  readonly api: BenchPlatform;
  readonly thing: Device;
  readonly channelId: string;
  /** What nginx listens on. */
  readonly ports: { readonly https: number; readonly mqtts: number; readonly mqtt: number };
  /** As a crash ends one of them. */
  kill(node: BenchPlatform): Promise<void>;
  /** One request by HTTPS. */
  ask(path: string, options?: Asking): Promise<Told>;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** Which node answered, by its place. */
  readonly by: string | undefined;
}

export async function withCluster(test: (cluster: Cluster) => Promise<void>): Promise<void> {
  await withFolder((folder) =>
    withPems({ cert: front.cert, key: front.key }, async (path) => {
      const trusting = { flags: ["--proxy-from", "127.0.0.1"] };
      const started = await Promise.all([
        startPlatform(`${folder}/edge-1`, trusting),
        startPlatform(`${folder}/edge-2`, trusting),
        startPlatform(`${folder}/api-1`),
      ]);
      const [first, second, api] = started;
      const killed = new Set<BenchPlatform>();
      const operators = ["prometheus", "grafana"].map(standIn);
      try {
        const edges = [first, second] as const;
        const [thing, channelId] = await sameThing(edges);
        const ports = { https: freePort(), mqtts: freePort(), mqtt: freePort() };
        const places = placesOf({ edges, api, operators });
        const configured = await fitted("nginx.cluster.conf", {
          places: {
            "/etc/nginx/certs/fullchain.pem": path("cert"),
            "/etc/nginx/certs/privkey.pem": path("key"),
            ...places,
          },
          ports: { 443: ports.https, 8883: ports.mqtts, 1883: ports.mqtt },
          more: "add_header Answered-By $upstream_addr always;",
        });
        const placeOf = (address: string) =>
          Object.keys(places).find((place) => places[place] === address);
        const ask = asking(ports.https, placeOf);
        await withConfigured(
          configured,
          () =>
            test({
              edges,
              api,
              thing,
              channelId,
              ports,
              ask,
              kill: (node) => node.kill().then(() => void killed.add(node)),
            }),
        );
      } finally {
        await Promise.all(operators.map((operator) => operator.shutdown()));
        const left = started.filter((each) => !killed.has(each));
        for (const code of await Promise.all(left.map((each) => each.stop()))) {
          assert.equal(code, 0);
        }
      }
    })
  );
}

type HttpServer = Deno.HttpServer<Deno.NetAddr>;

function placesOf({ edges, api, operators }: {
  readonly edges: readonly BenchPlatform[];
  readonly api: BenchPlatform;
  readonly operators: readonly HttpServer[];
}): Readonly<Record<string, string>> {
  const http = ({ http }: BenchPlatform) => new URL(http).host;
  const [prometheus, grafana] = operators.map(({ addr }) => `127.0.0.1:${addr.port}`);
  return {
    "edge-1:1883": `127.0.0.1:${edges[0]!.mqttPort}`,
    "edge-2:1883": `127.0.0.1:${edges[1]!.mqttPort}`,
    "edge-1:8080": http(edges[0]!),
    "edge-2:8080": http(edges[1]!),
    "api-1:8080": http(api),
    "api-2:8080": `127.0.0.1:${freePort()}`,
    "prometheus:9090": prometheus!,
    "grafana:3000": grafana!,
  };
}

/** Neither Prometheus nor Grafana: says what either would have been asked. */
function standIn(name: string): HttpServer {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (asked) =>
    Response.json({
      name,
      path: new URL(asked.url).pathname,
      headers: Object.fromEntries(asked.headers),
    }));
}

/** Creates it at both, with what only the two of them know. */
async function sameThing(
  edges: readonly BenchPlatform[],
): Promise<readonly [Device, string]> {
  const thing = { id: newId(), key: newId() };
  const channelId = newId();
  for (const edge of edges) {
    await edge.post("/things", { ...thing, name: "meter" });
    await edge.post("/channels", { id: channelId, name: "readings" });
    await edge.post("/connect", { thing_ids: [thing.id], channel_ids: [channelId] });
  }
  return [thing, channelId];
}

/** By the module of Node, because `fetch` sends no `Upgrade` and no cookies. */
function asking(
  port: number,
  placeOf: (address: string) => string | undefined,
): Cluster["ask"] {
  return (path, { method = "GET", headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, path, method, headers, ca: authority.cert };
      const asked = request(options, (answer) => {
        const parts: Uint8Array[] = [];
        answer.on("data", (part: Uint8Array) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          const tried = String(answer.headers["answered-by"] ?? "").split(", ").at(-1)!;
          resolve({
            status: answer.statusCode!,
            headers: answer.headers,
            text: new TextDecoder().decode(Uint8Array.from(parts.flatMap((part) => [...part]))),
            by: placeOf(tried)?.replace(/:.*/, ""),
          });
        });
      });
      asked.on("upgrade", (answer, socket) => {
        socket.destroy();
        const tried = String(answer.headers["answered-by"]);
        resolve({
          status: answer.statusCode!,
          headers: answer.headers,
          text: "",
          by: placeOf(tried)?.replace(/:.*/, ""),
        });
      });
      asked.on("error", reject);
      asked.end(body);
    });
}
