import { Buffer } from "node:buffer";
import {
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from "node:crypto";
import { InvariantViolation } from "../errors.ts";
import { decrypt, encrypt } from "./cipher.ts";
import type { PersonalProfile, Secrets } from "./secrets.ts";
import { openVault } from "./vault.ts";

const KEY_BYTES = 32;
/** As long as the salts of RFC 7677's example. */
const SALT_BYTES = 16;
const FILE_MODE = 0o600;

/** Opens the secrets of a data folder, making them at the first start. The folder must exist. */
export function openSecrets(folder: string): Secrets & { close(): void } {
  const master = keyFile(`${folder}/installation-key`, () => randomBytes(KEY_BYTES));
  if (master.length !== KEY_BYTES) {
    throw new InvariantViolation(
      `Cannot read '${folder}/installation-key': it has ${master.length} bytes, ${KEY_BYTES} are needed`,
    );
  }
  const sealingKey = derive(master, "thing-key sealing");
  const thingHashKey = derive(master, "thing-key recognition");
  const emailHashKey = derive(master, "email recognition");
  const scramSaltKey = derive(master, "scram salts");
  const vault = openVault(`${folder}/vault.db`, derive(master, "vault wrapping"));
  return {
    tokenKey: derive(master, "token signing"),
    signingKeyPem: signingKey(`${folder}/signing-key.pem`),
    sealThingKey: (key) => ({
      sealed: encrypt(sealingKey, Buffer.from(key)).toString("base64url"),
      hash: hmac(thingHashKey, key),
    }),
    openThingKey: (sealed) =>
      decrypt(sealingKey, Buffer.from(sealed, "base64url")).toString("utf8"),
    hashThingKey: (key) => hmac(thingHashKey, key),
    hashEmail: (email) => hmac(emailHashKey, email.toLowerCase()),
    scramSalt: (name) =>
      new Uint8Array(createHmac("sha256", scramSaltKey).update(name).digest()).slice(0, SALT_BYTES),
    sealPersonal: (userId, profile) =>
      encrypt(vault.keyOf(userId), Buffer.from(JSON.stringify(profile))).toString("base64url"),
    openPersonal(userId, sealed) {
      const key = vault.existingKeyOf(userId);
      if (key === undefined) return undefined;
      return JSON.parse(
        decrypt(key, Buffer.from(sealed, "base64url")).toString("utf8"),
      ) as PersonalProfile;
    },
    close: () => vault.close(),
  };
}

function derive(master: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", master, "millrace", purpose, KEY_BYTES));
}

function hmac(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

function newSigningKey(): string {
  return generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" })
    .toString();
}

/** Read at the start and not at the first export, so that a damaged file is noticed. */
function signingKey(path: string): string {
  const pem = new TextDecoder().decode(keyFile(path, () => Buffer.from(newSigningKey())));
  try {
    if (createPrivateKey(pem).asymmetricKeyType === "ed25519") return pem;
  } catch (cause) {
    throw new InvariantViolation(`Cannot read '${path}': it must be a private key in PEM`, {
      cause,
    });
  }
  throw new InvariantViolation(`Cannot read '${path}': it must be a key for Ed25519`);
}

/** Reads a file of secrets; makes it, readable by its owner only, if it is not there. */
function keyFile(path: string, make: () => Uint8Array): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
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
