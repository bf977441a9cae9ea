/**
 * `deno task test`: obtains what the tests need, runs them, and ends `N passed, N failed`.
 * Arguments go to `deno test` (a file, a folder, --filter).
 */

/** Programs that tests start, and the Debian packages that bring them. */
const NEEDED: Readonly<Record<string, string>> = {
  curl: "curl",
  gcc: "gcc",
  mosquitto_pub: "mosquitto-clients",
  mosquitto: "mosquitto",
};

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

async function main(args: readonly string[]): Promise<number> {
  const missing = await missingPackages();
  if (missing.length > 0 && !await install(missing)) {
    say(`Cannot test: install ${missing.join(" ")} (apt-get install -y ${missing.join(" ")})`);
    return 69;
  }
  const root = new URL("..", import.meta.url).pathname;
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  const targets = args.length > 0 ? args : ["tests/"];
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-prompt", `--junit-path=${report}`, ...targets],
    cwd: root,
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  const { passed, failed } = await countsOf(report);
  await Deno.remove(report);
  // A file that does not load counts in no report, but must not pass for green.
  const lost = !success && failed === 0 ? 1 : 0;
  say(`${passed} passed, ${failed + lost} failed`);
  return success && passed > 0 ? 0 : 1;
}

/** Counts the cases of a JUnit report; an absent or empty one has none. */
export async function countsOf(report: string): Promise<Counts> {
  const xml = await Deno.readTextFile(report).catch(() => "");
  let tests = 0;
  let bad = 0;
  let skipped = 0;
  for (const [, attributes] of xml.matchAll(/<testsuite\s([^>]*)>/g)) {
    const number = (name: string) =>
      Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes!)?.[1] ?? 0);
    tests += number("tests");
    bad += number("failures") + number("errors");
    skipped += number("disabled") + number("skipped");
  }
  return { passed: tests - bad - skipped, failed: bad };
}

async function missingPackages(): Promise<readonly string[]> {
  const missing = new Set<string>();
  for (const [program, name] of Object.entries(NEEDED)) {
    const found = await runs("sh", [
      "-c",
      `command -v ${program} || command -v /usr/sbin/${program}`,
    ]);
    if (!found) missing.add(name);
  }
  return [...missing];
}

/** Only as root, and only where apt-get is. */
async function install(packages: readonly string[]): Promise<boolean> {
  if (Deno.uid() !== 0 || !await runs("sh", ["-c", "command -v apt-get"])) return false;
  say(`Installing ${packages.join(" ")}`);
  const apt = (args: readonly string[]) =>
    runs("apt-get", args, { DEBIAN_FRONTEND: "noninteractive" });
  const wanted = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
  return await apt(wanted) || (await apt(["update", "-qq"]) && await apt(wanted));
}

async function runs(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const { success } = await new Deno.Command(command, {
    args: [...args],
    env,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
