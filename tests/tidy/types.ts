import { commentsOf, lineAt, type Source, syntaxRule } from "./source.ts";

/** `any` switches the compiler off: its reason stands beside it, or it does not stand. */
export function reasonedAny(source: Source): readonly string[] {
  const reasons = reasonedLines(source);
  return syntaxRule((report) => ({
    TSAnyKeyword(node) {
      if (reasons(node.range[0])) return;
      report(node, "'any' without its reason in a comment beside it: use unknown and narrow");
    },
  }))(source);
}

/** `as unknown as` tells the compiler what it cannot see: how we know it stands beside it. */
export function reasonedCasts(source: Source): readonly string[] {
  const reasons = reasonedLines(source);
  return syntaxRule((report) => ({
    TSAsExpression(node) {
      const { expression: inner } = node;
      if (inner.type !== "TSAsExpression") return;
      if (inner.typeAnnotation.type !== "TSUnknownKeyword" || reasons(node.range[0])) return;
      report(node, "'as unknown as' without its reason in a comment beside it");
    },
  }))(source);
}

/** Whether a comment ends on the line of an offset or on the one above it. */
function reasonedLines(source: Source): (offset: number) => boolean {
  const lines = new Set(commentsOf(source).map(({ range }) => lineAt(source.text, range[1])));
  return (offset) => {
    const line = lineAt(source.text, offset);
    return lines.has(line) || lines.has(line - 1);
  };
}
