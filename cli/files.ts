/** A file, or a folder with all that is in it. */
export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What was written to the file, or renamed in the folder, is on the disk afterwards. */
export function synced(path: string): void {
  using file = Deno.openSync(path, { read: true });
  file.syncSync();
}
