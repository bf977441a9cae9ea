import type { SealedKey } from "../thing/mod.ts";
import type { JsonObject } from "../event_store/mod.ts";

/** What identifies a person; never in clear in the log. */
export interface PersonalProfile {
  /** Lower case. */
  readonly email: string;
  readonly name?: string;
  readonly metadata?: JsonObject;
}

/**
 * Everything that is encrypted, sealed or recognised by a keyed hash. All keys derive from the
 * installation's key (HKDF-SHA-256), but those of persons, which are random and lie in a vault of
 * their own: erasing one erases the person from the log.
 */
export interface Secrets {
  sealThingKey(key: string): SealedKey;
  /** Throws InvariantViolation if the text was not sealed by this installation. */
  openThingKey(sealed: string): string;
  /** HMAC-SHA-256, base64url: what `SealedKey.hash` holds. */
  hashThingKey(key: string): string;
  /** HMAC-SHA-256 of the lower-case address, base64url. */
  hashEmail(email: string): string;
  /** AES-256-GCM under the person's own key, which is made if there is none; base64url. */
  sealPersonal(userId: string, profile: PersonalProfile): string;
  /** Undefined if the person's key was erased. */
  openPersonal(userId: string, sealed: string): PersonalProfile | undefined;
  /** HMAC-SHA-256, its first 16 bytes: the salt by which a name proves a key, whoever has the name. */
  scramSalt(name: string): Uint8Array<ArrayBuffer>;
  /** 32 bytes for signing tokens (HS256). */
  readonly tokenKey: Uint8Array;
  /** Ed25519, PKCS#8 PEM: signs exports of history. */
  readonly signingKeyPem: string;
}
