import assert from "node:assert/strict";
import { foldersWithoutDoor, openingComments } from "./tidy/doors.ts";
import { commentedOutCode, debugging, markers, reasonedIgnores } from "./tidy/leftovers.ts";
import { fileNames, typeNames } from "./tidy/names.ts";
import { idleExemptions, signatures } from "./tidy/signatures.ts";
import { fileSizes, functionSizes, idleLongFiles } from "./tidy/sizes.ts";
import { readSources, type Rule } from "./tidy/source.ts";
import { reasonedAny, reasonedCasts } from "./tidy/types.ts";

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const sources = await readSources(ROOT);

/** What each rule promises about every file of the tree. */
const PROMISES: readonly (readonly [string, Rule])[] = [
  ["files end by 500 lines, and past 300 say why", fileSizes()],
  ["functions have at most 70 lines", functionSizes],
  ["functions take two parameters and then options, and three type parameters", signatures()],
  ["no type has a name that says nothing", typeNames],
  ["no file has a name that says nothing", fileNames],
  ["each mod.ts opens with what, main path and what must not be done", openingComments],
  ["no comment is a marker or names an issue", markers],
  ["no code is commented out", commentedOutCode],
  ["nothing is left from debugging", debugging],
  ["the linter looks away for a reason only", reasonedIgnores],
  ["any stands beside its reason", reasonedAny],
  ["a type is forced beside its reason", reasonedCasts],
];

for (const [promise, rule] of PROMISES) {
  Deno.test(`tidy: ${promise}`, () => {
    assert.deepEqual(sources.flatMap(rule), []);
  });
}

Deno.test("tidy: each folder of the product has its mod.ts", () => {
  assert.deepEqual(foldersWithoutDoor(sources.map(({ path }) => path)), []);
});

Deno.test("tidy: no exemption is idle", () => {
  assert.deepEqual(idleExemptions(sources), []);
  assert.deepEqual(idleLongFiles(sources), []);
});
