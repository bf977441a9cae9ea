import { type OpenSecrets, openSecrets } from "../../../actors/mod.ts";

export type SecretsOptions = NonNullable<Parameters<typeof openSecrets>[1]>;

/** Opens secrets in a folder; all that were opened are closed at the end. */
export type Open = (folder: string, options?: SecretsOptions) => OpenSecrets;

/** Runs with so many data folders and an installation's key in a file of its own; all of it goes afterwards. */
export async function withNodes(
  run: (
    site: { readonly folders: readonly string[]; readonly key: string; readonly open: Open },
  ) => Promise<void> | void,
  count = 2,
): Promise<void> {
  const base = await Deno.makeTempDir();
  const key = `${base}/shared.key`;
  writeKey(key);
  const folders = Array.from({ length: count }, (_, n) => `${base}/node-${n}`);
  for (const folder of folders) Deno.mkdirSync(folder);
  const opened: OpenSecrets[] = [];
  const open: Open = (folder, options) => {
    const secrets = openSecrets(folder, options);
    opened.push(secrets);
    return secrets;
  };
  try {
    await run({ folders, key, open });
  } finally {
    for (const secrets of opened) secrets.close();
    await Deno.remove(base, { recursive: true });
  }
}

/** A new key, or this content, that its owner alone may read. */
export function writeKey(
  path: string,
  content: Uint8Array | string = crypto.getRandomValues(new Uint8Array(32)),
): void {
  Deno.writeFileSync(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  Deno.chmodSync(path, 0o600);
}
