import { createHash } from "node:crypto";
import { z } from "zod";
import { UsageError } from "../actors/mod.ts";

/** In a backup: says what it holds, and is written last. */
export const MANIFEST_FILE = "manifest.json";

/** What opens the secrets of the log, and proves who exported: a backup has them or says that not. */
export const KEY_FILES: readonly string[] = [
  "installation-key",
  "signing-key.pem",
  "admin-password",
];

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const manifestSchema = z.object({
  format: z.literal("millrace-backup/1"),
  /** Of the program that wrote it. */
  version: z.string(),
  takenAt: z.iso.datetime(),
  /** Of the file of the log; null if the log lies in EventStoreDB, and is no part of the backup. */
  log: z.object({
    events: z.number(),
    streams: z.number(),
    lastPosition: z.number(),
    heads: sha256,
  }).nullable(),
  keys: z.enum(["with", "without"]),
  /** SHA-256 of the installation's key: no other opens what is here. */
  installationKey: sha256,
  files: z.array(z.object({
    // A name, and no way out of the folder.
    name: z.string().regex(/^[a-z]+(-[a-z]+)*(\.[a-z]+)?$/),
    bytes: z.number(),
    sha256,
  })),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestFile = Manifest["files"][number];

export async function measured(folder: string, name: string): Promise<ManifestFile> {
  const path = `${folder}/${name}`;
  return { name, bytes: (await Deno.stat(path)).size, sha256: await digestOf(path) };
}

/** SHA-256 in hexadecimal digits. */
export async function digestOf(path: string): Promise<string> {
  const digest = createHash("sha256");
  using file = await Deno.open(path, { read: true });
  for await (const chunk of file.readable) digest.update(chunk);
  return digest.digest("hex");
}

/** Reads what a backup says of itself, and holds it to that. Throws UsageError with what is wrong. */
export async function checkedManifest(folder: string): Promise<Manifest> {
  const manifest = manifestIn(folder);
  for (const said of manifest.files) {
    const found = await measured(folder, said.name).catch((cause) => {
      throw unusable(folder, `it lacks '${said.name}'`, { cause });
    });
    if (found.bytes !== said.bytes || found.sha256 !== said.sha256) {
      throw unusable(folder, `'${said.name}' is not as it was written, take another backup`);
    }
  }
  return manifest;
}

function manifestIn(folder: string): Manifest {
  let text: string;
  try {
    text = Deno.readTextFileSync(`${folder}/${MANIFEST_FILE}`);
  } catch (cause) {
    throw unusable(folder, `there is no '${MANIFEST_FILE}', so it is no backup, or half of one`, {
      cause,
    });
  }
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw unusable(folder, `its '${MANIFEST_FILE}' is none that this program writes`, { cause });
  }
}

function unusable(folder: string, why: string, options?: ErrorOptions): UsageError {
  return new UsageError(`Cannot restore from '${folder}': ${why}`, options);
}
