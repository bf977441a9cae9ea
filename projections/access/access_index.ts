import type { Policy } from "../../actors/mod.ts";

/**
 * Who may do what, as plain values in the memory of every edge: no I/O on the hot path. The access
 * projection fills it; edges only read.
 */
export interface ConnectionAccess {
  readonly publish: boolean;
  readonly subscribe: boolean;
}

/** By user id. */
export type SharesAccess = { readonly [userId: string]: readonly Policy[] };

export interface ThingAccess {
  readonly id: string;
  readonly domainId: string;
  readonly ownerId: string;
  readonly enabled: boolean;
  readonly keyHash: string;
  /** SHA-256 fingerprints of its certificates, in lower-case hexadecimal digits. */
  readonly certificates: readonly string[];
  readonly shares: SharesAccess;
  /** By channel id. Replaced, never mutated, when a connection changes. */
  readonly connections: ReadonlyMap<string, ConnectionAccess>;
}

export interface ChannelAccess {
  readonly id: string;
  readonly domainId: string;
  readonly ownerId: string;
  readonly enabled: boolean;
  readonly shares: SharesAccess;
}

export interface UserAccess {
  readonly id: string;
  readonly domainId: string;
  readonly role: "admin" | "user";
  readonly enabled: boolean;
  /** Tokens issued before this instant are void: the password was changed then. */
  readonly tokensValidFromMs: number;
  /** Keys that were issued and not revoked, by id. */
  readonly apiKeys: { readonly [keyId: string]: { readonly expiresAtMs?: number } };
}

export interface DomainAccess {
  readonly enabled: boolean;
  /** Its own limit on how long a session outlives its connection, if it has one. */
  readonly sessionExpirySecondsMax?: number;
}

/** What changed; sent after the index holds the new truth. */
export type AccessChange =
  | { readonly kind: "thing"; readonly id: string; readonly keyChanged: boolean }
  | { readonly kind: "channel"; readonly id: string }
  | { readonly kind: "user"; readonly id: string };

export interface AccessIndex {
  /** Position in the global log that this index has reached. */
  readonly position: number;
  /** Grows with every change: a cached decision made under another version must be made again. */
  readonly version: number;
  thing(id: string): ThingAccess | undefined;
  /** The thing that holds this key, whether enabled or not. */
  thingByKey(key: string): ThingAccess | undefined;
  /** The thing that a certificate of this fingerprint is bound to, whether enabled or not. */
  thingByCertificate(fingerprint: string): ThingAccess | undefined;
  channel(id: string): ChannelAccess | undefined;
  user(id: string): UserAccess | undefined;
  domain(id: string): DomainAccess | undefined;
  userByEmailHash(hash: string): UserAccess | undefined;
  mayPublish(thingId: string, channelId: string): boolean;
  maySubscribe(thingId: string, channelId: string): boolean;
  /** The returned function ends the notification. */
  onChange(listener: (change: AccessChange) => void): () => void;
}
