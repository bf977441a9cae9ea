import { commentRule, commentsOf, lineAt, type Rule, type Source, syntaxRule } from "./source.ts";

const MARKER = /\b(TODO|FIXME|XXX|HACK|WIP)\b/i;
const ISSUE = /(?<![\w&])#\d+\b|\bissues? #?\d/i;
const CODE = new RegExp(
  [
    String.raw`^(import|export|const|let|var|return|await|throw|function|class)\b.*[;{(]$`,
    String.raw`^(if|for|while|switch)\b ?\(.*[;{)]$`,
    String.raw`^[)\]}]+[;,]?$`,
    String.raw`^[\w.#]+\(.*\);$`,
    String.raw`^[\w.#[\]]+ [+-]?= .+;$`,
  ].join("|"),
);

export const markers: Rule = commentRule((comment, report) => {
  const marker = MARKER.exec(comment.value)?.[0];
  if (marker !== undefined) report(comment, `'${marker}' is a leftover: do it, or file an issue`);
  if (ISSUE.test(comment.value)) report(comment, "a comment names an issue: say the reason itself");
});

export const commentedOutCode: Rule = commentRule((comment, report) => {
  // A doc comment may show how something is used.
  if (comment.type === "Block" && comment.value.startsWith("*")) return;
  const lines = comment.value.split("\n").map((line) => line.replace(/^\s*\*/, "").trim());
  const code = lines.find((line) => CODE.test(line));
  if (code !== undefined) report(comment, `'${code}' is commented-out code: remove it`);
});

/** Whoever asks the linter to look away says why. */
export const reasonedIgnores: Rule = commentRule((comment, report) => {
  const ignore = /^\s*deno-lint-ignore(-file)?\b/.test(comment.value);
  if (ignore && !/ -- \S+/.test(comment.value)) {
    report(comment, "deno-lint-ignore without ' -- ' and its reason");
  }
});

/** What is written to find a fault, and must not stay: each of these also hides tests or prints. */
export function debugging(source: Source): readonly string[] {
  const printing = new Set(
    commentsOf(source).filter(({ value }) => /deno-lint-ignore no-console -- /.test(value))
      .map(({ range }) => lineAt(source.text, range[1]) + 1),
  );
  return debuggingRule((offset) => printing.has(lineAt(source.text, offset)))(source);
}

const debuggingRule = (mayPrint: (offset: number) => boolean): Rule =>
  syntaxRule((report) => ({
    DebuggerStatement: (node) => report(node, "a debugger statement was left"),
    MemberExpression(node) {
      const name = node.property.type === "Identifier" ? node.property.name : "";
      if (
        node.object.type === "Identifier" && node.object.name === "console" &&
        !mayPrint(node.range[0])
      ) {
        report(node, `console.${name} was left: the program logs through its Logger`);
      }
      const onTest = node.object.type === "MemberExpression" &&
        node.object.property.type === "Identifier" && node.object.property.name === "test";
      if (onTest && (name === "only" || name === "ignore")) {
        report(node, `a test is marked .${name}: every test runs`);
      }
    },
    Property(node) {
      const name = node.key.type === "Identifier" ? node.key.name : "";
      const set = node.value.type === "Literal" && node.value.value === true;
      if (set && (name === "only" || name === "ignore")) {
        report(node, `a test is marked ${name}: every test runs`);
      }
    },
  }));
