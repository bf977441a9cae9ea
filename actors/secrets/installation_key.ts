import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { InvariantViolation, UsageError } from "../errors.ts";
import { isThere } from "../platform/mod.ts";
import { keyFile } from "./key_file.ts";

export const KEY_BYTES = 32;
const BASE64URL_KEY = /^[A-Za-z0-9_-]{43}=?\s*$/;
/** More than any form of a key takes, in bytes: a wrong file may be of any size. */
const FILE_BYTES_MAX = 64;
/** The group may read it: that is how containers are given a secret. */
const OTHERS_MAY = 0o007;

/**
 * The key that all others derive from: of the file that was named, or of the folder, which makes one
 * at its first start. Throws UsageError where the two do not fit together.
 */
export function installationKey(folder: string, given?: string): Uint8Array {
  const path = `${folder}/installation-key`;
  if (given !== undefined) return givenKey(given, path);
  // Whoever sealed under a key that lies elsewhere left a vault and no key.
  if (!isThere(path) && isThere(`${folder}/vault.db`)) {
    throw new UsageError(
      `Cannot start on data folder '${folder}': its secrets are sealed, and the key is not there; name it by --installation-key, or put it back as '${path}'`,
    );
  }
  const key = keyFile(path, () => randomBytes(KEY_BYTES));
  if (key.length === KEY_BYTES) return key;
  throw new InvariantViolation(
    `Cannot read '${path}': it has ${key.length} bytes, ${KEY_BYTES} are needed`,
  );
}

function givenKey(given: string, ofFolder: string): Uint8Array {
  const key = readKey(given);
  if (!isThere(ofFolder) || Buffer.from(key).equals(Deno.readFileSync(ofFolder))) return key;
  throw new UsageError(
    `Cannot start with --installation-key '${given}': what the data folder holds is sealed under another one, '${ofFolder}', which must be the same`,
  );
}

function readKey(given: string): Uint8Array {
  const refusal = (wrong: string, cause?: unknown) =>
    new UsageError(
      `Cannot start with --installation-key '${given}': ${wrong}`,
      cause === undefined ? {} : { cause },
    );
  const wrongSize = (bytes: number) =>
    refusal(`it holds ${bytes} bytes, it must hold ${KEY_BYTES}, as they are or as base64url`);
  let content: Uint8Array;
  try {
    const { mode, size } = Deno.statSync(given);
    if (size > FILE_BYTES_MAX) throw wrongSize(size);
    if (mode !== null && (mode & OTHERS_MAY) !== 0) {
      throw refusal("others may read or change it, its mode must be 0600, 0400, 0640 or 0440");
    }
    content = Deno.readFileSync(given);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw refusal("it must be a file that can be read", cause);
  }
  if (content.length === KEY_BYTES) return content;
  const text = new TextDecoder().decode(content);
  if (BASE64URL_KEY.test(text)) return new Uint8Array(Buffer.from(text.trim(), "base64url"));
  throw wrongSize(content.length);
}
