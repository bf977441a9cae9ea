import type { LogPlace } from "../durable_session/mod.ts";

/** A session that outlives its connection and shares the subscription. */
export interface SharedMembership {
  /** Seconds after the end of its connection. */
  readonly expirySeconds: number;
  /** When its connection ended, milliseconds since the Unix epoch; absent while it has one. */
  readonly leftMs?: number;
}

/** A message that was handed to a member and is owed to another one until it is acknowledged. */
export interface OwedMessage {
  readonly place: LogPlace;
  /** When it was received, milliseconds since the Unix epoch: where to look for it. */
  readonly receivedMs: number;
}

/** Everything of a shared subscription of one channel that its members must find again. */
export interface KeptSharedSubscription {
  readonly domainId: string;
  /** The ShareName, and the filter behind it. */
  readonly share: string;
  readonly filter: string;
  readonly channelId: string;
  /** When this was written, milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** By the stream of their session. */
  readonly members: { readonly [session: string]: SharedMembership };
  /** The first message that was handed to nobody, and the instant after which to look for it. */
  readonly next: LogPlace;
  readonly sinceMs: number;
  readonly owed: readonly OwedMessage[];
  /** Messages of QoS 2 up to this place have been handed to a member, though `next` is before it. */
  readonly reached?: LogPlace;
}

export type SharedSubscriptionEvent =
  | { readonly type: "SharedSubscriptionKept"; readonly data: KeptSharedSubscription }
  | {
    /** Messages of QoS 2 were handed up to this place, and none after it. */
    readonly type: "SharedSubscriptionReached";
    readonly data: { readonly place: LogPlace };
  }
  | {
    readonly type: "SharedSubscriptionEnded";
    readonly data: { readonly domainId: string; readonly reason: string };
  };
