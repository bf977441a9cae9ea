/**
 * `deno task clauses`: collects the clause tags of the code and the tests, and writes the tables of
 * docs/mqtt.md. With `--check` it writes nothing and says whether they are up to date. Fails on a
 * tag that names no statement, and on a statement that lacks a line, a test, and a reason why.
 */
import { coverageOf } from "./coverage.ts";
import { readReasons, readSpecifications } from "./statements.ts";
import { sameTables, withTables } from "./table.ts";
import { sourcePaths } from "../source_paths.ts";

/** What is wrong with the tags of a tree and the tables that show them. */
export async function faultsOf(
  root: string,
  { write }: { readonly write: boolean },
): Promise<readonly string[]> {
  const [paths, specifications, reasons] = await Promise.all([
    sourcePaths(root),
    readSpecifications(root),
    readReasons(root),
  ]);
  const sources = await Promise.all(
    paths.map(async (path) => ({ path, text: await Deno.readTextFile(`${root}/${path}`) })),
  );
  const coverage = coverageOf(sources, { specifications, reasons });
  const pagePath = `${root}/docs/mqtt.md`;
  const page = await Deno.readTextFile(pagePath);
  const fresh = withTables(page, coverage);
  if (write) await Deno.writeTextFile(pagePath, fresh);
  if (write || sameTables(page, fresh)) return coverage.faults;
  return [...coverage.faults, "docs/mqtt.md is out of date: run `deno task clauses`"];
}

if (import.meta.main) {
  const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
  const faults = await faultsOf(root, { write: !Deno.args.includes("--check") });
  const text = faults.map((fault) => `${fault}\n`).join("");
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  Deno.exit(faults.length === 0 ? 0 : 1);
}
