import type { Shares } from "../entity/mod.ts";
import type { ConnectionType } from "./events.ts";

/** Most channels of one thing: its connections are held in its actor's memory. */
export const CONNECTIONS_PER_THING_MAX = 1_000;

/** Most certificates of one thing: one in use, its successor, and a few for the gateways before it. */
export const CERTIFICATES_PER_THING_MAX = 16;

export interface LiveThing {
  readonly status: "enabled" | "disabled";
  readonly domainId: string;
  readonly ownerId: string;
  readonly keyHash: string;
  /** Fingerprints, in the order in which they were bound. */
  readonly certificates: readonly string[];
  readonly connections: { readonly [channelId: string]: readonly ConnectionType[] };
  readonly shares: Shares;
}

export type ThingState =
  | { readonly status: "absent" }
  | LiveThing
  /** For ever: the id is not given out again, because its history stays. */
  | { readonly status: "removed"; readonly domainId: string };
