import { EngineUnreachable, UsageError } from "../actors/mod.ts";
import { removeIfThere } from "./files.ts";

/** Where clients find the platform, as `<data>/ready.json` holds it. */
export interface Addresses {
  readonly http: string;
  /** Absent where no devices come. */
  readonly mqtt?: string;
  /** Absent where the port is closed. */
  readonly mqtts?: string;
  readonly https?: string;
}

/** The folder of everything that is kept, held by this process alone. */
export interface DataFolder {
  readonly path: string;
  /** Makes a file readable by its owner only; `undefined` if it is not there. */
  readSecret(name: string): string | undefined;
  writeSecret(name: string, text: string): void;
  removeSecret(name: string): void;
  announceReady(addresses: Addresses): void;
  /** Takes back the announcement and lets go of the folder. */
  release(): void;
}

/**
 * Takes the folder by a lock on `<data>/lock`, which the operating system lets go of however the
 * process ends; the file holds the pid for people. Throws EngineUnreachable if another process has
 * it, UsageError if it cannot be made.
 */
export function takeDataFolder(path: string): DataFolder {
  makeFolder(path);
  const lock = lockFile(path);
  const readyPath = `${path}/ready.json`;
  removeIfThere(readyPath);
  return {
    path,
    readSecret(name) {
      try {
        return Deno.readTextFileSync(`${path}/${name}`).trim();
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw error;
      }
    },
    writeSecret: (name, text) =>
      Deno.writeTextFileSync(`${path}/${name}`, `${text}\n`, { mode: 0o600 }),
    removeSecret: (name) => removeIfThere(`${path}/${name}`),
    announceReady(addresses) {
      // Renamed into place, so that whoever waits for the file never reads half of it.
      Deno.writeTextFileSync(
        `${readyPath}.new`,
        JSON.stringify({ ...addresses, pid: Deno.pid }) + "\n",
      );
      Deno.renameSync(`${readyPath}.new`, readyPath);
    },
    release() {
      removeIfThere(readyPath);
      lock.close();
    },
  };
}

function makeFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unusable(path, cause);
  }
}

function unusable(path: string, cause: unknown): UsageError {
  return new UsageError(
    `Cannot start with --data '${path}': it must be a folder that can be made and written`,
    { cause },
  );
}

function lockFile(path: string): Deno.FsFile {
  const lock = opened(path);
  if (!lock.tryLockSync(true)) {
    const pid = Deno.readTextFileSync(`${path}/lock`).trim();
    lock.close();
    throw new EngineUnreachable(
      `Cannot use data folder '${path}': process ${pid} is using it, stop that one or choose another --data`,
    );
  }
  lock.truncateSync(0);
  lock.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
  return lock;
}

function opened(path: string): Deno.FsFile {
  try {
    return Deno.openSync(`${path}/lock`, { read: true, write: true, create: true });
  } catch (cause) {
    throw unusable(path, cause);
  }
}
