import {
  compareEndings,
  compareLogs,
  copyLog,
  type ListedLog,
  type LogCopy,
  type PlacesElsewhere,
  positionsKept,
  type StoredLog,
  UsageError,
} from "../../actors/mod.ts";
import { type Progress, progressOf } from "../progress/mod.ts";
import type { ProgramGround } from "./program.ts";

/** What `unfinished` says in a data folder, by where its log goes. */
export const TO_SERVER = "deno task move --from sqlite --to esdb://…";
export const TO_FILE = "deno task move --from esdb://… --to sqlite";

interface BothLogs {
  readonly from: StoredLog;
  readonly to: LogCopy;
  /** The one of them that is a file. */
  readonly list: ListedLog;
}

/** Copies what is missing and proves the whole; answers where the copy has what states point to. */
export async function copiedAndProven(
  { from, to, list }: BothLogs,
  ground: ProgramGround,
): Promise<PlacesElsewhere> {
  const { say } = ground;
  const last = await from.events.lastPosition();
  if (last === 0) throw new UsageError("Cannot move the log: it holds no events");
  const copied = await stepped(
    ground,
    { name: "copies   ", total: last },
    ({ at }) =>
      copyLog({ from, to, onProgress: ({ position, events }) => at(position, counted(events)) }),
  );
  say(`  copied    ${counted(copied)}`);
  const wanted = to.keepsPositions ? new Set<number>() : await positionsKept(list);
  const compared = await stepped(
    ground,
    { name: "compares ", total: last },
    ({ at }) =>
      compareLogs({
        from,
        to,
        onProgress: ({ position, events }) => at(position, counted(events)),
      }, wanted),
  );
  const { streams, heads } = await compareEndings({ from, to, list }, {
    told: compared.told,
    onStreams: () => {},
  });
  say(
    `  proven    ${counted(compared.events)} in ${
      streams.toLocaleString("en")
    } streams are the same in both, in the same order`,
  );
  say(`  heads     sha-256 ${heads} over the last hash of every stream`);
  return compared.places;
}

async function stepped<T>(
  ground: ProgramGround,
  step: { readonly name: string; readonly total: number },
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const progress = progressOf(ground, step);
  try {
    return await work(progress);
  } finally {
    progress.end();
  }
}

export function counted(events: number): string {
  return `${events.toLocaleString("en")} events`;
}
