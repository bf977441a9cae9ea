import { commentsOf, type Source } from "./source.ts";

const LINES_MIN = 5;
const LINES_MAX = 12;
const FORBIDS = /\b(no|not|never|nothing|nobody|none|only|cannot|neither|nor|alone)\b/i;

/** Folders whose every sub-folder has a door. */
const DOORED = /^(actors|projections|protocols|cli)\//;

/** Each mod.ts opens with what the folder is, the main path through it, what must not be done. */
export function openingComments(source: Source): readonly string[] {
  if (!source.path.endsWith("mod.ts")) return [];
  const fault = openingFault(source);
  return fault === undefined ? [] : [`${source.path}:1: ${fault}`];
}

function openingFault(source: Source): string | undefined {
  const opening = commentsOf(source).find(({ range }) => range[0] === 0);
  if (opening?.type !== "Block" || !opening.value.startsWith("*")) {
    return "must open with a doc comment: what the folder is, its main path, what must not be done";
  }
  const lines = opening.value.split("\n").length;
  if (lines < LINES_MIN || lines > LINES_MAX) {
    return `opening comment of ${lines} lines, ${LINES_MIN} to ${LINES_MAX} are wanted`;
  }
  const [what, ...rest] = opening.value.split(/\n \*\n/);
  if (what!.trim().length < 2) return "opening comment does not say what the folder is";
  if (!rest.some((paragraph) => paragraph.includes("Main path: "))) {
    return "opening comment does not name the 'Main path: '";
  }
  const last = rest.at(-1)!;
  if (last.includes("Main path: ") || !FORBIDS.test(last)) {
    return "last paragraph of the opening comment must say what must not be done here";
  }
  return undefined;
}

/** Folders of the product that have files and no mod.ts. */
export function foldersWithoutDoor(paths: readonly string[]): readonly string[] {
  const present = new Set(paths);
  const folders = new Set(
    paths.filter((path) => DOORED.test(path)).map((path) => path.slice(0, path.lastIndexOf("/"))),
  );
  return [...folders].filter((folder) => !present.has(`${folder}/mod.ts`))
    .map((folder) => `${folder}: has no mod.ts`);
}
