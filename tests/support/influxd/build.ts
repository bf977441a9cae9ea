import { obtainPrograms } from "../../debian_packages.ts";
import { EngineMissing } from "./engine_missing.ts";
import { goProgram, rustToolchain } from "./toolchains.ts";

/*
 * InfluxDB 2 comes from no package registry as a program. It is built from the Go module proxy, once
 * for each version, into a folder outside the repository.
 */

export const INFLUXD_VERSION = "2.7.12";
const MODULE = new URL(".", import.meta.url).pathname;
const FLAGS = [
  ...["-tags", "sqlite_foreign_keys,sqlite_json"],
  ...["-ldflags", `-X main.version=v${INFLUXD_VERSION}`],
];

/** Beside Go and Rust. */
const PROGRAMS = {
  gcc: "gcc",
  "pkg-config": "pkg-config",
  "/usr/include/stdio.h": "libc6-dev",
  "/etc/ssl/certs/ca-certificates.crt": "ca-certificates",
};

/** Where the program lies, or will. */
export async function influxdPath(): Promise<string> {
  // What decides how the program comes out: a change builds it anew.
  const parts = await Promise.all(
    ["go.mod", "go.sum"].map((part) => Deno.readTextFile(`${MODULE}${part}`)),
  );
  const decides = new TextEncoder().encode([...parts, ...FLAGS].join("\n"));
  const digest = await crypto.subtle.digest("SHA-256", decides);
  const key = new Uint8Array(digest).slice(0, 6).toHex();
  return `${cacheFolder()}/influxd-${INFLUXD_VERSION}-${key}/influxd`;
}

export async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Answers the path of the program, after having built it if it is not there. */
export async function obtainInfluxd(say: (text: string) => void): Promise<string> {
  const path = await influxdPath();
  if (await isThere(path)) return path;
  const missing = await obtainPrograms(PROGRAMS);
  if (missing.length > 0) {
    throw new EngineMissing(`Cannot build influxd: install ${missing.join(" ")}`);
  }
  say(`Building influxd ${INFLUXD_VERSION}: 3 to 8 minutes on two cores, once`);
  const folder = path.slice(0, path.lastIndexOf("/"));
  await Deno.mkdir(folder, { recursive: true });
  const go = await goProgram();
  const env = {
    ...await rustToolchain(),
    GOTOOLCHAIN: "local",
    RUSTC_WRAPPER: `${MODULE}rustc_lenient.sh`,
    PKG_CONFIG: `${folder}/pkg-config`,
  };
  const build = async (target: string, ...from: readonly string[]) => {
    const args = ["build", "-mod=readonly", "-buildvcs=false", "-o", target, ...from];
    const command = new Deno.Command(go, { args, cwd: MODULE, env, stderr: "piped" });
    const { success, stderr } = await command.output();
    if (success) return;
    const said = new TextDecoder().decode(stderr).trimEnd().split("\n").slice(-20).join("\n");
    throw new EngineMissing(`Cannot build '${target}':\n${said}`);
  };
  // Of the same name as the system's: it builds libflux where Go asks for its flags.
  await build(env.PKG_CONFIG, "github.com/influxdata/pkg-config");
  const unfinished = `${path}.${Deno.pid}`;
  await build(unfinished, ...FLAGS, "github.com/influxdata/influxdb/v2/cmd/influxd");
  await Deno.rename(unfinished, path);
  return path;
}

function cacheFolder(): string {
  const home = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/var/cache"}/.cache`;
  return `${home}/millrace`;
}
