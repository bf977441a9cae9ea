import type { ContentKind, MessageOrigin, Rejection } from "../../actors/mod.ts";

/** Where one connection's messages on one topic go; made once, used for every message. */
export interface PublishRoute {
  readonly channelId: string;
  readonly subtopic: string;
  readonly origin: MessageOrigin;
}

/** What ingress tells a waiter when the tick that holds its messages is decided. */
export interface Settlement {
  /** Messages of this waiter in the tick. Ticks settle in the order in which they were opened. */
  readonly count: number;
  /** Absent if every one of them is durable; otherwise none may be acknowledged. */
  readonly rejection?: Rejection;
  /** Position of the last event that holds one of them; 0 if it is not in the log yet. */
  readonly position: number;
  /** Seconds since the first message of the tick came: none of them waited longer. */
  readonly waitedSeconds: number;
}

/** A connection or request that must hear when its messages are durable. */
export interface Waiter {
  settle(settlement: Settlement): void;
}

export interface MessageHead {
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly contentKind: ContentKind;
  readonly contentType?: string | undefined;
  /** What the publisher said beside topic and payload, as `encodeProperties` writes it. */
  readonly properties?: Uint8Array | undefined;
  /** Of QoS 2 from a session that outlives its connection: stored, to know a repetition by. */
  readonly packetId?: number | undefined;
  /** The context that it came with; not stored, unless it is a property too. */
  readonly traceparent?: string | undefined;
}

/**
 * The door of the platform for messages, shared by all edges. The caller has authenticated the
 * publisher and checked its access.
 */
export interface Ingress {
  /** Makes a route for a topic that the publisher may publish to. */
  route(channelId: string, subtopic: string, origin: MessageOrigin): PublishRoute;
  /**
   * Adds a message, whose payload is `source[start, end)`, to the open tick. QoS 0 is delivered to
   * live subscribers before this returns; others once they are durable. Without a waiter nobody is
   * told of the outcome (QoS 0).
   */
  publish(
    route: PublishRoute,
    message: MessageHead & {
      readonly source: Uint8Array;
      readonly start: number;
      readonly end: number;
      readonly waiter?: Waiter;
    },
  ): void;
  /** Every stored message up to this position has been handed to those who listen. */
  readonly deliveredThrough: number;
  /**
   * Resolves once everything that was acknowledged on these channels before the call, by any node,
   * lies in the log. Throws TransientError if it does not in time.
   */
  recorded(channelIds: readonly string[]): Promise<void>;
  /** True while the store is behind: stop reading from sockets until `drained` resolves. */
  readonly congested: boolean;
  drained(): Promise<void>;
}
