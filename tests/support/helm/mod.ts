/**
 * A real Helm for the tests of the chart, and a program that reads manifests with Kubernetes' own
 * types: both built once from the Go module proxy, at the versions of go.mod and go.sum, into the
 * user's cache folder.
 *
 * Main path: `obtainHelm` builds what is not there; a test calls `rendered` and looks at what comes
 * out, which was read strictly first.
 *
 * Nothing here talks to a cluster.
 */
import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";

const MODULE = new URL(".", import.meta.url).pathname;
/** Older ones cannot fetch the toolchain that Helm wants from the module proxy. */
const GO_MINOR_MIN = 21;
/** What manifests are rendered for: Helm itself knows of no version when it is built from source. */
const KUBERNETES = "1.31.0";

export interface Helm {
  /** Paths of the programs. */
  readonly helm: string;
  readonly manifests: string;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

// deno-lint-ignore no-explicit-any -- manifests are of many shapes, and were checked by their types
export type Manifest = any;

/** Answers where the programs are, after having built what is not there. */
export async function obtainHelm(say: (text: string) => void): Promise<Helm> {
  const folder = await folderOfBuild();
  const helm = `${folder}/helm`;
  const manifests = `${folder}/manifests`;
  const parts = [[helm, "helm.sh/helm/v3/cmd/helm"], [manifests, "."]] as const;
  for (const [path, from] of parts) {
    if (await Deno.stat(path).then(() => true, () => false)) continue;
    await checkGo();
    say(`Building ${path}: up to 7 minutes on two cores, once`);
    await Deno.mkdir(folder, { recursive: true });
    const unfinished = `${path}.${Deno.pid}`;
    const args = ["build", "-mod=readonly", "-buildvcs=false", "-o", unfinished, from];
    const { code, error } = await run("go", args, { cwd: MODULE });
    assert.equal(code, 0, `Cannot build '${from}' from the Go module proxy:\n${error}`);
    await Deno.rename(unfinished, path);
  }
  return { helm, manifests };
}

/** What decides how the programs come out names the folder: a change builds them anew. */
async function folderOfBuild(): Promise<string> {
  const parts = ["go.mod", "go.sum", "manifests.go"];
  const texts = await Promise.all(parts.map((part) => Deno.readTextFile(MODULE + part)));
  const decides = new TextEncoder().encode(texts.join("\n"));
  const key = new Uint8Array(await crypto.subtle.digest("SHA-256", decides)).slice(0, 6).toHex();
  const home = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/var/cache"}/.cache`;
  return `${home}/millrace/helm-${key}`;
}

async function checkGo(): Promise<void> {
  const { out } = await run("go", ["version"], { cwd: "/" }).catch(() => ({ out: "" }));
  const minor = Number(/go1\.(\d+)/.exec(out)?.[1] ?? 0);
  assert.ok(
    minor >= GO_MINOR_MIN,
    `Helm is missing and cannot be built: install Go 1.${GO_MINOR_MIN} or newer (apt-get install -y golang-go)`,
  );
}

/** Runs a program until it ends. */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, input = "" }: { readonly cwd: string; readonly input?: string },
): Promise<Ran> {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const given = new Blob([input]).stream().pipeTo(child.stdin).catch((error: unknown) => {
    // A program that ends early says why; what it was given then no longer matters.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  });
  const [{ code, stdout, stderr }] = await Promise.all([child.output(), given]);
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), error: decoder.decode(stderr) };
}

/** `helm template` of a chart; `values` is what a file of values would hold. */
export function template(
  { helm }: Helm,
  { chart, values }: { readonly chart: string; readonly values: object },
): Promise<Ran> {
  const args = ["template", "try", chart, "--namespace", "iot", "--kube-version", KUBERNETES];
  return run(helm, [...args, "--values", "-"], { cwd: "/", input: JSON.stringify(values) });
}

/** Every manifest of a chart, after Kubernetes' own types took them without a rest. */
export async function rendered(
  programs: Helm,
  given: { readonly chart: string; readonly values: object; readonly foreign?: readonly string[] },
): Promise<readonly Manifest[]> {
  const { code, out, error } = await template(programs, given);
  assert.equal(code, 0, error);
  const read = await run(programs.manifests, [], { cwd: "/", input: out });
  assert.equal(read.code, 0, read.error);
  assert.deepEqual(read.out.split("\n").filter((line) => line !== ""), given.foreign ?? []);
  // As Kubernetes reads it: 0440 is octal.
  return parseAllDocuments(out, { version: "1.1" }).map((document) => document.toJS())
    .filter((manifest) => manifest !== null);
}
