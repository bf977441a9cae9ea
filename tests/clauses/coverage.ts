import type { Reason, Specification, Statement } from "./statements.ts";

/** A file of the tree. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

export interface Place {
  readonly path: string;
  readonly line: number;
}

export interface Row extends Statement {
  /** Lines that implement it. */
  readonly lines: readonly Place[];
  /** Files that test it. */
  readonly tests: readonly string[];
  readonly reason: string | undefined;
}

export interface Coverage {
  readonly specifications: readonly { readonly name: string; readonly rows: readonly Row[] }[];
  /** What must be mended, a sentence each. */
  readonly faults: readonly string[];
}

/** Files that speak of tags and neither implement nor test what they name. */
const SPEAKING = /^tests\/(tidy|clauses)\/|\/clauses_test\.ts$/;

const TAG = /\[(MQTT\d*-[^\]\s]*)\]/g;

/** Brings statements, the tags of the tree, and reasons together. */
export function coverageOf(
  sources: readonly Source[],
  { specifications, reasons }: {
    readonly specifications: readonly Specification[];
    readonly reasons: readonly Reason[];
  },
): Coverage {
  const places = placesOf(sources);
  const reasonByTag = new Map(
    reasons.flatMap(({ reason, statements }) => statements.map((tag) => [tag, reason] as const)),
  );
  const covered = specifications.map(({ name, statements }) => ({
    name,
    rows: statements.map((statement) =>
      rowOf(statement, places.get(statement.tag) ?? [], reasonByTag.get(statement.tag))
    ),
  }));
  const rows = new Map(
    covered.flatMap(({ rows }) => rows.map((row) => [row.tag, row] as const)),
  );
  const faults = [
    ...unknownTags(places, rows),
    ...[...reasonByTag.keys()].filter((tag) => !rows.has(tag))
      .map((tag) => `[${tag}] has a reason and is no statement`),
    ...[...rows.values()].flatMap(lacking),
  ];
  return { specifications: covered, faults };
}

function placesOf(sources: readonly Source[]): ReadonlyMap<string, readonly Place[]> {
  const places = new Map<string, Place[]>();
  for (const { path, text } of sources) {
    if (SPEAKING.test(path)) continue;
    for (const [index, line] of text.split("\n").entries()) {
      for (const [, tag] of line.matchAll(TAG)) {
        const known = places.get(tag!);
        if (known === undefined) places.set(tag!, [{ path, line: index + 1 }]);
        else known.push({ path, line: index + 1 });
      }
    }
  }
  return places;
}

function rowOf(statement: Statement, places: readonly Place[], reason: string | undefined): Row {
  const lines = places.filter(({ path }) => !isTest(path));
  const tests = places.map(({ path }) => path).filter(isTest);
  return { ...statement, lines, tests: [...new Set(tests)], reason };
}

function unknownTags(
  places: ReadonlyMap<string, readonly Place[]>,
  rows: ReadonlyMap<string, Row>,
): readonly string[] {
  return [...places].filter(([tag]) => !rows.has(tag)).flatMap(([tag, where]) =>
    where.map(({ path, line }) => `${path}:${line}: [${tag}] names no statement`)
  );
}

function lacking({ tag, summary, lines, tests, reason }: Row): readonly string[] {
  if (reason !== undefined) return [];
  const faults: string[] = [];
  if (tests.length === 0) faults.push(`[${tag}] has neither test nor reason: ${summary}`);
  if (lines.length === 0) faults.push(`[${tag}] has neither line nor reason: ${summary}`);
  return faults;
}

function isTest(path: string): boolean {
  return path.startsWith("tests/");
}
