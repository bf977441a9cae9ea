/**
 * `deno task test`: obtains what the tests need, runs them, and ends `N passed, N failed`.
 * Arguments go to `deno test` (a file, a folder, --filter). What needs the real engines is a tier of
 * its own: `deno task test:engines`.
 */
import { obtainPrograms } from "./debian_packages.ts";

/** Programs that tests start and files that they use, and the Debian packages that bring them. */
const NEEDED: Readonly<Record<string, string>> = {
  curl: "curl",
  gcc: "gcc",
  openssl: "openssl",
  nginx: "nginx",
  "/usr/lib/nginx/modules/ngx_stream_module.so": "libnginx-mod-stream",
  // A browser that speaks MQTT over its own WebSockets.
  chromium: "chromium",
  mosquitto_pub: "mosquitto-clients",
  mosquitto: "mosquitto",
  "nats-server": "nats-server",
  go: "golang-go",
  // Go fetches the modules of its client from the module proxy.
  "/etc/ssl/certs/ca-certificates.crt": "ca-certificates",
  "/usr/include/stdio.h": "libc6-dev",
  "/usr/include/MQTTClient.h": "libpaho-mqtt-dev",
  "/usr/lib/python3/dist-packages/paho": "python3-paho-mqtt",
};

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

async function main(args: readonly string[]): Promise<number> {
  const missing = await obtainPrograms(NEEDED);
  if (missing.length > 0) {
    say(`Cannot test: install ${missing.join(" ")} (apt-get install -y ${missing.join(" ")})`);
    return 69;
  }
  return await runTests(args.length > 0 ? args : ["tests/", "--ignore=tests/engines"]);
}

/** Runs `deno test` on the targets, says the counts, and answers the exit code. */
export async function runTests(targets: readonly string[]): Promise<number> {
  const root = new URL("..", import.meta.url).pathname;
  const report = await Deno.makeTempFile({ suffix: ".xml" });
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

export function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
