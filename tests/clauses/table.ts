import type { Coverage, Place, Row } from "./coverage.ts";

export const BEGIN = "<!-- clauses: written by `deno task clauses`, not by hand -->";
export const END = "<!-- end of clauses -->";

/** The formatter would pad each row to the longest, and every change would touch them all. */
const AS_IT_IS = ["<!-- deno-fmt-ignore-start -->", "<!-- deno-fmt-ignore-end -->"] as const;

/** Files named in one cell; further ones are counted. */
const NAMED_MAX = 3;

/** The page with the tables of a coverage between its two markers. */
export function withTables(page: string, coverage: Coverage): string {
  const { before, after } = parts(page);
  const tables = coverage.specifications.map(({ name, rows }) => tableOf(name, rows));
  const [start, end] = AS_IT_IS;
  return [before + BEGIN, start, ...tables, end, END + after].join("\n\n");
}

/**
 * Whether the tables of two pages say the same. Numbers of lines are not compared: they move with
 * each change of the code above, and are put right whenever the tables are written anew.
 */
export function sameTables(one: string, other: string): boolean {
  return comparable(one) === comparable(other);
}

function comparable(page: string): string {
  return parts(page).between.replaceAll(/:\d+\]|#L\d+/g, "").trim();
}

function parts(page: string): { before: string; between: string; after: string } {
  const [before, rest] = page.split(BEGIN);
  const [between, after] = rest?.split(END) ?? [];
  if (after === undefined) {
    throw new TypeError(`Cannot find the tables: the page must have '${BEGIN}' and '${END}'`);
  }
  return { before: before!, between: between!, after };
}

function tableOf(name: string, rows: readonly Row[]): string {
  const reasoned = rows.filter(({ reason }) => reason !== undefined).length;
  return [
    `### ${name}`,
    "",
    `${rows.length} statements: ${rows.length - reasoned} with a line and a test, ` +
    `${reasoned} with a reason.`,
    "",
    "| statement | in short | implemented by | proved by, or the reason |",
    "| --- | --- | --- | --- |",
    ...rows.map((row) =>
      `| ${row.tag} | ${cell(row.summary)} | ${linesOf(row.lines)} | ${proofOf(row)} |`
    ),
  ].join("\n");
}

function linesOf(lines: readonly Place[]): string {
  const links = lines.map(({ path, line }) => `[${shortened(path)}:${line}](../${path}#L${line})`);
  return listed(links);
}

function proofOf({ tests, reason }: Row): string {
  const links = listed(tests.map((path) => `[${shortened(path)}](../${path})`));
  return [links, reason ?? ""].filter((part) => part !== "").join("; ");
}

function listed(links: readonly string[]): string {
  const named = links.slice(0, NAMED_MAX).join(", ");
  return links.length > NAMED_MAX ? `${named} and ${links.length - NAMED_MAX} more` : named;
}

function shortened(path: string): string {
  return path.replace(/^(tests\/)?(protocols\/mqtt\/)?/, "");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
