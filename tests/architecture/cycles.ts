import { edgesOf, folderOf, type Graph, topOf } from "./graph.ts";

type Arrows = ReadonlyMap<string, ReadonlySet<string>>;

/** No file imports itself by way of others; imports of types count. */
export function fileCycles(graph: Graph): readonly string[] {
  return cyclesOf(arrows(edgesOf(graph)));
}

/** The same among the folders of one top folder; files that lie loose in it belong to all of them. */
export function folderCycles(graph: Graph): readonly string[] {
  return cyclesOf(arrows(
    edgesOf(graph).filter(([from, to]) => topOf(from) === topOf(to) && topOf(from) !== "tests")
      .map(([from, to]) => [partOf(from), partOf(to)] as const)
      .filter(([from, to]) => from !== to && from.includes("/") && to.includes("/")),
  ));
}

function partOf(file: string): string {
  return folderOf(file).split("/").slice(0, 2).join("/");
}

function arrows(edges: readonly (readonly [string, string])[]): Arrows {
  const targets = new Map<string, Set<string>>();
  for (const [from, to] of edges) {
    const known = targets.get(from);
    if (known === undefined) targets.set(from, new Set([to]));
    else known.add(to);
  }
  return targets;
}

/** Each cycle once, as the path around it from where it was met. */
function cyclesOf(graph: Arrows): readonly string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): void => {
    const at = path.indexOf(node);
    if (at >= 0) cycles.push([...path.slice(at), node].join(" -> "));
    if (at >= 0 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return cycles;
}
