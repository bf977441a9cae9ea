import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { freePorts } from "../../bench/load.ts";
import { withFolder } from "./program.ts";

/** Where Debian's packages put them. */
const PROGRAM = "/usr/sbin/nginx";
const STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so";
/** An nginx that does not serve by then never will, in milliseconds. */
const READY_MS_MAX = 10_000;

/** The two addresses that nginx connects from: a platform may name the one and not the other. */
export const NAMED = "127.0.0.1";
export const STRANGE = "127.0.0.9";

export interface Upstream {
  /** Ports of the platform. */
  readonly mqtt: number;
  readonly mqtts: number;
  readonly http: number;
  /** PEM files of what nginx shows where it ends TLS. */
  readonly cert: string;
  readonly key: string;
}

/** What nginx listens on. */
const PORTS = {
  /** MQTT, from the address that is named, with the PROXY header. */
  mqtt: 0,
  /** The same with TLS, which ends here. */
  mqtts: 0,
  /** TLS that is led through to the MQTTS port, with the PROXY header. */
  led: 0,
  /** MQTT from the address that is not named: with the header, and without it. */
  strange: 0,
  plain: 0,
  /** HTTP and WebSockets, from the address that is not named. */
  http: 0,
  https: 0,
};

export type Ports = Readonly<typeof PORTS>;

/** Runs Debian's nginx before a platform, in a folder of its own, until the test has ended. */
export async function withNginx(
  upstream: Upstream,
  test: (ports: Ports) => Promise<void>,
): Promise<void> {
  const names = Object.keys(PORTS);
  const free = freePorts(names.length);
  const ports = Object.fromEntries(names.map((name, at) => [name, free[at]!])) as Ports;
  await withConfigured((folder) => configuration(folder, { upstream, ports }), () => test(ports));
}

/** The same, with a configuration that is made for the folder, and writes `<folder>/nginx.pid`. */
export async function withConfigured(
  made: (folder: string) => string,
  test: () => Promise<void>,
): Promise<void> {
  for (const path of [PROGRAM, STREAM_MODULE]) {
    await Deno.stat(path).catch(() =>
      assert.fail(`${path} is missing, install it: apt-get install -y nginx libnginx-mod-stream`)
    );
  }
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/nginx.conf`, made(folder));
    const args = ["-p", folder, "-c", `${folder}/nginx.conf`, "-e", "stderr"];
    const checked = await new Deno.Command(PROGRAM, { args: ["-t", ...args] }).output();
    assert.ok(checked.success, Buffer.from(checked.stderr).toString());
    const child = new Deno.Command(PROGRAM, {
      args: [...args, "-g", "daemon off;"],
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await listening(`${folder}/nginx.pid`);
      await test();
    } finally {
      child.kill("SIGTERM");
      await child.status;
    }
  });
}

/** Its ports are open before it writes the file. */
async function listening(pidFile: string): Promise<void> {
  const untilMs = performance.now() + READY_MS_MAX;
  while (await Deno.readTextFile(pidFile).catch(() => "") === "") {
    assert.ok(performance.now() < untilMs, "nginx has not started");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What a configuration begins with here. */
export function headOf(folder: string): string {
  const user = Deno.uid() === 0 ? "user root;" : "";
  return `load_module ${STREAM_MODULE}; ${user} pid ${folder}/nginx.pid;`;
}

/** What its `http` begins with. */
export function temporaryPaths(folder: string): string {
  const all = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return all.map((what) => `${what}_temp_path ${folder}/${what};`).join(" ");
}

function configuration(
  folder: string,
  { upstream, ports }: { readonly upstream: Upstream; readonly ports: Ports },
): string {
  const { cert, key } = upstream;
  return `
${headOf(folder)}
worker_processes 1;
events { worker_connections 256; }
stream {
  ssl_certificate ${cert};
  ssl_certificate_key ${key};
  ${streams({ upstream, ports })}
}
http {
  access_log off;
  ${temporaryPaths(folder)}
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${ports.http};
    listen 127.0.0.1:${ports.https} ssl;
    ssl_certificate ${cert};
    ssl_certificate_key ${key};
    location / {
      proxy_pass http://127.0.0.1:${upstream.http};
      proxy_bind ${STRANGE};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Real-IP $remote_addr;
    }
  }
}
`;
}

function streams(
  { upstream: { mqtt, mqtts }, ports }: { readonly upstream: Upstream; readonly ports: Ports },
): string {
  const server = (listen: string, to: number, lines: string) =>
    `server { listen 127.0.0.1:${listen}; proxy_pass 127.0.0.1:${to}; ${lines} }`;
  const named = `proxy_bind ${NAMED}; proxy_protocol on;`;
  return [
    server(`${ports.mqtt}`, mqtt, named),
    server(`${ports.mqtts} ssl`, mqtt, named),
    server(`${ports.led}`, mqtts, named),
    server(`${ports.strange}`, mqtt, `proxy_bind ${STRANGE}; proxy_protocol on;`),
    server(`${ports.plain}`, mqtt, `proxy_bind ${STRANGE};`),
  ].join("\n  ");
}
