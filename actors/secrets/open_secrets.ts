import { Buffer } from "node:buffer";
import { createHmac, hkdfSync } from "node:crypto";
import { UsageError } from "../errors.ts";
import { decrypt, encrypt } from "./cipher.ts";
import { installationKey, KEY_BYTES } from "./installation_key.ts";
import { eraseKey, learnKeys, publishKeys, sealingKey } from "./personal_keys.ts";
import { keyHashOf, publishKeyHash, type ReadableLog, type SharedLog } from "./personal_log.ts";
import type {
  LogSharing,
  PersonalProfile,
  PersonalReading,
  PersonErasures,
  Secrets,
} from "./secrets.ts";
import { signingKeyPem } from "./signing_key.ts";
import { openVault, type Vault } from "./vault.ts";

/** As long as the salts of RFC 7677's example. */
const SALT_BYTES = 16;

export interface InstallationKeyOptions {
  /** File of the installation's key; absent: it lies in the data folder. */
  readonly installationKey?: string | undefined;
}

export interface OpenSecrets extends Secrets {
  /** Absent where the log is of this node alone. */
  readonly sharing?: LogSharing;
  close(): void;
}

/** Opens the secrets of a data folder, making them at the first start. The folder must exist. */
export function openSecrets(
  folder: string,
  options: InstallationKeyOptions & {
    /** A log that other nodes read and write too: they learn the persons' keys from it. */
    readonly sharedLog?: SharedLog | undefined;
  } = {},
): OpenSecrets {
  const log = options.sharedLog;
  const master = installationKey(folder, options.installationKey);
  const sealing = derive(master, "thing-key sealing");
  const thingHashKey = derive(master, "thing-key recognition");
  const emailHashKey = derive(master, "email recognition");
  const scramSaltKey = derive(master, "scram salts");
  const signing = signingKeyPem(folder, derive(master, "history signing"));
  const vault = vaultOf(folder, { master, makesKeys: true });
  return {
    ...personalReading(vault, log),
    tokenKey: derive(master, "token signing"),
    signingKeyPem: signing,
    sealThingKey: (key) => ({
      sealed: encrypt(sealing, Buffer.from(key)).toString("base64url"),
      hash: hmac(thingHashKey, key),
    }),
    openThingKey: (sealed) => decrypt(sealing, Buffer.from(sealed, "base64url")).toString("utf8"),
    hashThingKey: (key) => hmac(thingHashKey, key),
    hashEmail: (email) => hmac(emailHashKey, email.toLowerCase()),
    scramSalt: (name) =>
      new Uint8Array(createHmac("sha256", scramSaltKey).update(name).digest()).slice(0, SALT_BYTES),
    async sealPersonal(userId, profile) {
      const key = await sealingKey(vault, { userId, log });
      return encrypt(key, Buffer.from(JSON.stringify(profile))).toString("base64url");
    },
    erasePerson: (userId) => eraseKey(vault, { userId, log }),
    ...(log === undefined ? {} : { sharing: logSharing(log, { vault, master }) }),
    close: () => vault.close(),
  };
}

/** The persons of a data folder, for who only reads: `log` tells the keys of other nodes. */
export function openPersons(
  folder: string,
  options: InstallationKeyOptions & { readonly log: ReadableLog },
): PersonalReading & PersonErasures & { close(): void } {
  const master = installationKey(folder, options.installationKey);
  const vault = vaultOf(folder, { master, makesKeys: false });
  return {
    ...personalReading(vault, options.log),
    erasedThrough: () => vault.erasedThrough(),
    eraseThrough: (userIds, position) => vault.eraseThrough(userIds, position),
    close: () => vault.close(),
  };
}

function vaultOf(
  folder: string,
  { master, makesKeys }: { readonly master: Uint8Array; readonly makesKeys: boolean },
): Vault {
  const wrappingKey = derive(master, "vault wrapping");
  return openVault(`${folder}/vault.db`, { wrappingKey, makesKeys });
}

function personalReading(vault: Vault, log: ReadableLog | undefined): PersonalReading {
  return {
    openPersonal(userId, sealed) {
      const key = vault.keyOf(userId);
      if (!(key instanceof Uint8Array)) return undefined;
      return JSON.parse(
        decrypt(key, Buffer.from(sealed, "base64url")).toString("utf8"),
      ) as PersonalProfile;
    },
    async learnPersons(userIds) {
      if (log !== undefined) await learnKeys(vault, { userIds, log });
    },
  };
}

function logSharing(
  log: SharedLog,
  { vault, master }: { readonly vault: Vault; readonly master: Uint8Array },
): LogSharing {
  // 32 random bytes stand behind it: the hash gives away nothing of the key.
  const keyHash = hmac(derive(master, "installation recognition"), "installation");
  const refuse = (held: string | undefined) => {
    if (held === keyHash) return;
    throw new UsageError(
      held === undefined
        ? "Cannot share the event log: it does not name its installation's key yet, start the data folder that it was begun with first"
        : "Cannot share the event log: its secrets are sealed under another installation's key, --installation-key must name that one",
    );
  };
  return {
    check: async () => refuse(await keyHashOf(log)),
    async publish() {
      const held = await keyHashOf(log);
      if (held !== undefined) refuse(held);
      await publishKeys(vault, log);
      // Last: a node that finds it in the log finds the keys of all persons there too.
      if (held === undefined) refuse(await publishKeyHash(log, keyHash));
    },
  };
}

function derive(master: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", master, "millrace", purpose, KEY_BYTES));
}

function hmac(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}
