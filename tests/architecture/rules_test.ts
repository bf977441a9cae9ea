import assert from "node:assert/strict";
import { otherRoots } from "./composition.ts";
import { fileCycles, folderCycles } from "./cycles.ts";
import { type Graph, readGraph, type Rule } from "./graph.ts";
import { direction, folderNames, innerDoors, separateEdges, topDoors } from "./layers.ts";
import { idleExemptions, inexactVersions, mappedNames, oneHome } from "./vendors.ts";

/** A tree by what its files import: files of ours by their path, vendors by their name. */
function tree(files: Readonly<Record<string, readonly string[]>>): Graph {
  return new Map(
    Object.entries(files).map(([file, imports]) => [
      file,
      imports.map((name) =>
        name.endsWith(".ts") ? { specifier: `./${name}`, file: name } : { specifier: name }
      ),
    ]),
  );
}

interface Case {
  readonly says: string;
  readonly rule: Rule;
  readonly good: Readonly<Record<string, readonly string[]>>;
  readonly bad: Readonly<Record<string, readonly string[]>>;
  /** Part of what is said about the bad tree. */
  readonly found: string;
}

const CASES: readonly Case[] = [
  {
    says: "an actor that imports a projection",
    rule: direction,
    good: { "projections/live/live_feed.ts": ["actors/mod.ts"] },
    bad: { "actors/thing/decider.ts": ["projections/mod.ts"] },
    found: "actors may not import projections",
  },
  {
    says: "a part of the platform that imports a test",
    rule: direction,
    good: { "tests/given.ts": ["actors/mod.ts"] },
    bad: { "protocols/mqtt/server.ts": ["tests/given.ts"] },
    found: "protocols may not import tests",
  },
  {
    says: "a folder at the top that nobody has placed",
    rule: direction,
    good: { "main.ts": ["cli/mod.ts"] },
    bad: { "glue/start.ts": ["actors/mod.ts"] },
    found: "glue may not import actors",
  },
  {
    says: "a protocol that enters the actors by a side door",
    rule: topDoors,
    good: { "protocols/http/app.ts": ["actors/mod.ts"] },
    bad: { "protocols/http/app.ts": ["actors/thing/mod.ts"] },
    found: "actors is entered through actors/mod.ts",
  },
  {
    says: "a folder that reaches past its neighbour's door",
    rule: innerDoors,
    good: {
      "actors/thing/decider.ts": ["actors/entity/mod.ts", "actors/errors.ts"],
      "actors/event_store/sqlite/reader.ts": ["actors/event_store/event_store.ts"],
    },
    bad: { "actors/thing/decider.ts": ["actors/entity/profile.ts"] },
    found: "entered past actors/entity/mod.ts",
  },
  {
    says: "a parent that reaches past its child's door",
    rule: innerDoors,
    good: { "actors/event_store/mod.ts": ["actors/event_store/sqlite/mod.ts"] },
    bad: { "actors/event_store/mod.ts": ["actors/event_store/sqlite/engine.ts"] },
    found: "entered past actors/event_store/sqlite/mod.ts",
  },
  {
    says: "a test that looks inside a folder which it does not mirror",
    rule: innerDoors,
    good: { "tests/protocols/mqtt/topics_test.ts": ["protocols/mqtt/topics.ts"] },
    bad: { "tests/protocols/http/app_test.ts": ["protocols/mqtt/topics.ts"] },
    found: "entered past protocols/mqtt/mod.ts",
  },
  {
    says: "an edge that imports another",
    rule: separateEdges,
    good: {
      "protocols/mod.ts": ["protocols/http/mod.ts"],
      "protocols/mqtt/routes.ts": ["protocols/ingress/mod.ts"],
    },
    bad: { "protocols/mqtt/routes.ts": ["protocols/http/mod.ts"] },
    found: "edges do not import one another",
  },
  {
    says: "a folder called utils",
    rule: folderNames,
    good: { "actors/platform/clock.ts": [] },
    bad: { "actors/utils/clock.ts": [] },
    found: "its folder is named after no subject",
  },
  {
    says: "files that import one another in a circle",
    rule: fileCycles,
    good: { "a.ts": ["b.ts", "c.ts"], "b.ts": ["c.ts"], "c.ts": [] },
    bad: { "a.ts": ["b.ts"], "b.ts": ["c.ts"], "c.ts": ["a.ts"] },
    found: "a.ts -> b.ts -> c.ts -> a.ts",
  },
  {
    says: "folders that import one another, file by file without a circle",
    rule: folderCycles,
    good: {
      "actors/thing/a.ts": ["actors/entity/mod.ts", "actors/errors.ts"],
      "actors/errors.ts": [],
    },
    bad: {
      "actors/thing/a.ts": ["actors/entity/a.ts"],
      "actors/entity/b.ts": ["actors/thing/b.ts"],
    },
    found: "actors/thing -> actors/entity -> actors/thing",
  },
  {
    says: "a vendor that two folders import",
    rule: oneHome,
    good: { "protocols/http/app.ts": ["hono"], "protocols/http/ops/docs_page.ts": ["hono/html"] },
    bad: { "protocols/http/app.ts": ["hono"], "protocols/websocket/server.ts": ["hono/ws"] },
    found: "hono: imported in protocols/http and protocols/websocket",
  },
  {
    says: "an engine that is opened outside its folders",
    rule: oneHome,
    good: { "projections/read_model/read_model_file.ts": ["node:sqlite", "node:crypto"] },
    bad: { "protocols/http/app.ts": ["node:sqlite"] },
    found: "protocols/http/app.ts -> node:sqlite",
  },
  {
    says: "an exemption that nothing needs",
    rule: idleExemptions,
    good: {
      "actors/event_store/sqlite/engine.ts": ["node:sqlite"],
      "actors/secrets/vault.ts": ["node:sqlite"],
      "projections/read_model/read_model_file.ts": ["node:sqlite"],
    },
    bad: { "actors/secrets/vault.ts": [] },
    found: "actors/secrets: exempted for node:sqlite",
  },
];

for (const { says, rule, good, bad, found } of CASES) {
  Deno.test(`architecture rules: find ${says}`, () => {
    assert.deepEqual(rule(tree(good)), []);
    const findings = rule(tree(bad));
    assert.ok(findings.some((finding) => finding.includes(found)), findings.join("\n"));
  });
}

Deno.test("architecture rules: find a version in a source, and a name that nobody mapped", () => {
  const mapped = ["hono", "hono/"];
  assert.deepEqual(mappedNames(tree({ "a.ts": ["hono", "hono/html", "node:fs"] }), mapped), []);
  for (const wild of ["npm:hono@4", "jsr:@std/assert@1", "https://deno.land/x/y.js", "jose"]) {
    assert.equal(mappedNames(tree({ "a.ts": [wild] }), mapped).length, 1, wild);
  }
});

Deno.test("architecture rules: find a version that is not exact", () => {
  const exact = { a: "npm:a@1.2.3", "@b/c": "npm:@b/c@0.1.0-rc.1", "d/": "npm:/d@1.0.0/" };
  assert.deepEqual(inexactVersions(exact), []);
  for (const loose of ["npm:a@^1.2.3", "npm:a@1", "npm:a", "https://esm.sh/a@1.2.3"]) {
    assert.equal(inexactVersions({ a: loose }).length, 1, loose);
  }
});

Deno.test("architecture rules: find a second composition root", () => {
  const texts: Readonly<Record<string, string>> = {
    "actors/event_store/sqlite/mod.ts":
      'export { openLog, sqliteTranslated, type Options } from "./store.ts";',
    "composition/core.ts": 'import { openLog } from "../actors/mod.ts";',
    "projections/read_model/file.ts":
      'import { sqliteTranslated, type Options } from "../../actors/mod.ts";',
    "protocols/http/app.ts":
      'import {\n  type Clock,\n  openLog as open,\n} from "../../actors/mod.ts";',
    "cli/again.ts": 'import "../main.ts";',
  };
  const graph = tree({
    ...Object.fromEntries(Object.keys(texts).map((file) => [file, []])),
    "cli/again.ts": ["main.ts"],
  });
  assert.deepEqual(otherRoots(graph, (path) => texts[path]!), [
    "protocols/http/app.ts: puts 'openLog' in place, which is composition/'s to decide",
    "cli/again.ts -> main.ts",
  ]);
});

Deno.test("architecture rules: are fed with every import there is, workers' and types' too", async () => {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const files: Readonly<Record<string, string>> = {
    "deno.json": '{ "importMap": "./import_map.json" }',
    "import_map.json": '{ "imports": {} }',
    "main.ts": 'new Worker(new URL("./actors/worker.ts", import.meta.url), { type: "module" });',
    "actors/worker.ts": 'import type { Shape } from "../projections/shape.ts";\n' +
      'import { randomUUID } from "node:crypto";\nexport const shape: Shape = randomUUID();',
    "projections/shape.ts": 'export type Shape = string;\nawait import("./late.ts");',
    "projections/late.ts": "export const late = true;",
  };
  try {
    for (const folder of ["actors", "projections"]) await Deno.mkdir(`${root}/${folder}`);
    for (const [file, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${root}/${file}`, text);
    }
    const graph = await readGraph(root);
    assert.deepEqual([...graph.keys()].sort(), [
      "actors/worker.ts",
      "main.ts",
      "projections/late.ts",
      "projections/shape.ts",
    ]);
    assert.deepEqual(graph.get("actors/worker.ts"), [
      { specifier: "../projections/shape.ts", file: "projections/shape.ts" },
      { specifier: "node:crypto" },
    ]);
    assert.deepEqual(graph.get("projections/shape.ts"), [
      { specifier: "./late.ts", file: "projections/late.ts" },
    ]);
    assert.equal(direction(graph).length, 1);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("architecture rules: refuse a tree with an import that leads nowhere", async () => {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.writeTextFile(`${root}/deno.json`, "{}");
    await Deno.writeTextFile(`${root}/main.ts`, 'import "./absent.ts";');
    await assert.rejects(readGraph(root), /absent\.ts/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
