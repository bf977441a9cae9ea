import type { UserRole } from "./events.ts";

/** Most keys of one user that are neither revoked nor expired: they are held in its actor's memory. */
export const API_KEYS_PER_USER_MAX = 100;
/** Characters (UTF-16 units). */
export const API_KEY_LABEL_LENGTH_MAX = 256;
/** Characters of base64url: room for an address, the longest name and the largest metadata. */
export const PERSONAL_LENGTH_MAX = 32 * 1_024;

/** By key id. Milliseconds since the Unix epoch; a key without `expiresAtMs` does not expire. */
export type ApiKeys = { readonly [keyId: string]: { readonly expiresAtMs?: number } };

export interface LiveUser {
  readonly status: "enabled" | "disabled";
  readonly userId: string;
  readonly domainId: string;
  readonly role: UserRole;
  readonly emailHash: string;
  /**
   * Argon2id. No decision reads it: it is here because a login inspects the actor, whose state is
   * never behind the log, so that an old password ends with the event that replaces it.
   */
  readonly passwordHash: string;
  readonly apiKeys: ApiKeys;
}

export type UserState = { readonly status: "absent" } | LiveUser;

/** Without the keys that had expired at `atMs`. */
export function unexpiredKeys(keys: ApiKeys, atMs: number): ApiKeys {
  return Object.fromEntries(
    Object.entries(keys).filter(([, { expiresAtMs }]) =>
      expiresAtMs === undefined || expiresAtMs > atMs
    ),
  );
}
