import { EngineUnreachable } from "../actors/mod.ts";
import { freePort } from "./load.ts";
import type { BenchPlatform, Device } from "./platform.ts";

const BUILD = new URL("build", import.meta.url).pathname;
/** The next major version has another path. */
const NATS_SERVER = "github.com/nats-io/nats-server/v2@latest";

/** A broker beside which the platform is measured. */
export interface Peer {
  /** As figures name it. */
  readonly name: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** What takes part in the measurements of MQTT. */
export interface MqttGround {
  readonly platform: BenchPlatform;
  readonly devices: {
    readonly things: readonly Device[];
    readonly channelIds: readonly string[];
  };
  readonly peers: readonly Peer[];
}

export interface PeerKind {
  /** Programs that must be there, by the Debian package that brings each. */
  readonly programs: Readonly<Record<string, string>>;
  start(): Promise<Peer>;
}

/** By the name that `--against` takes: each on a free port, its data in a folder that goes with it. */
export const PEERS: Readonly<Record<string, PeerKind>> = {
  "mosquitto": {
    programs: { mosquitto: "mosquitto" },
    start: () =>
      startPeer("mosquitto, in memory", {
        program: "mosquitto",
        configuration: (port) =>
          `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n` +
          "max_queued_messages 0\n",
      }),
  },
  "nats-server": {
    programs: { "nats-server": "nats-server" },
    start: () =>
      startPeer("nats-server", { program: "nats-server", configuration: natsConfiguration }),
  },
  "nats-server-latest": {
    programs: { go: "golang-go" },
    async start() {
      const { program, version } = await newestNatsServer();
      return await startPeer(`nats-server ${version}`, {
        program,
        configuration: natsConfiguration,
      });
    },
  },
};

function natsConfiguration(port: number, folder: string): string {
  return `server_name: bench\nlisten: "127.0.0.1:-1"\njetstream { store_dir: "${folder}" }\n` +
    `mqtt { listen: "127.0.0.1:${port}" }\n`;
}

/**
 * Built from the module proxy, because what Debian packages is years behind. A Go of 1.21 or newer
 * fetches the toolchain that the source asks for; one before it can only say that it is too old.
 */
async function newestNatsServer(): Promise<{
  readonly program: string;
  readonly version: string;
}> {
  const built = await new Deno.Command("go", {
    args: ["install", NATS_SERVER],
    env: { GOBIN: BUILD, GOTOOLCHAIN: "auto" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!built.success) {
    throw new EngineUnreachable(
      `Cannot build '${NATS_SERVER}': a Go of 1.21 or newer and its module proxy are needed: ` +
        new TextDecoder().decode(built.stderr).trim(),
    );
  }
  const program = `${BUILD}/nats-server`;
  const { stdout } = await new Deno.Command(program, { args: ["--version"] }).output();
  const [version = ""] = /v[\d.]+/.exec(new TextDecoder().decode(stdout)) ?? [];
  return { program, version };
}

async function startPeer(
  name: string,
  { program, configuration }: {
    readonly program: string;
    readonly configuration: (port: number, folder: string) => string;
  },
): Promise<Peer> {
  const port = freePort();
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/conf`, configuration(port, folder));
  const path = await exists(`/usr/sbin/${program}`) ? `/usr/sbin/${program}` : program;
  const child = new Deno.Command(path, {
    args: ["-c", `${folder}/conf`],
    stdout: "null",
    stderr: "null",
  }).spawn();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return {
    name,
    port,
    async stop() {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
