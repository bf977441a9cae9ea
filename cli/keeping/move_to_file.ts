import { isThere, openEventStoreDbCopy, openSqliteLogCopy, UsageError } from "../../actors/mod.ts";
import { eventLogPath } from "../../projections/mod.ts";
import type { DataFolder } from "../data_folder.ts";
import { removeIfThere } from "../files.ts";
import { DOMAIN_FILE, domainOfBoth, oldestDomain } from "../log_of_folder.ts";
import { beginUnfinished, finish, unfinished } from "../unfinished.ts";
import { copiedAndProven, TO_FILE } from "./moving.ts";
import type { ProgramGround } from "./program.ts";

interface Move {
  readonly connectionString: string;
  readonly ground: ProgramGround;
}

/** From EventStoreDB into a file of the folder, which gets its name only once it is proven. */
export async function moveToFile(folder: DataFolder, move: Move): Promise<void> {
  const path = eventLogPath(folder.path);
  const beside = `${folder.path}/events-moving.db`;
  refuseUnfit(folder, path);
  if (!isThere(path)) {
    await copied(folder, { ...move, beside });
    beginUnfinished(folder, TO_FILE);
    removeIfThere(`${folder.path}/projections`);
    Deno.renameSync(beside, path);
  }
  removeIfThere(`${folder.path}/${DOMAIN_FILE}`);
  finish(folder);
  move.ground.say(
    "Moved. Start the platform without --event-store; its read models are built anew.",
  );
}

function refuseUnfit(folder: DataFolder, path: string): void {
  const work = unfinished(folder);
  if (work !== undefined && work !== TO_FILE) {
    throw new UsageError(
      `Cannot move the log of '${folder.path}': '${work}' is not finished, repeat it`,
    );
  }
  if (work === undefined && isThere(path)) {
    throw new UsageError(
      `Cannot move a log to '${path}': a log is there, --data must be the folder whose log lies in EventStoreDB`,
    );
  }
}

async function copied(
  folder: DataFolder,
  { beside, connectionString, ground }: Move & { readonly beside: string },
): Promise<void> {
  const from = await openEventStoreDbCopy({ connectionString });
  try {
    domainOfBoth(folder, { found: await oldestDomain(from.events), installationKey: undefined });
    const to = openSqliteLogCopy(beside);
    try {
      await copiedAndProven({ from, to, list: to }, ground);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}
