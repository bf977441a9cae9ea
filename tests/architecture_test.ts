import assert from "node:assert/strict";
import { otherRoots } from "./architecture/composition.ts";
import { fileCycles, folderCycles } from "./architecture/cycles.ts";
import { readGraph, type Rule } from "./architecture/graph.ts";
import {
  direction,
  folderNames,
  innerDoors,
  separateEdges,
  topDoors,
} from "./architecture/layers.ts";
import { idleExemptions, inexactVersions, mappedNames, oneHome } from "./architecture/vendors.ts";
import { sourcePaths } from "./source_paths.ts";

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const graph = await readGraph(ROOT);
const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}/import_map.json`)) as {
  imports: Readonly<Record<string, string>>;
};

/** DESIGN.md section 2, promise by promise. */
const PROMISES: readonly (readonly [string, Rule])[] = [
  ["protocols import projections import actors, never backwards", direction],
  ["top folders are entered through their mod.ts", topDoors],
  ["inner folders are entered through their mod.ts", innerDoors],
  ["edges do not import one another", separateEdges],
  ["no folder is a grab bag", folderNames],
  ["no files import one another in a circle", fileCycles],
  ["no folders import one another in a circle", folderCycles],
  ["each vendor's SDK is imported in one folder", oneHome],
  ["no exemption is idle", idleExemptions],
];

Deno.test("architecture: every file of the tree is looked at", async () => {
  const paths = await sourcePaths(ROOT);
  assert.ok(paths.includes("main.ts"));
  assert.deepEqual(paths.filter((path) => !graph.has(path)), []);
});

for (const [promise, rule] of PROMISES) {
  Deno.test(`architecture: ${promise}`, () => {
    assert.deepEqual(rule(graph), []);
  });
}

Deno.test("architecture: only import_map.json names versions, and each exactly", () => {
  assert.deepEqual(mappedNames(graph, Object.keys(imports)), []);
  assert.deepEqual(inexactVersions(imports), []);
});

Deno.test("architecture: main.ts alone decides which adapter stands behind a port", () => {
  assert.deepEqual(otherRoots(graph, (path) => Deno.readTextFileSync(`${ROOT}/${path}`)), []);
});
