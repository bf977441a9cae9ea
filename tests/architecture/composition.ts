import { folderOf, type Graph, isInside, topOf } from "./graph.ts";

/** Folders that hold an adapter of a port. */
const ADAPTER = /\/(sqlite|in_process|eventstoredb|jetstream|influxdb)\/mod\.ts$/;

/** Where adapters are put behind their ports. */
const ROOT = "composition";

/** Who puts adapters together beside it, each with its reason. */
const EXEMPT: Readonly<Record<string, string>> = {
  "projections/worker": "the root of its own thread: only values cross to it, no opened engine",
  "cli/keeping": "opens logs side by side while no platform has them, which main.ts never does",
  bench: "measures adapters one by one",
  tests: "the embedded adapters are the fakes",
};

/** Names that an adapter's door offers and that open nothing. */
const OPENS_NOTHING: Readonly<Record<string, string>> = {
  copySqliteFile: "copies a file as a whole, whatever it holds",
  sqliteTranslated: "turns the engine's texts into our errors, for all that keep such files",
};

export type ReadText = (path: string) => string;

/**
 * Only composition/ decides which adapter stands behind a port: elsewhere no name of one is imported,
 * and nobody but main.ts imports it.
 */
export function otherRoots(graph: Graph, read: ReadText): readonly string[] {
  const found: string[] = [];
  const adapters = adapterNames(graph, read);
  for (const [file, imports] of graph) {
    if (imports.some(({ file }) => file === "main.ts")) found.push(`${file} -> main.ts`);
    if (isInside(file, ROOT) || !file.endsWith(".ts")) continue;
    if (Object.keys(EXEMPT).some((folder) => isInside(file, folder))) continue;
    for (const name of importedValues(read(file))) {
      const port = adapters.get(name);
      if (port === undefined || isInside(file, port)) continue;
      found.push(`${file}: puts '${name}' in place, which is composition/'s to decide`);
    }
  }
  return found;
}

/** What adapters open, by name, with the folder of the port that they serve. */
function adapterNames(graph: Graph, read: ReadText): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const file of graph.keys()) {
    if (!ADAPTER.test(file) || topOf(file) === "tests") continue;
    for (const name of listed(read(file), /export \{([^}]*)\}/g)) {
      if (OPENS_NOTHING[name] === undefined) names.set(name, folderOf(folderOf(file)));
    }
  }
  return names;
}

function importedValues(text: string): readonly string[] {
  return listed(text, /import \{([^}]*)\} from/g);
}

/** The values among the names in braces, as the other side calls them. */
function listed(text: string, braces: RegExp): readonly string[] {
  return [...text.matchAll(braces)].flatMap(([, names]) => names!.split(","))
    .map((name) => name.trim()).filter((name) => name !== "" && !name.startsWith("type "))
    .map((name) => name.split(" as ")[0]!);
}
