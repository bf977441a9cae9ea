import { type Report, type Rule, type Source, syntaxRule } from "./source.ts";

/** Words that say nothing about what a thing does, wherever they stand in a name. */
const EMPTY_WORDS = new Set([
  ...["manager", "managers", "helper", "helpers", "util", "utils", "service", "services", "impl"],
]);
const EMPTY_FIRST = new Set(["base", "abstract"]);
/** A `DataFolder` is a folder of data; a `FolderData` is a name that gave up. */
const EMPTY_LAST = new Set(["data", "info"]);

export const typeNames: Rule = syntaxRule((report) => {
  const check = (node: { readonly id: Deno.lint.Identifier | null }): void => {
    if (node.id !== null) checkName(node.id, report);
  };
  return {
    ClassDeclaration: check,
    TSInterfaceDeclaration: check,
    TSTypeAliasDeclaration: check,
    TSEnumDeclaration: check,
  };
});

function checkName(id: Deno.lint.Identifier, report: Report): void {
  const words = id.name.split(/(?=[A-Z][a-z])|(?<=[a-z\d])(?=[A-Z])/).map((word) =>
    word.toLowerCase()
  );
  const empty = /^I[A-Z][a-z]/.test(id.name) ? "I" : emptyWord(words);
  if (empty !== undefined) report(id, `'${id.name}' says '${empty}': name what it does`);
}

export function fileNames({ path }: Source): readonly string[] {
  const segments = path.replace(/\.ts$/, "").split("/");
  if (segments.at(-1) === "index") return [`${path}:1: a folder's door is called mod.ts`];
  return segments.flatMap((segment) => {
    const empty = emptyWord(segment.split("_"));
    return empty === undefined
      ? []
      : [`${path}:1: '${segment}' says '${empty}': name what it is for`];
  });
}

function emptyWord(words: readonly string[]): string | undefined {
  const [first, last] = [words[0]!, words.at(-1)!];
  if (EMPTY_FIRST.has(first)) return first;
  if (EMPTY_LAST.has(last)) return last;
  return words.find((word) => EMPTY_WORDS.has(word));
}
