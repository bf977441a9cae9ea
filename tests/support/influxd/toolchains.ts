import { obtainPrograms } from "../../debian_packages.ts";
import { EngineMissing } from "./engine_missing.ts";

/** What the go.mod of influxd wants. */
const GO_MINOR_MIN = 23;
/** Had from the module proxy where the installed Go is older, as newer ones do it by themselves. */
const GO_TOOLCHAIN = "go1.23.12";
/** What libflux wants. */
const RUST_MINOR_MIN = 72;

/** A Go that is new enough. */
export async function goProgram(): Promise<string> {
  const missing = await obtainPrograms({ go: "golang-go" });
  if (missing.length > 0) throw new EngineMissing("Cannot build influxd: install golang-go");
  const version = await said("go", ["version"], { GOTOOLCHAIN: "local" });
  if (Number(/go1\.(\d+)/.exec(version)?.[1] ?? 0) >= GO_MINOR_MIN) return "go";
  const machine = Deno.build.arch === "x86_64" ? "amd64" : "arm64";
  const module = `golang.org/toolchain@v0.0.1-${GO_TOOLCHAIN}.linux-${machine}`;
  const { Dir: folder } = JSON.parse(
    await said("go", ["mod", "download", "-json", module], { GOFLAGS: "-mod=mod" }),
  ) as { Dir: string };
  // A module's archive has no executable files; Go, too, makes these executable after a download.
  for (const programs of ["bin", "pkg/tool"]) {
    await said("find", [`${folder}/${programs}`, "-type", "f", "-exec", "chmod", "755", "{}", "+"]);
  }
  return `${folder}/bin/go`;
}

/** What the environment must hold for a Rust that is new enough; libflux pins an old one. */
export async function rustToolchain(): Promise<Readonly<Record<string, string>>> {
  // Debian 12 has a new one under a name of its own.
  if ((await obtainPrograms({ cargo: "cargo-web", rustc: "rustc-web" })).length > 0) {
    await obtainPrograms({ cargo: "cargo", rustc: "rustc" });
  }
  const active = await said("rustup", ["show", "active-toolchain"]).catch(() => "");
  const toolchain = active.split(" ")[0]!.trim();
  const env = toolchain === "" ? undefined : { RUSTUP_TOOLCHAIN: toolchain };
  const version = await said("rustc", ["--version"], env).catch(() => "");
  if (Number(/rustc 1\.(\d+)/.exec(version)?.[1] ?? 0) >= RUST_MINOR_MIN) return env ?? {};
  throw new EngineMissing(
    `Cannot build influxd with '${version.trim()}': cargo and rustc 1.${RUST_MINOR_MIN} or newer ` +
      "are wanted (https://rustup.rs, or the packages cargo and rustc of a newer Debian)",
  );
}

/** What a program writes to its standard output; throws if it fails or is not there. */
async function said(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const command = new Deno.Command(program, { args: [...args], env, stderr: "piped" });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new EngineMissing(`Cannot run '${program} ${args.join(" ")}': ${decoder.decode(stderr)}`);
}
