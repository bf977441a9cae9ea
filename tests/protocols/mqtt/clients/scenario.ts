import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { dirname } from "node:path";
import { CHANNEL_A, THING_1 } from "../installation.ts";
import { RealLog } from "../real_log.ts";

/** A client that speaks both versions: `<program> port version username password topic`. */
export interface RealClient {
  readonly name: string;
  /** True if its library keeps to itself whether MQTT 5.0 said that there was a session. */
  readonly hidesPresent?: true;
  /** How to get it, for whoever has not. */
  readonly wanted: string;
  /** Answers what to start: built or found; throws Deno.errors.NotFound if something is missing. */
  readonly command: () => Promise<readonly [program: string, ...args: string[]]>;
}

export const TOPIC = `channels/${CHANNEL_A}/messages/real`;

/** What MQTT 5.0 carries beside the payload, the same way back. */
const PROPERTIES = " type=text/plain response=answers correlation=c user=k:v";

/**
 * What a client says that publishes at each QoS and subscribes at QoS 2 to the same topic, then
 * leaves a durable session, and finds there what another client published at QoS 1 meanwhile.
 */
export function whatItSays(version: 4 | 5): readonly string[] {
  const said = version === 5 ? PROPERTIES : "";
  return [
    ...["0 zero", "1 one", "2 two"].map((message) => message + said),
    "present false",
    "present true",
    `1 missed${said}`,
  ];
}

/** A client that is led step by step, where its own language is ours. */
export interface LedClient {
  /** Whether there was a session. */
  connected(): Promise<boolean>;
  subscribe(qos: 1 | 2): Promise<void>;
  /** With the properties that the scenario tells, in MQTT 5.0. */
  publish(qos: 0 | 1 | 2, payload: string): Promise<void>;
  /** The next message, as the scenario tells it. */
  next(): Promise<string>;
  end(): Promise<void>;
}

/** Leads clients through the scenario, and answers what they said. */
export async function converse(
  open: (as: { readonly clientId: string; readonly clean: boolean }) => Promise<LedClient>,
): Promise<readonly string[]> {
  const said: string[] = [];
  const client = await open({ clientId: "exchange", clean: true });
  await client.subscribe(2);
  for (const [qos, payload] of ["zero", "one", "two"].entries()) {
    await client.publish(qos as 0 | 1 | 2, payload);
    said.push(await client.next());
  }
  await client.end();
  const durable = { clientId: "durable", clean: false };
  const first = await open(durable);
  said.push(`present ${await first.connected()}`);
  await first.subscribe(1);
  await first.end();
  const other = await open({ clientId: "other", clean: true });
  await other.publish(1, "missed");
  await other.end();
  const again = await open(durable);
  said.push(`present ${await again.connected()}`, await again.next());
  await again.end();
  return said;
}

/** One test for each version of MQTT. */
export function testClient({ name, wanted, command, hidesPresent }: RealClient): void {
  for (const version of [4, 5] as const) {
    const spoken = version === 4 ? "3.1.1" : "5.0";
    Deno.test(`${name}: MQTT ${spoken} at every QoS, and a durable session`, async () => {
      await withServer(async (port) => {
        const [program, ...args] = await command().catch((error) => missing(error, wanted));
        const { stdout, stderr } = await new Deno.Command(program, {
          args: [...args, `${port}`, `${version}`, THING_1, "key-1", TOPIC],
          stdout: "piped",
          stderr: "piped",
        }).output().catch((error) => missing(error, wanted));
        const hides = hidesPresent === true && version === 5;
        const said = whatItSays(version).filter((line) => !hides || !line.startsWith("present"));
        assert.deepEqual(linesOf(stdout), said, Buffer.from(stderr).toString());
      });
    });
  }
}

/** A server on the real way to a log, at a port of this machine. */
export async function withServer(
  test: (port: number, log: RealLog) => Promise<void>,
): Promise<void> {
  const log = await RealLog.open();
  try {
    log.server.listen({ hostname: "127.0.0.1", port: 0 });
    await test(log.server.address.port, log);
  } finally {
    await log.close();
  }
}

/** Compiles to a file, and again when one of its sources is newer. */
export async function built(
  target: string,
  { sources, compile, env = {} }: {
    readonly sources: readonly string[];
    /** Run in the folder of the first source. */
    readonly compile: readonly [program: string, ...args: string[]];
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<string> {
  const builtMs = await Deno.stat(target).then(({ mtime }) => mtime!.getTime(), () => 0);
  const changed = await Promise.all(sources.map(async (path) => (await Deno.stat(path)).mtime!));
  if (changed.every((mtime) => mtime.getTime() < builtMs)) return target;
  const [program, ...args] = compile;
  await Deno.mkdir(dirname(target), { recursive: true });
  const { success, stderr } = await new Deno.Command(program, {
    args,
    env,
    stdout: "null",
    stderr: "piped",
    cwd: dirname(sources[0]!),
  }).output();
  assert.ok(success, Buffer.from(stderr).toString());
  return target;
}

export function linesOf(output: Uint8Array): readonly string[] {
  return Buffer.from(output).toString().split("\n").filter((line) => line !== "");
}

function missing(error: unknown, wanted: string): never {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
  return assert.fail(`a program is missing, install it: ${wanted}`);
}
