import assert from "node:assert/strict";
import { Buffer } from "node:buffer";

export interface At {
  readonly port: number;
  /** Variables of the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a client of Debian's mosquitto-clients on a port of this machine. */
export function start(
  program: string,
  { port, env = {} }: At,
  args: readonly string[],
): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args: ["-h", "127.0.0.1", "-p", `${port}`, "-V", "mqttv311", ...args],
      env,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    assert.fail(`${program} is missing, install it: apt-get install -y mosquitto-clients`);
  }
}

/** Its exit code, and what it said on both streams. */
export async function run(
  program: string,
  at: At,
  args: readonly string[],
): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await start(program, at, args).output();
  return { code, said: Buffer.from(stdout).toString() + Buffer.from(stderr).toString() };
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(condition(), `not within 5 s: ${what}`);
}
