import type { SealedKey } from "../thing/mod.ts";
import type { JsonObject } from "../event_store/mod.ts";

/** What identifies a person; never in clear in the log. */
export interface PersonalProfile {
  /** Lower case. */
  readonly email: string;
  readonly name?: string;
  readonly metadata?: JsonObject;
}

/** What a view of persons needs. */
export interface PersonalReading {
  /** Undefined if the person's key was erased, or is not known: `learnPersons` comes first. */
  openPersonal(userId: string, sealed: string): PersonalProfile | undefined;
  /**
   * Fetches from the log the keys that other nodes made and this one does not have. Whoever is then
   * still unknown has no key any more. Throws TransientError if the log cannot be read.
   */
  learnPersons(userIds: readonly string[]): Promise<void>;
}

/** How far this node has followed erasures in a log that several nodes share. */
export interface PersonErasures {
  /** Position reached. */
  erasedThrough(): number;
  /** Erases the keys that this node has of these persons, together with the position. */
  eraseThrough(userIds: readonly string[], position: number): void;
}

/** What binds an installation to a log that several nodes share. */
export interface LogSharing {
  /** Throws UsageError unless the log's secrets are sealed under this installation's key. */
  check(): Promise<void>;
  /** Names the installation's key in the log, and publishes the persons' keys that it lacks. */
  publish(): Promise<void>;
}

/**
 * Everything that is encrypted, sealed or recognised by a keyed hash. All keys derive from the
 * installation's key (HKDF-SHA-256), but those of persons, which are random and lie in a vault of
 * their own: erasing one erases the person from the log.
 */
export interface Secrets extends PersonalReading {
  sealThingKey(key: string): SealedKey;
  /** Throws InvariantViolation if the text was not sealed by this installation. */
  openThingKey(sealed: string): string;
  /** HMAC-SHA-256, base64url: what `SealedKey.hash` holds. */
  hashThingKey(key: string): string;
  /** HMAC-SHA-256 of the lower-case address, base64url. */
  hashEmail(email: string): string;
  /**
   * AES-256-GCM under the person's own key, which is made if there is none; base64url. Throws
   * TransientError if a log that is shared cannot take the key, TerminalError if it was erased.
   */
  sealPersonal(userId: string, profile: PersonalProfile): Promise<string>;
  /** Makes all that events hold about the person unreadable, for good; may be repeated. */
  erasePerson(userId: string): Promise<void>;
  /** HMAC-SHA-256, its first 16 bytes: the salt by which a name proves a key, whoever has the name. */
  scramSalt(name: string): Uint8Array<ArrayBuffer>;
  /** 32 bytes for signing tokens (HS256). */
  readonly tokenKey: Uint8Array;
  /** Ed25519, PKCS#8 PEM: signs exports of history. */
  readonly signingKeyPem: string;
}
