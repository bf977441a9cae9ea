import { edgesOf, folderOf, type Graph, isInside, topOf } from "./graph.ts";

/** What each part of the repository may import beside itself. A new folder says so here first. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  actors: [],
  projections: ["actors"],
  protocols: ["projections", "actors"],
  cli: ["protocols", "projections", "actors"],
  composition: ["cli", "protocols", "projections", "actors"],
  "main.ts": ["composition", "cli", "protocols", "projections", "actors"],
  bench: ["tests", "protocols", "projections", "actors"],
  tests: ["bench", "cli", "protocols", "projections", "actors"],
};

/** Folders that are entered through their mod.ts, from wherever. */
const PRODUCT = ["actors", "projections", "protocols", "cli"];

/** Folders whose one door is their top one; a part of cli/ is loaded only when it is asked for. */
const ONE_DOOR = ["actors", "projections", "protocols"];

/** Programs of their own, which a test may run from inside as well as from the command line. */
const PROGRAMS = ["cli/verify.ts"];

export function direction(graph: Graph): readonly string[] {
  return edgesOf(graph).flatMap(([from, to]) => {
    const [mine, theirs] = [topOf(from), topOf(to)];
    if (mine === theirs || MAY_IMPORT[mine]?.includes(theirs)) return [];
    return [`${from} -> ${to}: ${mine} may not import ${theirs}`];
  });
}

export function topDoors(graph: Graph): readonly string[] {
  return edgesOf(graph).flatMap(([from, to]) => {
    const theirs = topOf(to);
    if (topOf(from) === theirs || topOf(from) === "tests") return [];
    if (!ONE_DOOR.includes(theirs) || to === `${theirs}/mod.ts`) return [];
    return [`${from} -> ${to}: ${theirs} is entered through ${theirs}/mod.ts`];
  });
}

/** Inside a top folder too: a folder that one does not stand in is entered through its mod.ts. */
export function innerDoors(graph: Graph): readonly string[] {
  return edgesOf(graph).flatMap(([from, to]) => {
    if (!PRODUCT.includes(topOf(to)) || to.endsWith("/mod.ts")) return [];
    if (topOf(from) === "tests" && PROGRAMS.includes(to)) return [];
    // A test stands in the folder that it mirrors.
    const stands = topOf(from) === "tests" ? from.slice("tests/".length) : from;
    if (isInside(stands, folderOf(to))) return [];
    return [`${from} -> ${to}: entered past ${folderOf(to)}/mod.ts`];
  });
}

/** What every edge may stand on: the way of a message inwards, and what carries a protocol. */
const SHARED = ["ingress", "sockets"];

/** Protocols meet in ingress, in the projections and in the actors, never in one another. */
export function separateEdges(graph: Graph): readonly string[] {
  return edgesOf(graph).flatMap(([from, to]) => {
    if (topOf(from) !== "protocols" || topOf(to) !== "protocols") return [];
    const [mine, theirs] = [edgeOf(from), edgeOf(to)];
    if (mine === undefined || theirs === undefined || mine === theirs) return [];
    return SHARED.includes(theirs) ? [] : [`${from} -> ${to}: edges do not import one another`];
  });
}

function edgeOf(file: string): string | undefined {
  const [, edge, inside] = file.split("/");
  return inside === undefined ? undefined : edge;
}

const GRAB_BAGS = ["utils", "util", "helpers", "common", "misc", "lib"];

/** A folder is called by its subject. */
export function folderNames(graph: Graph): readonly string[] {
  return [...graph.keys()].filter((file) =>
    file.split("/").some((part) => GRAB_BAGS.includes(part))
  )
    .map((file) => `${file}: its folder is named after no subject`);
}
