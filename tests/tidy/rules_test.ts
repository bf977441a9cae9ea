import assert from "node:assert/strict";
import { foldersWithoutDoor, openingComments } from "./doors.ts";
import { commentedOutCode, debugging, markers, reasonedIgnores } from "./leftovers.ts";
import { fileNames, typeNames } from "./names.ts";
import { idleExemptions, signatures } from "./signatures.ts";
import { fileSizes, functionSizes, idleLongFiles } from "./sizes.ts";
import type { Rule } from "./source.ts";
import { reasonedAny, reasonedCasts } from "./types.ts";

interface Case {
  readonly says: string;
  readonly rule: Rule;
  readonly path?: string;
  /** Texts that the rule lets pass. */
  readonly good: readonly string[];
  /** Texts of which each must be found. */
  readonly bad: readonly string[];
}

const PATH = "actors/thing/decider.ts";
const lines = (count: number): string => "f();\n".repeat(count);
const body = (count: number): string => `{\n${lines(count - 2)}}`;

const DOOR = `/**
 * A lamp: on or off.
 *
 * Main path: a command reaches \`lampDecider\`, which answers events.
 *
 * Pure: no clock, no I/O.
 */
export {};
`;

const CASES: readonly Case[] = [
  {
    says: "files that are too long",
    rule: fileSizes({}),
    good: [lines(300)],
    bad: [lines(301), lines(501)],
  },
  {
    says: "files past 500 lines, whatever their reason",
    rule: fileSizes({ [PATH]: "a reason" }),
    good: [lines(301), lines(500)],
    bad: [lines(501)],
  },
  {
    says: "functions that are too long, with all that they hold",
    rule: functionSizes,
    good: [`function a() ${body(70)}`, `const a = () => ${body(70)}`],
    bad: [
      `function a() ${body(71)}`,
      `class A { b() ${body(71)} }`,
      `const a = () => ${body(71)}`,
      `function a() {\n${lines(40)}const b = () => ${body(40)};\n}`,
    ],
  },
  {
    says: "functions of tests that are long beside the cases they list",
    rule: functionSizes,
    path: "tests/lamp_contract.ts",
    good: [`function a() {\n${lines(60)}check("b", () => ${body(40)});\n}`],
    bad: [
      `function a() {\n${lines(70)}check("b", () => {});\n}`,
      `function a() {\ncheck("b", () => ${body(71)});\n}`,
    ],
  },
  {
    says: "a third positional parameter, a second beside the options, a fourth type parameter",
    rule: signatures({}),
    good: [
      "function f(a: string, b: string) {}",
      "function f(a: string, b: string, { c }: { c: number }) {}",
      "function f(a: string, b: string, options: Options = {}) {}",
      "function f(this: Lamp, a: string, b: string) {}",
      "function f(a: string, b: string, work: () => void) {}",
      "list.reduce((all, each, at) => all, 0);",
      "function f<A, B, C>() {}",
    ],
    bad: [
      "function f(a: string, b: string, c: number) {}",
      "function f(a: string, b: string, c = 3) {}",
      "function f(a: string, b: string, c: readonly string[]) {}",
      "function f(a: string, b: string, ...c: string[]) {}",
      "function f(a: string, b: Options, c: Options, d: Options) {}",
      "class A { m(a: string, b: string, c: boolean) {} }",
      "class A { constructor(a: string, b: string, c: boolean) {} }",
      "const f = (a: string, b: string, c: boolean) => a;",
      "interface A { m(a: string, b: string, c: boolean): void }",
      "type F = (a: string, b: string, c: boolean) => void;",
      "function f<A, B, C, D>() {}",
      "interface A<B, C, D, E> { b: B }",
    ],
  },
  {
    says: "types whose names say nothing",
    rule: typeNames,
    good: ["class DataFolder {}", "interface Identity {}", "type Baseline = 1;", "class IdMap {}"],
    bad: [
      "class ThingManager {}",
      "class StoreImpl {}",
      "class AbstractStore {}",
      "class BaseStore {}",
      "interface IStore {}",
      "interface ThingInfo {}",
      "type ThingData = 1;",
      "class ThingService {}",
      "class PathHelper {}",
      "type TextUtils = 1;",
    ],
  },
  {
    says: "markers and numbers of issues in comments",
    rule: markers,
    good: ["// [MQTT-3.1.4-2]: said in the clause", 'const a = "TODO";', "class A { #b = 1 }"],
    bad: ["// TODO later", "// FIXME", "/** XXX */", "// a hack", "// see #12", "// issue 4"],
  },
  {
    says: "commented-out code",
    rule: commentedOutCode,
    good: ["// if it is not there, it is made", "/** `f();` opens it */", "// kept: f(x) and g(x)"],
    bad: ["// const a = 1;", "// f(a);", "// if (a) {", "// }", "/* return a; */", "// a.b = 1;"],
  },
  {
    says: "what was left from debugging",
    rule: debugging,
    good: [
      'Deno.test("a", () => {});',
      "// deno-lint-ignore no-console -- a command for people\nconsole.log(1);",
      "a.ignore();",
    ],
    bad: [
      "debugger;",
      "console.log(1);",
      "// deno-lint-ignore no-console\nconsole.log(1);",
      'Deno.test.only("a", () => {});',
      'Deno.test.ignore("a", () => {});',
      'Deno.test({ name: "a", ignore: true, fn() {} });',
      'Deno.test({ name: "a", only: true, fn() {} });',
    ],
  },
  {
    says: "a linter that looks away without a reason",
    rule: reasonedIgnores,
    good: ["// deno-lint-ignore no-console -- a command for people"],
    bad: ["// deno-lint-ignore no-console", "// deno-lint-ignore-file"],
  },
  {
    says: "any without a reason",
    rule: reasonedAny,
    good: ["// the library gives it\nlet a: any;", "let a: unknown;"],
    bad: ["let a: any;", "function f(a: any[]) {}", "// far above\n\nlet a: any;"],
  },
  {
    says: "a forced type without a reason",
    rule: reasonedCasts,
    good: ["// written by us\nconst a = b as unknown as A;", "const a = b as A;"],
    bad: ["const a = b as unknown as A;"],
  },
  {
    says: "doors that do not say what, main path and what must not be done",
    rule: openingComments,
    path: "actors/lamp/mod.ts",
    good: [DOOR],
    bad: [
      "export {};",
      `import "./a.ts";\n${DOOR}`,
      DOOR.replace("/**", "/*"),
      DOOR.replace("Main path: a", "A"),
      DOOR.replace("no clock, no I/O", "a clock and I/O"),
      DOOR.replace(" * Pure: no clock, no I/O.\n", ""),
      DOOR.replace(" * A lamp", " * A lamp\n".repeat(7) + " * A lamp"),
      "/** A lamp. Main path: none. Nothing else. */\nexport {};",
    ],
  },
];

for (const { says, rule, path = PATH, good, bad } of CASES) {
  Deno.test(`tidy rules: find ${says}`, () => {
    for (const text of good) assert.deepEqual(rule({ path, text }), [], text);
    for (const text of bad) assert.ok(rule({ path, text }).length > 0, text);
  });
}

Deno.test("tidy rules: find files whose names say nothing", () => {
  const found = (path: string) => fileNames({ path, text: "" }).length;
  for (const good of ["cli/data_folder.ts", "actors/platform/ids.ts", "actors/mod.ts"]) {
    assert.equal(found(good), 0, good);
  }
  for (
    const bad of [
      "actors/index.ts",
      "actors/thing_manager.ts",
      "actors/utils/ids.ts",
      "actors/helpers.ts",
      "actors/thing_data.ts",
      "actors/base_store.ts",
      "actors/store_impl.ts",
    ]
  ) assert.equal(found(bad), 1, bad);
});

Deno.test("tidy rules: find a folder of the product without a door", () => {
  const paths = [
    "actors/mod.ts",
    "actors/lamp/decider.ts",
    "tests/lamp/decider_test.ts",
    "main.ts",
  ];
  assert.deepEqual(foldersWithoutDoor(paths), ["actors/lamp: has no mod.ts"]);
});

Deno.test("tidy rules: an exempted signature passes, and an exemption without one is found", () => {
  const source = { path: PATH, text: "function f(a: string, b: string, c: number) {}" };
  const exempt = { [`${PATH} (a, b, c)`]: "a reason" };
  assert.deepEqual(signatures(exempt)(source), []);
  assert.deepEqual(idleExemptions([source], exempt), []);
  assert.deepEqual(idleExemptions([], exempt), [`${PATH} (a, b, c)`]);
});

Deno.test("tidy rules: find a reason for a long file that is none any more", () => {
  const sources = [{ path: "a.ts", text: lines(301) }, { path: "b.ts", text: lines(300) }];
  const reasons = { "a.ts": "a reason", "b.ts": "a reason", "gone.ts": "a reason" };
  assert.deepEqual(idleLongFiles(sources, reasons), ["b.ts", "gone.ts"]);
});

Deno.test("tidy rules: say the line where it stands", () => {
  const source = { path: PATH, text: "\n\nlet a: any;\n" };
  assert.match(reasonedAny(source)[0]!, /^actors\/thing\/decider\.ts:3: /);
});
