import {
  isThere,
  openEventStoreDb,
  openEventStoreDbCopy,
  openSqliteLogCopy,
  openStoredSqliteLog,
  tellPlaces,
  thingUpcasters,
  UsageError,
} from "../../actors/mod.ts";
import { eventLogPath } from "../../projections/mod.ts";
import type { DataFolder } from "../data_folder.ts";
import { removeIfThere } from "../files.ts";
import { DOMAIN_FILE, keepDomain, oldestDomain } from "../log_of_folder.ts";
import { beginUnfinished, finish, unfinished } from "../unfinished.ts";
import { copiedAndProven, TO_SERVER } from "./moving.ts";
import type { ProgramGround } from "./program.ts";

interface Move {
  readonly connectionString: string;
  readonly ground: ProgramGround;
}

/** From the file of the folder into EventStoreDB. Until it is proven the folder stays as it was. */
export async function moveToServer(folder: DataFolder, move: Move): Promise<void> {
  const path = eventLogPath(folder.path);
  refuseUnfit(folder, path);
  if (isThere(path)) {
    await copied(folder, { ...move, path });
    removeIfThere(`${folder.path}/projections`);
    await setAside(folder, path);
  }
  finish(folder);
  move.ground.say(
    "Moved. Start the platform with --event-store esdb://…; its read models are built anew.",
  );
}

function refuseUnfit(folder: DataFolder, path: string): void {
  const work = unfinished(folder);
  if (work !== undefined && work !== TO_SERVER) {
    throw new UsageError(
      `Cannot move the log of '${folder.path}': '${work}' is not finished, repeat it`,
    );
  }
  if (work === undefined && folder.readSecret(DOMAIN_FILE) !== undefined) {
    throw new UsageError(
      `Cannot move the log of '${folder.path}' from 'sqlite': it lies in EventStoreDB, --from must be the esdb://… that it was begun with`,
    );
  }
  if (work === undefined && !isThere(path)) {
    throw new UsageError(
      `Cannot move the log of '${folder.path}' from 'sqlite': there is no '${path}', --data must be the folder of a platform`,
    );
  }
}

async function copied(
  folder: DataFolder,
  { path, connectionString, ground }: Move & { readonly path: string },
): Promise<void> {
  const from = openStoredSqliteLog(path);
  const to = await openEventStoreDbCopy({ connectionString });
  try {
    const places = await copiedAndProven({ from, to, list: from }, ground);
    // From here on the copy goes its own way: a platform that went on with the file would part them.
    beginUnfinished(folder, TO_SERVER);
    const store = await openEventStoreDb({ connectionString, upcasters: thingUpcasters });
    try {
      const told = await tellPlaces({ from, store, places });
      ground.say(`  told      ${told} sessions and shared subscriptions where they stand in it`);
    } finally {
      await store.close();
    }
    keepDomain(folder, (await oldestDomain(from.events))!);
  } finally {
    await from.close();
    await to.close();
  }
}

/** The file stays, under a name by which no platform takes it for its log. */
async function setAside(folder: DataFolder, path: string): Promise<void> {
  // Whoever closes it last copies its write-ahead log back: then it is one file.
  await openSqliteLogCopy(path).close();
  const instant = new Date().toISOString().replaceAll(/[-:]|\..*/g, "");
  Deno.renameSync(path, `${folder.path}/events-moved-${instant}.db`);
}
