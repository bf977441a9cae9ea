import type { JsonObject } from "../event_store/mod.ts";

/** What a user may be; `system` is nobody's role, because the platform itself has no account. */
export const USER_ROLES = ["admin", "user"] as const;
export type UserRole = typeof USER_ROLES[number];

type Event<T extends string, D extends JsonObject> = { readonly type: T; readonly data: D };

/**
 * `personal` is base64url without padding of nonce and ciphertext under the user's own key: e-mail
 * address, name and metadata. Erasing the key erases the person, and the hash chain still verifies.
 * `emailHash` is a keyed hash, by which a login finds the user. `passwordHash` is argon2id in its
 * PHC string form.
 */
export type UserEvent =
  | Event<
    "UserCreated",
    {
      /** The actor's own id: the rules ask whether a user acts on itself. */
      readonly userId: string;
      readonly domainId: string;
      readonly role: UserRole;
      readonly emailHash: string;
      readonly passwordHash: string;
      readonly personal: string;
      readonly tags: readonly string[];
    }
  >
  /** Only the fields that were given. */
  | Event<"UserUpdated", { readonly personal?: string; readonly tags?: readonly string[] }>
  | Event<"UserEmailChanged", { readonly emailHash: string; readonly personal: string }>
  | Event<"UserPasswordChanged", { readonly passwordHash: string }>
  | Event<"UserRoleChanged", { readonly role: UserRole }>
  | Event<"UserEnabled", Record<never, never>>
  | Event<"UserDisabled", Record<never, never>>
  | Event<
    "ApiKeyIssued",
    {
      readonly keyId: string;
      /** Milliseconds since the Unix epoch, as is `expiresAtMs`; without that the key does not expire. */
      readonly issuedAtMs: number;
      readonly expiresAtMs?: number;
      readonly label?: string;
    }
  >
  | Event<"ApiKeyRevoked", { readonly keyId: string }>;
