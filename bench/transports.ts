/**
 * `deno run -A bench/transports.ts`: how fast clients connect by TCP, by TLS with a certificate of
 * their own and by WebSocket, and how much memory an idle connection of each takes. The clients run
 * in a process of their own on the same machine.
 */
import { Authority, withPems } from "../tests/protocols/sockets/authority.ts";
import type { Connected, Connecting } from "./connector.ts";
import { type BenchPlatform, fleet, startPlatform } from "./platform.ts";
import { type Figure, median, table } from "./report.ts";

const CONNECTIONS = 3_000;
/** A whole fleet that is connected and says nothing. */
const FLEET = 20_000;
/** Files that a process has open beside its connections. */
const FILES_BESIDE = 100;
const CONCURRENCY = 32;
const ROUNDS = 3;
/** After which a garbage collection may have been. */
const REST_MS = 4_000;

interface Pems {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

type Transport = Connecting["transport"];

async function main(): Promise<void> {
  const authority = await Authority.make();
  const server = await authority.issue({ subject: "CN=server", names: ["127.0.0.1", "localhost"] });
  const device = await authority.issue({ subject: "CN=device" });
  const pems = { cert: server.cert, key: server.key, ca: authority.cert };
  const figures: Figure[] = [];
  await withPems(pems, async (path) => {
    const flags = [
      ...["--tls-cert", path("cert"), "--tls-key", path("key"), "--tls-client-ca", path("ca")],
      ...["--mqtts-port", "0", "--https-port", "0"],
    ];
    const shown = { ca: authority.cert, cert: device.cert, key: device.key };
    for (const transport of ["tcp", "tls", "websocket"] as const) {
      const measured: { rate: number; bytes: number }[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        measured.push(
          await measure(transport, {
            flags,
            pems: shown,
            device: device.fingerprint,
            count: CONNECTIONS,
          }),
        );
      }
      figures.push(
        {
          name: `${NAMES[transport]}, connects`,
          value: median(measured.map(({ rate }) => rate)),
          unit: "1/s",
          goal: GOALS[transport],
        },
        {
          name: `${NAMES[transport]}, an idle connection`,
          value: median(measured.map(({ bytes }) => bytes)) / 1_024,
          unit: "KiB",
        },
      );
    }
    figures.push(await wholeFleet({ flags, pems: shown, device: device.fingerprint }));
  });
  Deno.stdout.writeSync(new TextEncoder().encode(table(figures)));
}

const NAMES: Readonly<Record<Transport, string>> = {
  tcp: "TCP with a key",
  tls: "TLS 1.3 with a client certificate",
  websocket: "WebSocket with a key",
};
const GOALS: Readonly<Record<Transport, string>> = {
  tcp: ">= 3,000",
  tls: ">= 500",
  websocket: "",
};

interface Measuring {
  readonly flags: readonly string[];
  readonly pems: Pems;
  /** Fingerprint of the clients' certificate. */
  readonly device: string;
}

/** As many as the limit of open files lets a process have, if that is less. */
async function wholeFleet(measuring: Measuring): Promise<Figure> {
  const limits = await Deno.readTextFile("/proc/self/limits");
  const filesMax = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? FLEET);
  const count = Math.min(FLEET, filesMax - FILES_BESIDE);
  const { allBytes } = await measure("tcp", { ...measuring, count });
  const name = `memory with ${count.toLocaleString("en")} connections by TCP`;
  return { name, value: allBytes / 1_000_000, unit: "MB", goal: "< 600" };
}

/** One round on a platform of its own, because memory that was taken once is not given back. */
async function measure(
  transport: Transport,
  { flags, pems, device, count }: Measuring & { readonly count: number },
): Promise<{ readonly rate: number; readonly bytes: number; readonly allBytes: number }> {
  const folder = await Deno.makeTempDir({ prefix: "millrace-transports-" });
  const platform = await startPlatform(folder, { flags });
  try {
    const { things: [thing] } = await fleet(platform, { things: 1, channels: 1 });
    await platform.post(`/things/${thing!.id}/certificates`, { fingerprint: device });
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const before = await residentBytes(platform.pid);
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        new URL("connector.ts", import.meta.url).pathname,
        JSON.stringify(
          {
            transport,
            port: await portOf(platform, transport),
            count,
            concurrency: CONCURRENCY,
            username: thing!.id,
            password: transport === "tls" ? "" : thing!.key,
            ...pems,
          } satisfies Connecting,
        ),
      ],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    const { seconds } = JSON.parse(new TextDecoder().decode(value)) as Connected;
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const after = await residentBytes(platform.pid);
    await child.stdin.close();
    await reader.cancel();
    await child.status;
    return { rate: count / seconds, bytes: (after - before) / count, allBytes: after };
  } finally {
    await platform.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

async function portOf(platform: BenchPlatform, transport: Transport): Promise<number> {
  const ready = JSON.parse(await Deno.readTextFile(`${platform.folder}/ready.json`));
  const address = { tcp: ready.mqtt, tls: ready.mqtts, websocket: ready.http }[transport];
  return Number(new URL(address).port);
}

async function residentBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) * 1_024;
}

if (import.meta.main) await main();
