import { sourcePaths } from "../source_paths.ts";

/** One import: what is written, and the file of ours that it leads to, if it is one. */
export interface Import {
  readonly specifier: string;
  readonly file?: string;
}

/** Every file of ours, named from the root of the repository, with what it imports. */
export type Graph = ReadonlyMap<string, readonly Import[]>;

/** A rule answers what breaks it, each as `importer -> imported: why`. */
export type Rule = (graph: Graph) => readonly string[];

interface ReadModule {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }[];
}

/**
 * Reads the imports of a tree, types among them, from `deno info --json`. It follows one file, and
 * workers are imported by nobody: so it is given one that imports all.
 */
export async function readGraph(root: string): Promise<Graph> {
  const paths = await sourcePaths(root);
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const imports = paths.map((path) => `import "file://${root}/${path}";\n`);
    await Deno.writeTextFile(entry, imports.join(""));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", `${root}/deno.json`, entry],
      stdout: "piped",
      stderr: "piped",
    }).output();
    if (code !== 0) throw new Deno.errors.InvalidData(new TextDecoder().decode(stderr));
    const { modules } = JSON.parse(new TextDecoder().decode(stdout));
    return graphOf(modules as readonly ReadModule[], `file://${root}/`);
  } finally {
    await Deno.remove(entry);
  }
}

function graphOf(modules: readonly ReadModule[], root: string): Graph {
  const graph = new Map<string, readonly Import[]>();
  for (const { specifier, error, dependencies = [] } of modules) {
    if (!specifier.startsWith(root)) continue;
    if (error !== undefined) throw new Deno.errors.InvalidData(`${specifier}: ${error}`);
    const imports = dependencies.map(({ specifier, code, type }): Import => {
      const target = code?.specifier ?? type?.specifier ?? "";
      return target.startsWith(root)
        ? { specifier, file: target.slice(root.length) }
        : { specifier };
    });
    graph.set(specifier.slice(root.length), imports);
  }
  return graph;
}

/** The folder of a file: "" for those at the root. */
export function folderOf(file: string): string {
  return file.slice(0, Math.max(0, file.lastIndexOf("/")));
}

/** The folder at the top of the repository, or the file itself if it stands there. */
export function topOf(file: string): string {
  return file.split("/")[0]!;
}

export function isInside(file: string, folder: string): boolean {
  return folder === "" || file.startsWith(`${folder}/`);
}

/** Every pair of importer and imported file of ours. */
export function edgesOf(graph: Graph): readonly (readonly [string, string])[] {
  return [...graph].flatMap(([from, imports]) =>
    imports.flatMap(({ file }) => file === undefined ? [] : [[from, file] as const])
  );
}
