const ROOT = new URL("../../", import.meta.url).pathname;
/** A program that has not ended by then hangs, in milliseconds. */
const END_MS_MAX = 30_000;

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs `main.ts` with these arguments until it ends by itself. */
export function programEnded(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return taskEnded("main.ts", args, { env });
}

/** Runs a program of the repository with these arguments until it ends by itself. */
export async function taskEnded(
  program: string,
  args: readonly string[],
  { env = {} }: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", program, ...args],
    cwd: ROOT,
    env: { ...env, NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const late = setTimeout(() => child.kill("SIGKILL"), END_MS_MAX);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(late);
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), error: decoder.decode(stderr) };
}

/** Runs with a folder of its own, which goes afterwards. */
export async function withFolder(run: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
