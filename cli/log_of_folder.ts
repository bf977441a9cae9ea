import { type EventReader, isThere, UsageError } from "../actors/mod.ts";
import { eventLogPath } from "../projections/mod.ts";
import type { DataFolder } from "./data_folder.ts";
import { UNFINISHED_FILE } from "./unfinished.ts";

/*
 * The keys and the read models of a data folder belong to one log: read from another, they would show
 * what that one does not hold, from a position that it never had. A log in a file lies in the folder;
 * of one elsewhere the folder remembers the domain, the first thing that every log holds.
 */

/** Holds the domain of the log that is not in the folder. */
export const DOMAIN_FILE = "event-log-domain";

interface FolderOfLog {
  readonly folder: DataFolder;
  /** `sqlite` or a connection string. */
  readonly eventStore: string;
}

/** Before a log is opened: opening one could make it. */
export function refuseOtherEngine({ folder, eventStore }: FolderOfLog): void {
  const unfinished = folder.readSecret(UNFINISHED_FILE);
  if (unfinished !== undefined) {
    throw new UsageError(
      `Cannot start on data folder '${folder.path}': '${unfinished}' is not finished, repeat it`,
    );
  }
  const inFile = isThere(eventLogPath(folder.path));
  const elsewhere = folder.readSecret(DOMAIN_FILE) !== undefined;
  if (eventStore === "sqlite" ? !elsewhere : !inFile) return;
  const right = eventStore === "sqlite" ? "the esdb://… that it was begun with" : "'sqlite'";
  throw new UsageError(
    `Cannot start on data folder '${folder.path}': it belongs to another log, --event-store must be ${right}, or --data another folder`,
  );
}

/** True if the log was begun with another folder, and this one has belonged to none yet. */
export function isNewToLog(folder: DataFolder, found: string | undefined): boolean {
  return found !== undefined && folder.readSecret(DOMAIN_FILE) === undefined;
}

/**
 * The domain of a log that is not in the folder, as both know it: `found` is what the log holds.
 * Undefined where neither knows one. Called before anything is written to the log.
 */
export function domainOfBoth(
  folder: DataFolder,
  { found, installationKey }: {
    readonly found: string | undefined;
    /** Undefined if the folder has a key of its own, which no other one can know. */
    readonly installationKey: string | undefined;
  },
): string | undefined {
  const kept = folder.readSecret(DOMAIN_FILE);
  if (kept === found) return found;
  if (kept === undefined) {
    if (installationKey !== undefined) return found;
    throw new UsageError(
      `Cannot start on data folder '${folder.path}': the log of domain '${found}' was begun with another one; start an empty folder with its key as --installation-key, or copy its keys and '${DOMAIN_FILE}' from there`,
    );
  }
  // A first start that was cut off before the log held the domain.
  if (found === undefined && !isThere(`${folder.path}/projections`)) return kept;
  throw new UsageError(
    `Cannot start on data folder '${folder.path}': it belongs to the log of domain '${kept}', --event-store leads to that of '${
      found ?? "none"
    }', choose another --data`,
  );
}

/** Before the log holds it: a log without its folder is lost, a folder without its log is not. */
export function keepDomain(folder: DataFolder, domainId: string): void {
  folder.writeSecret(DOMAIN_FILE, domainId);
}

/** The first thing that every log holds; undefined if it holds nothing. */
export async function oldestDomain(events: EventReader): Promise<string | undefined> {
  for (let after = 0;;) {
    const page = await events.readAll({ after, limit: 1, streamPrefixes: ["domain-"] });
    const [event] = page.events;
    if (event !== undefined) return event.stream.slice("domain-".length);
    if (page.atEnd) return undefined;
    after = page.reached;
  }
}
