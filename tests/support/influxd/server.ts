import { freePort } from "../../../bench/load.ts";
import type { InfluxSettings } from "../../../projections/mod.ts";
import { influxdPath, isThere } from "./build.ts";
import { EngineMissing } from "./engine_missing.ts";

/** Milliseconds until it must answer. */
const START_MS_MAX = 30_000;
const ORG = "mill";

export interface Influxd {
  readonly port: number;
  readonly url: string;
  readonly org: string;
  readonly token: string;
  /** Undefined while it is stopped. */
  pid(): number | undefined;
  /** Where everything lies that it keeps. */
  readonly folder: string;
  /** For a bucket of that name; through another port if a proxy stands in between. */
  settings(bucket: string, more?: Partial<InfluxSettings>): InfluxSettings;
  /** Any call of its API; throws if it is refused. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Ends it: SIGKILL as a crash does, SIGINT as an operator. */
  stop(signal: "SIGKILL" | "SIGINT"): Promise<void>;
  /** Starts it again on the same port with what it kept. */
  start(): Promise<void>;
  /** Stops it and removes what it kept. */
  close(): Promise<void>;
}

/** Certificate and key, and who issued them, as PEM. */
export interface InfluxdTls {
  readonly cert: string;
  readonly key: string;
  readonly authority: string;
}

/** Starts it on an empty folder; over TLS if it is given a certificate for 127.0.0.1. */
export async function startInfluxd(
  { tls }: { readonly tls?: InfluxdTls } = {},
): Promise<Influxd> {
  const program = await influxdPath();
  if (!await isThere(program)) {
    throw new EngineMissing(`Cannot start influxd, which is not at '${program}': it is built by \
'deno task test:engines'`);
  }
  const folder = await Deno.makeTempDir({ prefix: "influxd-" });
  const port = freePort();
  const url = `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  const client = Deno.createHttpClient({ caCerts: tls === undefined ? [] : [tls.authority] });
  const flags = tls === undefined ? [] : await tlsFlags(folder, tls);
  const token = crypto.randomUUID();
  let child: Deno.ChildProcess | undefined;
  const start = async () => {
    child = spawned(program, { folder, port, flags });
    await answering(url, client);
  };
  const stop = async (signal: "SIGKILL" | "SIGINT") => {
    child?.kill(signal);
    await child?.status;
    child = undefined;
  };
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(url + path, {
      method,
      client,
      headers: { authorization: `Token ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new EngineMissing(`Cannot ${method} ${path}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  await start();
  await call("POST", "/api/v2/setup", {
    ...{ username: "miller", password: crypto.randomUUID(), token },
    ...{ org: ORG, bucket: "unused" },
  });
  return {
    port,
    url,
    org: ORG,
    token,
    folder,
    pid: () => child?.pid,
    settings: (bucket, more = {}) => ({ url, org: ORG, bucket, token, ...more }),
    call,
    start,
    stop,
    async close() {
      await stop("SIGINT");
      client.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function tlsFlags(folder: string, { cert, key }: InfluxdTls): Promise<readonly string[]> {
  await Deno.writeTextFile(`${folder}/cert.pem`, cert);
  await Deno.writeTextFile(`${folder}/key.pem`, key);
  return ["--tls-cert", `${folder}/cert.pem`, "--tls-key", `${folder}/key.pem`];
}

function spawned(
  program: string,
  { folder, port, flags }: {
    readonly folder: string;
    readonly port: number;
    readonly flags: readonly string[];
  },
): Deno.ChildProcess {
  return new Deno.Command(program, {
    args: [
      ...["--http-bind-address", `127.0.0.1:${port}`],
      ...["--bolt-path", `${folder}/influxd.bolt`, "--sqlite-path", `${folder}/influxd.sqlite`],
      ...["--engine-path", `${folder}/engine`, "--log-level", "error"],
      ...["--reporting-disabled", "--no-tasks"],
      ...flags,
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
}

async function answering(url: string, client: Deno.HttpClient): Promise<void> {
  const untilMs = performance.now() + START_MS_MAX;
  for (;;) {
    const passes = await fetch(`${url}/health`, { client }).then(async (response) => {
      await response.body?.cancel();
      return response.ok;
    }, () => false);
    if (passes) return;
    if (performance.now() > untilMs) {
      throw new EngineMissing(`Cannot start influxd at '${url}': it does not answer`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
