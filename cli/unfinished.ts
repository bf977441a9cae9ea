import { type DataFolder } from "./data_folder.ts";
import { removeIfThere, synced } from "./files.ts";

/** In a data folder: the work that must be finished before a platform may start on it. */
export const UNFINISHED_FILE = "unfinished";

/** From here on a platform refuses the folder, until `finish`. */
export function beginUnfinished(folder: DataFolder, work: string): void {
  folder.writeSecret(UNFINISHED_FILE, work);
  synced(`${folder.path}/${UNFINISHED_FILE}`);
  synced(folder.path);
}

/** What was begun here and not finished. */
export function unfinished(folder: DataFolder): string | undefined {
  return folder.readSecret(UNFINISHED_FILE);
}

export function finish(folder: DataFolder): void {
  synced(folder.path);
  removeIfThere(`${folder.path}/${UNFINISHED_FILE}`);
}
