import { type AnyFunction, lineAt, type Rule, type Source, syntaxRule } from "./source.ts";

const FILE_LINES_MAX = 500;
/** Past this a file must say why in `LONG_FILES`. */
const FILE_LINES_THINK = 300;
const FUNCTION_LINES_MAX = 70;

/** Files past 300 lines, each with the reason why splitting it would make it harder to read. */
export const LONG_FILES: Readonly<Record<string, string>> = {
  "tests/actors/runtime/runtime_test.ts": "one runtime, its cases in the order of an actor's life",
  "tests/protocols/http/house.ts": "one platform for tests, with all that it stands on",
  "tests/cli/flags_test.ts": "one table of flags, a case for each",
  "tests/projections/runner/runner_test.ts": "one loop, its cases around the same few projections",
};

export function fileSizes(longFiles: Readonly<Record<string, string>> = LONG_FILES): Rule {
  return ({ path, text }) => {
    const lines = text.trimEnd().split("\n").length;
    if (lines > FILE_LINES_MAX) {
      return [`${path}:1: has ${lines} lines, ${FILE_LINES_MAX} is the end: split it by subject`];
    }
    if (lines > FILE_LINES_THINK && longFiles[path] === undefined) {
      return [`${path}:1: has ${lines} lines: split it by subject, or say why not in LONG_FILES`];
    }
    return [];
  };
}

/** Reasons given for files that are short enough, or gone. */
export function idleLongFiles(
  sources: readonly Source[],
  longFiles: Readonly<Record<string, string>> = LONG_FILES,
): readonly string[] {
  const long = sources.filter((source) => fileSizes({})(source).length > 0);
  return Object.keys(longFiles).filter((path) => !long.some((source) => source.path === path));
}

/** In tests a function may list cases; each of them is a function, and has its own lines. */
export const functionSizes: Rule = syntaxRule((report, { path, text }) => {
  const inTests = path.startsWith("tests/");
  const linesOf = (node: AnyFunction): number =>
    lineAt(text, node.range[1]) - lineAt(text, node.range[0]) + 1;
  const inner = new Map<AnyFunction, number>();
  // Children are left before their parents: whatever a function holds is counted by then.
  const check = (node: AnyFunction): void => {
    const whole = linesOf(node);
    const holder = holderOf(node);
    if (holder !== undefined) inner.set(holder, (inner.get(holder) ?? 0) + whole);
    const lines = inTests ? whole - (inner.get(node) ?? 0) : whole;
    if (lines > FUNCTION_LINES_MAX) {
      report(node, `function of ${lines} lines, ${FUNCTION_LINES_MAX} are allowed: name its parts`);
    }
  };
  return {
    "FunctionDeclaration:exit": check,
    "FunctionExpression:exit": check,
    "ArrowFunctionExpression:exit": check,
  };
});

/** The function that a function stands in. */
function holderOf(node: AnyFunction): AnyFunction | undefined {
  let holder: Deno.lint.Node | undefined = node.parent;
  while (holder !== undefined && holder.type !== "Program") {
    if (
      holder.type === "FunctionDeclaration" || holder.type === "FunctionExpression" ||
      holder.type === "ArrowFunctionExpression"
    ) return holder;
    holder = (holder as { readonly parent?: Deno.lint.Node }).parent;
  }
  return undefined;
}
