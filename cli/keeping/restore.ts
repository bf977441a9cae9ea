import { isThere, UsageError } from "../../actors/mod.ts";
import { type DataFolder, takeDataFolder } from "../data_folder.ts";
import { removeIfThere, synced } from "../files.ts";
import { beginUnfinished, finish, unfinished, UNFINISHED_FILE } from "../unfinished.ts";
import { checkedManifest, digestOf, KEY_FILES, type Manifest } from "../backup_manifest.ts";
import { counted } from "./moving.ts";
import { type Program, required, runProgram } from "./program.ts";

const USAGE = `Puts a backup in place as a data folder.

  deno task restore --from FOLDER [--keys-from FOLDER] [--data ./data]

  --from       what 'deno task backup' wrote; each file is checked before anything is done
  --keys-from  where 'installation-key' and 'signing-key.pem' are, if the backup has no keys
  --data       a folder that is empty, or not there yet

Then start a platform on it: its read models are built anew.

Exit code: 0 restored, 64 wrong usage or no sound backup, 75 the folder is in use`;

/** What `unfinished` says in a data folder. */
const WORK = "deno task restore";
const FILE_MODE = 0o600;

interface Source {
  readonly name: string;
  readonly path: string;
}

export const restore: Program = {
  does: "restore",
  usage: USAGE,
  flags: ["data", "from", "keys-from"],
  async run(flags, { say }) {
    const from = required(flags["from"], "--from, the folder of a backup");
    const manifest = await checkedManifest(from);
    const sources = [
      ...manifest.files.map(({ name }) => ({ name, path: `${from}/${name}` })),
      ...await keySources(manifest, flags["keys-from"]),
    ];
    const folder = takeDataFolder(flags["data"] ?? "./data");
    try {
      restored(folder, sources);
    } finally {
      folder.release();
    }
    const { log, takenAt } = manifest;
    say(
      log === null
        ? `Restored what was taken at ${takenAt}. Its log lies in EventStoreDB: restore that to an instant not before this one.`
        : `Restored ${
          counted(log.events)
        }, as they were at ${takenAt}. Start the platform on '${folder.path}'; its read models are built anew.`,
    );
  },
};

async function keySources(
  { keys, installationKey }: Manifest,
  keysFrom: string | undefined,
): Promise<readonly Source[]> {
  if (keys === "with") {
    if (keysFrom === undefined) return [];
    throw new UsageError(
      `Cannot restore with --keys-from '${keysFrom}': the backup has its keys, leave the flag out`,
    );
  }
  if (keysFrom === undefined) {
    throw new UsageError(
      "Cannot restore: the backup was taken without keys, --keys-from must name the folder where they are",
    );
  }
  const sources = KEY_FILES.map((name) => ({ name, path: `${keysFrom}/${name}` }))
    .filter(({ path }) => isThere(path));
  const key = sources.find(({ name }) => name === "installation-key");
  if (key === undefined || await digestOf(key.path) !== installationKey) {
    throw new UsageError(
      `Cannot restore with --keys-from '${keysFrom}': its 'installation-key' must be that of the platform that was backed up`,
    );
  }
  return sources;
}

function restored(folder: DataFolder, sources: readonly Source[]): void {
  const mine = ["lock", UNFINISHED_FILE];
  const there = [...Deno.readDirSync(folder.path)].map(({ name }) => name)
    .filter((name) => !mine.includes(name));
  const work = unfinished(folder);
  if (work !== WORK && (work !== undefined || there.length > 0)) {
    throw new UsageError(
      `Cannot restore to '${folder.path}': it holds '${
        there[0] ?? UNFINISHED_FILE
      }', --data must be an empty folder`,
    );
  }
  beginUnfinished(folder, WORK);
  // What an attempt left that was cut off.
  for (const name of there) removeIfThere(`${folder.path}/${name}`);
  for (const { name, path } of sources) {
    const to = `${folder.path}/${name}`;
    Deno.copyFileSync(path, to);
    Deno.chmodSync(to, FILE_MODE);
    synced(to);
  }
  finish(folder);
}

if (import.meta.main) await runProgram(restore);
