import type { Policy } from "../entity/mod.ts";
import type { JsonObject } from "../event_store/mod.ts";

/** What a connection allows. */
export const CONNECTION_TYPES = ["publish", "subscribe"] as const;
export type ConnectionType = typeof CONNECTION_TYPES[number];

/** A thing's key at rest: never in clear. Both are base64url without padding. */
export type SealedKey = {
  /** AES-256-GCM under the installation's key: those entitled to the thing may read it back. */
  readonly sealed: string;
  /** HMAC-SHA-256 under the installation's key: an edge recognises the key by it. */
  readonly hash: string;
};

type Event<T extends string, D extends JsonObject> = { readonly type: T; readonly data: D };

export type ThingEvent =
  | Event<
    "ThingCreated",
    {
      readonly domainId: string;
      readonly ownerId: string;
      readonly name: string;
      readonly metadata: JsonObject;
      readonly tags: readonly string[];
      readonly key: SealedKey;
    }
  >
  /** Only the fields that were given. */
  | Event<
    "ThingUpdated",
    {
      readonly name?: string;
      readonly metadata?: JsonObject;
      readonly tags?: readonly string[];
    }
  >
  | Event<"ThingKeyChanged", { readonly key: SealedKey }>
  | Event<"ThingOwnerChanged", { readonly ownerId: string }>
  | Event<"ThingEnabled", Record<never, never>>
  | Event<"ThingDisabled", Record<never, never>>
  /** Also when the types of an existing connection change. */
  | Event<
    "ThingConnected",
    { readonly channelId: string; readonly types: readonly ConnectionType[] }
  >
  | Event<"ThingDisconnected", { readonly channelId: string }>
  | Event<"ThingShared", { readonly userId: string; readonly policies: readonly Policy[] }>
  /** SHA-256 over a certificate by which the thing is known from now on: 64 lower-case hexadecimal digits. */
  | Event<"ThingCertificateBound", { readonly fingerprint: string }>
  | Event<"ThingCertificateUnbound", { readonly fingerprint: string }>
  | Event<"ThingUnshared", { readonly userId: string }>
  /** Somebody looks at the packets that the thing and the platform exchange. */
  | Event<"ThingRecorderStarted", { readonly minutes: number; readonly payloads: boolean }>
  | Event<"ThingRemoved", Record<never, never>>;
