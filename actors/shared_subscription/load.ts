import type { LogPlace } from "../durable_session/mod.ts";
import type { EventReader, RecordedEvent } from "../event_store/mod.ts";
import { readKept } from "../kept_state/mod.ts";
import { derivedId } from "../platform/mod.ts";
import type { KeptSharedSubscription, SharedSubscriptionEvent } from "./events.ts";

/** Begins the name of every stream that holds a shared subscription. */
export const SHARED_PREFIX = "shared-";

/** Which shared subscription, of which channel. Its members are things of one domain. */
export interface SharedKey {
  readonly domainId: string;
  /** The ShareName of section 4.8.2 of MQTT 5.0. */
  readonly share: string;
  /** The filter behind the ShareName, verbatim. */
  readonly filter: string;
  readonly channelId: string;
}

/** Names and filters are any text, so the stream's name is derived from them. */
export function sharedSubscriptionStream(
  { domainId, share, filter, channelId }: SharedKey,
): string {
  return `${SHARED_PREFIX}${derivedId([domainId, share, filter, channelId].join("\n"))}`;
}

export interface LoadedSharedSubscription {
  /** Undefined if nothing is kept. */
  readonly kept: KeptSharedSubscription | undefined;
  /** Messages of QoS 2 up to this place have been handed to a member. */
  readonly reached: LogPlace;
  /** Of the stream's newest event; -1 if it has none. */
  readonly revision: number;
}

export function loadSharedSubscription(
  events: EventReader,
  key: SharedKey,
): Promise<LoadedSharedSubscription> {
  return loadSharedStream(events, sharedSubscriptionStream(key));
}

export async function loadSharedStream(
  events: EventReader,
  stream: string,
): Promise<LoadedSharedSubscription> {
  const stored = await readKept(events, {
    stream,
    isState: (type) => type !== "SharedSubscriptionReached",
  });
  let kept: KeptSharedSubscription | undefined;
  let reached: LogPlace = [0, 0];
  // The stream holds nothing else.
  for (const event of stored as unknown as (RecordedEvent & SharedSubscriptionEvent)[]) {
    switch (event.type) {
      case "SharedSubscriptionKept":
        kept = event.data;
        reached = kept.reached ?? reached;
        break;
      case "SharedSubscriptionReached":
        reached = event.data.place;
        break;
      case "SharedSubscriptionEnded":
        kept = undefined;
    }
  }
  return { kept, reached, revision: stored.at(-1)?.revision ?? -1 };
}
