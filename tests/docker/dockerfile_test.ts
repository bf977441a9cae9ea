import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { dirname } from "node:path";
import { withFolder } from "../e2e/program.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** A platform that is not ready by then never will be, in milliseconds. */
const READY_MS_MAX = 60_000;

interface Step {
  readonly instruction: string;
  readonly rest: string;
}

async function steps(): Promise<readonly Step[]> {
  const text = await Deno.readTextFile(`${ROOT}docker/Dockerfile`);
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
    const [, instruction, rest] = /^(\w+) (.*)$/.exec(line)!;
    return { instruction: instruction!, rest: rest! };
  });
}

function only(all: readonly Step[], instruction: string): string {
  const [found, ...more] = all.filter((step) => step.instruction === instruction);
  assert.ok(found !== undefined && more.length === 0, `one ${instruction}`);
  return found.rest;
}

/** Carries out what the image is built by: copies into the folder, and what fetches modules. */
async function built(all: readonly Step[], folder: string): Promise<Record<string, string>> {
  const env = { DENO_DIR: `${folder}/.deno`, NO_COLOR: "1", PATH: `${BIN(folder)}:/usr/bin:/bin` };
  await Deno.mkdir(BIN(folder));
  await Deno.copyFile(Deno.execPath(), `${BIN(folder)}/deno`);
  for (const { instruction, rest } of all) {
    if (instruction === "COPY") {
      const [to, ...from] = rest.split(" ").reverse();
      for (const name of from) await copied(`${ROOT}${name}`, `${folder}/${to}`);
    } else if (instruction === "RUN" && rest.startsWith("deno ")) {
      const { success, stderr } = await shell(rest, { folder, env });
      assert.ok(success, stderr);
    }
  }
  return env;
}

async function copied(from: string, to: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("cp", { args: ["-r", from, to] }).output();
  assert.ok(success, Buffer.from(stderr).toString());
}

async function shell(
  line: string,
  { folder, env }: { readonly folder: string; readonly env: Record<string, string> },
) {
  const options = { args: ["-c", line], cwd: folder, env };
  const { success, stderr } = await new Deno.Command("sh", options).output();
  return { success, stderr: Buffer.from(stderr).toString() };
}

/** Whoever runs the tests may be the only one who can read the folder that Deno lies in. */
const BIN = (app: string) => `${dirname(app)}/bin`;

/** As the image's user where that can be: then what belongs to root cannot be written. */
async function asUser(
  [program, ...args]: readonly string[],
  { user, data }: { readonly user: string; readonly data: string },
): Promise<readonly string[]> {
  if (Deno.uid() !== 0) return [program!, ...args];
  const [uid, gid] = user.split(":");
  await Deno.chmod(dirname(data), 0o755);
  await Deno.chown(data, Number(uid), Number(gid));
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", program!, ...args];
}

/** The addresses that the process announced. */
async function ready(data: string): Promise<{ readonly http: string }> {
  const untilMs = performance.now() + READY_MS_MAX;
  for (;;) {
    const text = await Deno.readTextFile(`${data}/ready.json`).catch(() => "");
    if (text !== "") return JSON.parse(text);
    assert.ok(performance.now() < untilMs, "the platform has not become ready");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("docker image: its steps give a platform that starts without a network, is healthy, and writes to its data alone", () =>
  withFolder(async (folder) => {
    const all = await steps();
    const app = `${folder}/app`;
    const data = `${folder}/data`;
    await Deno.mkdir(app);
    await Deno.mkdir(data);
    const env = await built(all, app);
    const before = await listing(app);
    const entry = JSON.parse(only(all, "ENTRYPOINT")) as string[];
    const started = [...entry, ...JSON.parse(only(all, "CMD"))]
      .map((arg) => arg === "/data" ? data : arg === "0.0.0.0" ? "127.0.0.1" : arg);
    const [program, ...args] = await asUser(
      [...started, "--http-port", "0", "--mqtt-port", "0"],
      { user: only(all, "USER"), data },
    );
    const child = new Deno.Command(program!, {
      args,
      cwd: app,
      env,
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const { http } = await ready(data);
      const check = JSON.parse(only(all, "HEALTHCHECK").replace(/^.* CMD /, "")) as string[];
      const { success } = await new Deno.Command(check[0]!, {
        args: check.slice(1).map((arg) => arg.replace("http://127.0.0.1:8080", http)),
        env,
      }).output();
      assert.ok(success, "the health check says no");
    } finally {
      child.kill("SIGTERM");
      assert.equal((await child.status).code, 0);
    }
    assert.deepEqual(await listing(app), before);
  }));

/** Files without the runtime's own notes on what it has compiled. */
async function listing(folder: string): Promise<readonly string[]> {
  const { stdout } = await new Deno.Command("find", { args: [folder, "-type", "f"] }).output();
  return Buffer.from(stdout).toString().split("\n")
    .filter((path) => !path.includes("/.deno/") && path !== "").sort();
}

Deno.test("docker image: runs as nobody in particular, and names its ports and its data", async () => {
  const all = await steps();
  assert.match(only(all, "USER"), /^[1-9]\d*:[1-9]\d*$/);
  assert.equal(only(all, "VOLUME"), "/data");
  assert.equal(only(all, "EXPOSE"), "8080 1883 8883 8443");
  assert.match(only(all, "FROM"), /:debian-2\.9\.6$/);
});
