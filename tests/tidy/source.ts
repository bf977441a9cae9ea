import { sourcePaths } from "../source_paths.ts";

/** One file of ours, named from the root of the repository. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** A rule answers what it found, each as `path:line: what is wrong, what would be right`. */
export type Rule = (source: Source) => readonly string[];

export type Report = (node: { readonly range: Deno.lint.Range }, message: string) => void;

export type AnyFunction =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

export async function readSources(root: string): Promise<readonly Source[]> {
  const paths = await sourcePaths(root);
  return await Promise.all(paths.map(async (path) => ({
    path,
    text: await Deno.readTextFile(`${root}/${path}`),
  })));
}

/**
 * A rule over the syntax tree. The parser is that of `deno lint`, which its plugins reach only inside
 * `deno test`: so the rules need no compiler of their own.
 */
export function syntaxRule(
  visitor: (report: Report, source: Source) => Deno.lint.LintVisitor,
): Rule {
  return (source) => {
    const findings: string[] = [];
    const report: Report = ({ range: [start] }, message) =>
      findings.push(`${source.path}:${lineAt(source.text, start)}: ${message}`);
    const rule = { create: () => visitor(report, source) };
    Deno.lint.runPlugin({ name: "tidy", rules: { rule } }, source.path, source.text);
    return findings;
  };
}

export type Comment = Deno.lint.LineComment | Deno.lint.BlockComment;

/** A rule over comments, which strings that look like one cannot mislead. */
export function commentRule(check: (comment: Comment, report: Report) => void): Rule {
  return (source) => {
    const findings: string[] = [];
    const report: Report = ({ range: [start] }, message) =>
      findings.push(`${source.path}:${lineAt(source.text, start)}: ${message}`);
    for (const comment of commentsOf(source)) check(comment, report);
    return findings;
  };
}

export function commentsOf(source: Source): readonly Comment[] {
  const comments: Comment[] = [];
  const rule: Deno.lint.Rule = {
    create: (context) => ({
      Program: () => {
        comments.push(...context.sourceCode.getAllComments());
      },
    }),
  };
  Deno.lint.runPlugin({ name: "tidy", rules: { rule } }, source.path, source.text);
  return comments;
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
