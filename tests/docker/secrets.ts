import assert from "node:assert/strict";
import { DOCKER } from "./compose.ts";

/** Runs the script that makes the secrets of a cluster. */
export async function makeSecrets(
  folder: string,
): Promise<{ readonly code: number; readonly error: string }> {
  const command = new Deno.Command(`${DOCKER}make-secrets.sh`, { args: [folder] });
  const { code, stderr } = await command.output();
  return { code, error: new TextDecoder().decode(stderr) };
}

/** Secrets as the script makes them, once for the tests of one file, which do not change them. */
export async function madeSecrets(): Promise<string> {
  const folder = await Deno.makeTempDir();
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const place = `${folder}/secrets`;
  const { code, error } = await makeSecrets(place);
  assert.deepEqual([code, /^Not root: /.test(error)], [0, Deno.uid() !== 0], error);
  return place;
}
