import type { ContentKind, MessageOrigin, Rejection } from "../../../actors/mod.ts";
import {
  type LiveFeed,
  type LiveMessage,
  type RecentRetained,
  RenderedFrames,
} from "../../../projections/mod.ts";
import type { Ingress, MessageHead, PublishRoute, Waiter } from "../../../protocols/ingress/mod.ts";

export interface Stored {
  readonly route: PublishRoute;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly payload: Uint8Array;
  readonly contentKind: ContentKind;
  readonly contentType: string;
  readonly properties: Uint8Array | undefined;
  readonly receivedUs: number;
  readonly waiter: Waiter | undefined;
}

/**
 * An ingress in memory that a test has in its hands: it keeps what it is given, and settles after a
 * microtask or when told to.
 */
export class HandIngress implements Ingress {
  readonly stored: Stored[] = [];
  /** False: only `settle` settles. */
  automatic = true;
  congested = false;
  /** Settled ticks. */
  deliveredThrough = 0;
  readonly #liveFeed: LiveFeed;
  readonly #retained: RecentRetained;
  readonly #nowMs: () => number;
  #open: Stored[] = [];
  #drainWaiters: (() => void)[] = [];

  constructor(liveFeed: LiveFeed, retained: RecentRetained, nowMs: () => number = () => 0) {
    this.#liveFeed = liveFeed;
    this.#retained = retained;
    this.#nowMs = nowMs;
  }

  recorded(): Promise<void> {
    return Promise.resolve();
  }

  route(channelId: string, subtopic: string, origin: MessageOrigin): PublishRoute {
    return { channelId, subtopic, origin };
  }

  publish(
    route: PublishRoute,
    message: MessageHead & {
      readonly source: Uint8Array;
      readonly start: number;
      readonly end: number;
      readonly waiter?: Waiter;
    },
  ): void {
    const { qos, retain, source, start, end, waiter } = message;
    const { contentKind, contentType = "", properties } = message;
    const payload = source.slice(start, end);
    const receivedUs = this.#nowMs() * 1_000;
    const kept = { contentKind, contentType, properties, receivedUs };
    const stored = { route, qos, retain, payload, waiter, ...kept };
    this.stored.push(stored);
    if (qos === 0) this.#deliver(stored);
    if (this.automatic && this.#open.length === 0) queueMicrotask(() => this.settle());
    this.#open.push(stored);
  }

  settle(rejection?: Rejection): void {
    const tick = this.#open;
    this.#open = [];
    const position = ++this.deliveredThrough;
    const counts = new Map<Waiter, number>();
    for (const [index, stored] of tick.entries()) {
      const { route: { channelId, subtopic }, qos, payload, waiter } = stored;
      if (rejection === undefined) {
        if (stored.retain) {
          const place = [position, index] as const;
          const kept = { channelId, place, subtopic, qos, payload, ...keptOf(stored) };
          this.#retained.remember(kept);
        }
        if (qos > 0) this.#deliver(stored, { position, index });
      }
      if (waiter !== undefined) counts.set(waiter, (counts.get(waiter) ?? 0) + 1);
    }
    for (const [waiter, count] of counts) {
      const waitedSeconds = 0;
      waiter.settle({
        count,
        position,
        waitedSeconds,
        ...(rejection === undefined ? {} : { rejection }),
      });
    }
  }

  drained(): Promise<void> {
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  drain(): void {
    this.congested = false;
    for (const resolve of this.#drainWaiters.splice(0)) resolve();
  }

  #deliver(stored: Stored, place?: LiveMessage["place"]): void {
    const { route, qos, retain, payload } = stored;
    this.#liveFeed.publish({
      channelId: route.channelId,
      subtopic: route.subtopic,
      origin: route.origin,
      qos,
      retain,
      payload,
      ...keptOf(stored),
      ...(place === undefined ? {} : { place }),
      rendered: new RenderedFrames(),
    });
  }
}

function keptOf({ contentKind, contentType, properties, receivedUs }: Stored) {
  return {
    receivedUs,
    contentKind,
    contentType,
    ...(properties === undefined ? {} : { properties }),
  };
}
