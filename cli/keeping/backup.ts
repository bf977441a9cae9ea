import { basename, dirname, resolve } from "node:path";
import {
  copySqliteFile,
  copyVault,
  examineSqliteLog,
  isThere,
  UsageError,
} from "../../actors/mod.ts";
import { eventLogPath } from "../../projections/mod.ts";
import { removeIfThere, synced } from "../files.ts";
import { DOMAIN_FILE } from "../log_of_folder.ts";
import { progressOf } from "../progress/mod.ts";
import { UNFINISHED_FILE } from "../unfinished.ts";
import { VERSION } from "../version.ts";
import { digestOf, KEY_FILES, type Manifest, MANIFEST_FILE, measured } from "../backup_manifest.ts";
import { counted } from "./moving.ts";
import { type Program, type ProgramGround, required, runProgram } from "./program.ts";

const USAGE = `Backs up a data folder, while its platform runs or while it does not.

  deno task backup --to FOLDER --keys with|without [--data ./data]

  --to    a folder that is not there yet; it appears when it is whole and was checked
  --keys  with:    the keys of the installation are in it: whoever has the backup has everything
          without: they are not; keep a copy of 'installation-key' and 'signing-key.pem' elsewhere,
                   because nobody can use the backup without them
  --data  the data folder

Read models are not in it, they are rebuilt. A log in EventStoreDB is not in it either: back
that up by its own means. docs/operations.md has more.

Exit code: 0 taken and checked, 64 wrong usage, 70 the log is damaged`;

const FILE_MODE = 0o600;
const VAULT_FILE = "vault.db";

interface Task {
  readonly data: string;
  /** Where the backup grows. */
  readonly folder: string;
  readonly keys: Manifest["keys"];
  readonly ground: ProgramGround;
}

export const backup: Program = {
  does: "back up",
  usage: USAGE,
  flags: ["data", "to", "keys"],
  async run(flags, ground) {
    const data = flags["data"] ?? "./data";
    const to = resolve(required(flags["to"], "--to, the folder of the backup"));
    const keys = keysOf(flags["keys"]);
    refuseUnfit(data, to);
    // Renamed at the end: what has the name is whole.
    const folder = Deno.makeTempDirSync({ dir: dirname(to), prefix: `${basename(to)}.partial-` });
    try {
      const manifest = await taken({ data, folder, keys, ground });
      Deno.renameSync(folder, to);
      synced(dirname(to));
      sayTaken(manifest, { to, ground });
    } catch (error) {
      removeIfThere(folder);
      throw error;
    }
  },
};

function keysOf(said: string | undefined): Manifest["keys"] {
  if (said === "with" || said === "without") return said;
  throw new UsageError(
    `Cannot back up with --keys '${
      said ?? ""
    }': it must be 'with' or 'without', --help says what each means`,
  );
}

function refuseUnfit(data: string, to: string): void {
  if (!isThere(`${data}/installation-key`)) {
    throw new UsageError(
      `Cannot back up '${data}': it has no 'installation-key', --data must be the folder of a platform`,
    );
  }
  if (isThere(`${data}/${UNFINISHED_FILE}`)) {
    const work = Deno.readTextFileSync(`${data}/${UNFINISHED_FILE}`).trim();
    throw new UsageError(`Cannot back up '${data}': '${work}' is not finished, repeat it`);
  }
  if (isThere(to)) {
    throw new UsageError(`Cannot back up to '${to}': it is there already, choose another name`);
  }
  if (!isThere(dirname(to))) {
    throw new UsageError(`Cannot back up to '${to}': there is no '${dirname(to)}', make it first`);
  }
}

async function taken(task: Task): Promise<Manifest> {
  const { data, folder, keys, ground } = task;
  const names: string[] = [];
  const takenAt = new Date().toISOString();
  const log = await logTaken(task);
  if (log !== null) names.push("events.db");
  // After the log, so that it has the key of every person that the log names.
  if (isThere(`${data}/${VAULT_FILE}`)) {
    copyVault(`${data}/${VAULT_FILE}`, `${folder}/${VAULT_FILE}`);
    names.push(VAULT_FILE);
  }
  for (const name of [DOMAIN_FILE, ...(keys === "with" ? KEY_FILES : [])]) {
    if (!isThere(`${data}/${name}`)) continue;
    Deno.copyFileSync(`${data}/${name}`, `${folder}/${name}`);
    names.push(name);
  }
  const files = [];
  for (const name of names) {
    Deno.chmodSync(`${folder}/${name}`, FILE_MODE);
    synced(`${folder}/${name}`);
    files.push(await measured(folder, name));
  }
  const manifest: Manifest = {
    format: "millrace-backup/1",
    version: VERSION,
    takenAt,
    log,
    keys,
    installationKey: await digestOf(`${data}/installation-key`),
    files,
  };
  const path = `${folder}/${MANIFEST_FILE}`;
  Deno.writeTextFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`, { mode: FILE_MODE });
  synced(path);
  synced(folder);
  ground.say(`  checked   ${files.length} files`);
  return manifest;
}

async function logTaken({ data, folder, ground }: Task): Promise<Manifest["log"]> {
  const path = eventLogPath(data);
  if (!isThere(path)) return null;
  const copy = eventLogPath(folder);
  ground.say(`  copies    ${path}`);
  copySqliteFile(path, copy);
  let progress: ReturnType<typeof progressOf> | undefined;
  const log = await examineSqliteLog(copy, (position, total) => {
    progress ??= progressOf(ground, { name: "examines  ", total });
    progress.at(position);
  });
  progress?.end();
  ground.say(`  examined  ${counted(log.events)} in ${log.streams.toLocaleString("en")} streams`);
  return log;
}

function sayTaken(
  { log, keys }: Manifest,
  { to, ground: { say } }: { readonly to: string; readonly ground: ProgramGround },
): void {
  if (log !== null) say(`  heads     sha-256 ${log.heads} over the last hash of every stream`);
  else say("  The log is not in it: it lies in EventStoreDB, back that up too.");
  if (keys === "without") {
    say("  The keys are not in it: without 'installation-key' nobody can use it.");
  }
  say(`Backed up to '${to}'.`);
}

if (import.meta.main) await runProgram(backup);
