import { type Graph, type Import, isInside, topOf } from "./graph.ts";

/** What is imported in more than one folder, each site with its reason. */
const HOMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "node:sqlite": {
    "actors/event_store/sqlite": "the log's own file, written by a worker",
    "actors/secrets": "the keys of persons, which must never lie in a file of the log or of a view",
    "projections/read_model": "the one place that opens the files of views",
  },
};

/** The runtime's own modules are no vendor's, but for the engine that a port hides. */
const RUNTIME = /^node:(?!sqlite$)/;

/** Each vendor's SDK is imported in one folder: whoever replaces it changes that folder only. */
export function oneHome(graph: Graph): readonly string[] {
  return [...sitesOf(graph)].flatMap(([vendor, files]) => {
    const homes = HOMES[vendor];
    if (homes !== undefined) {
      return files.filter((file) => !Object.keys(homes).some((home) => isInside(file, home)))
        .map((file) => `${file} -> ${vendor}: its folders are ${Object.keys(homes).join(", ")}`);
    }
    const folders = [...new Set(files.map(homeOf))];
    return folders.length === 1 ? [] : [`${vendor}: imported in ${folders.join(" and ")}`];
  });
}

/** Exemptions that nothing needs any more. */
export function idleExemptions(graph: Graph): readonly string[] {
  const sites = sitesOf(graph);
  return Object.entries(HOMES).flatMap(([vendor, homes]) =>
    Object.keys(homes).filter((home) => !sites.get(vendor)?.some((file) => isInside(file, home)))
      .map((home) => `${home}: exempted for ${vendor}, which it does not import`)
  );
}

/** The composition root and files at the top of a folder put parts together; they wrap no SDK. */
function homeOf(file: string): string {
  const [top, part, inside] = file.split("/");
  return inside === undefined ? top! : `${top}/${part}`;
}

function sitesOf(graph: Graph): ReadonlyMap<string, readonly string[]> {
  const sites = new Map<string, string[]>();
  for (const [file, imports] of graph) {
    if (["tests", "bench"].includes(topOf(file))) continue;
    for (const { specifier } of imports.filter(isVendor)) {
      const name = vendorOf(specifier);
      sites.set(name, [...sites.get(name) ?? [], file]);
    }
  }
  return sites;
}

function isVendor({ specifier, file }: Import): boolean {
  return file === undefined && !/^\.{0,2}\//.test(specifier) && !RUNTIME.test(specifier);
}

/** `hono/html` is hono's. */
function vendorOf(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Versions stand in import_map.json and nowhere else, and each name stands there. */
export function mappedNames(graph: Graph, mapped: readonly string[]): readonly string[] {
  return [...graph].flatMap(([file, imports]) =>
    imports.filter(({ specifier }) => !isMapped(specifier, mapped))
      .map(({ specifier }) => `${file} -> ${specifier}: import_map.json does not name it`)
  );
}

function isMapped(specifier: string, mapped: readonly string[]): boolean {
  if (/^\.{1,2}\//.test(specifier) || specifier.startsWith("node:")) return true;
  return mapped.some((name) =>
    name === specifier || (name.endsWith("/") && specifier.startsWith(name))
  );
}

/** A version that is not exact is another version tomorrow. */
export function inexactVersions(imports: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(imports).filter(([, target]) =>
    !/^(npm|jsr):\/?(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(-[\w.]+)?\/?$/.test(target)
  ).map(([name, target]) => `${name}: '${target}' is not one exact version`);
}
