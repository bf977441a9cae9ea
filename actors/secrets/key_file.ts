import { isThere } from "../platform/mod.ts";

const FILE_MODE = 0o600;

/** Reads a file of secrets; makes it, readable by its owner only, if it is not there. */
export function keyFile(path: string, make: () => Uint8Array): Uint8Array {
  if (isThere(path)) return Deno.readFileSync(path);
  // Written beside and renamed: a crash in between never leaves half a key that sealed something.
  const fresh = make();
  const beside = `${path}.new`;
  using file = Deno.openSync(beside, {
    write: true,
    create: true,
    truncate: true,
    mode: FILE_MODE,
  });
  file.writeSync(fresh);
  file.syncSync();
  Deno.renameSync(beside, path);
  return fresh;
}
