import { Buffer } from "node:buffer";
import { createPrivateKey } from "node:crypto";
import { InvariantViolation } from "../errors.ts";
import { isThere } from "../platform/mod.ts";

/** What stands before the 32 bytes of an Ed25519 key in its PKCS#8 form (RFC 8410, section 7). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * The Ed25519 key in PEM: the folder's own where it has one, as it was made in earlier versions, and
 * otherwise the one that this seed gives, which all nodes of an installation share.
 */
export function signingKeyPem(folder: string, seed: Uint8Array): string {
  const path = `${folder}/signing-key.pem`;
  if (isThere(path)) return readSigningKey(path);
  const der = Buffer.concat([PKCS8_HEAD, seed]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ type: "pkcs8", format: "pem" }).toString();
}

/** Read at the start and not at the first export, so that a damaged file is noticed. */
function readSigningKey(path: string): string {
  const pem = Deno.readTextFileSync(path);
  try {
    if (createPrivateKey(pem).asymmetricKeyType === "ed25519") return pem;
  } catch (cause) {
    throw new InvariantViolation(`Cannot read '${path}': it must be a private key in PEM`, {
      cause,
    });
  }
  throw new InvariantViolation(`Cannot read '${path}': it must be a key for Ed25519`);
}
