import type { ContentKind, MessageOrigin } from "../../actors/mod.ts";
import { subtopicMatches } from "./filter.ts";
import type { RenderedFrames } from "./rendered_frames.ts";

/** Distinct subtopics of one channel whose matches are remembered before the memory is cleared. */
const MATCH_CACHE_ENTRIES_MAX = 4096;

/** A message on its way to those who are listening now. */
export interface LiveMessage {
  readonly channelId: string;
  /** The levels after `messages/`, as `subtopicOfLevels` writes them. */
  readonly subtopic: string;
  readonly origin: MessageOrigin;
  readonly receivedUs: number;
  readonly qos: 0 | 1 | 2;
  /** As it was published: whether it is to be kept for later subscribers. */
  readonly retain: boolean;
  readonly contentKind: ContentKind;
  readonly contentType: string;
  /** What the publisher said beside topic and payload (`decodeProperties`); valid like the payload. */
  readonly properties?: Uint8Array;
  /** Valid only during `deliver`: a subscriber that keeps it must copy it. */
  readonly payload: Uint8Array;
  /** The event's position and the place in its batch; absent for QoS 0, delivered before it is stored. */
  readonly place?: { readonly position: number; readonly index: number };
  /** Frames that subscribers of one kind share: serialised once. */
  readonly rendered: RenderedFrames;
}

/** How one subscription wants its messages; the words are those of MQTT 5.0, section 3.8.3.1. */
export interface SubscriptionTerms {
  readonly maximumQos: 0 | 1 | 2;
  /** Not the subscriber's own messages. */
  readonly noLocal?: boolean;
  readonly retainAsPublished?: boolean;
  readonly identifier?: number;
  /** Only messages after this position are meant; of use where a session reads the log. */
  readonly since?: number;
}

/** The subscriptions of one subscriber that match a subtopic; the same object for each message on it. */
export interface LiveMatch {
  readonly subscriber: LiveSubscriber;
  /** Never empty. */
  readonly terms: readonly SubscriptionTerms[];
  /** The highest of them. */
  readonly maximumQos: 0 | 1 | 2;
  /** True if no term asks for more than a QoS. */
  readonly plain: boolean;
}

export interface LiveSubscriber {
  /** Must not throw, and must not wait: a slow reader bounds its own queue. */
  deliver(message: LiveMessage, match: LiveMatch): void;
}

interface Listener {
  readonly filter: string;
  readonly terms: SubscriptionTerms;
  readonly subscriber: LiveSubscriber;
}

interface ChannelListeners {
  readonly listeners: Set<Listener>;
  matches: Map<string, readonly LiveMatch[]>;
}

/**
 * Who listens to which channel, in this process. A subscriber whose filters overlap gets a message
 * once, at the highest of their QoS ([MQTT-3.3.5-1] of MQTT 3.1.1 allows either).
 */
export class LiveFeed {
  readonly #channels = new Map<string, ChannelListeners>();
  /** Counted for /metrics: messages that streams had to leave out for slow readers. */
  readonly counters = { dropped: 0 };

  /** The returned function ends the subscription. `filter` is relative to `messages/`. */
  subscribe(
    channelId: string,
    listener: {
      readonly filter: string;
      readonly terms: SubscriptionTerms;
      readonly subscriber: LiveSubscriber;
    },
  ): () => void {
    let channel = this.#channels.get(channelId);
    if (channel === undefined) {
      channel = { listeners: new Set(), matches: new Map() };
      this.#channels.set(channelId, channel);
    }
    channel.listeners.add(listener);
    channel.matches = new Map();
    const entry = channel;
    return () => {
      entry.listeners.delete(listener);
      entry.matches = new Map();
      if (entry.listeners.size === 0 && this.#channels.get(channelId) === entry) {
        this.#channels.delete(channelId);
      }
    };
  }

  hasSubscribers(channelId: string): boolean {
    return this.#channels.has(channelId);
  }

  /** The subscriptions of one subscriber that match; undefined if none does. */
  matchOf(
    subscriber: LiveSubscriber,
    { channelId, subtopic }: Pick<LiveMessage, "channelId" | "subtopic">,
  ): LiveMatch | undefined {
    const terms: SubscriptionTerms[] = [];
    for (const listener of this.#channels.get(channelId)?.listeners ?? []) {
      if (listener.subscriber !== subscriber) continue;
      if (subtopicMatches(listener.filter, subtopic)) terms.push(listener.terms);
    }
    return terms.length === 0 ? undefined : matchBy(subscriber, terms);
  }

  publish(message: LiveMessage): void {
    const channel = this.#channels.get(message.channelId);
    if (channel === undefined) return;
    const matches = channel.matches.get(message.subtopic) ?? remember(channel, message.subtopic);
    for (const match of matches) match.subscriber.deliver(message, match);
  }
}

function remember(channel: ChannelListeners, subtopic: string): readonly LiveMatch[] {
  const bySubscriber = new Map<LiveSubscriber, SubscriptionTerms[]>();
  for (const { filter, terms, subscriber } of channel.listeners) {
    if (!subtopicMatches(filter, subtopic)) continue;
    const known = bySubscriber.get(subscriber);
    if (known === undefined) bySubscriber.set(subscriber, [terms]);
    else known.push(terms);
  }
  if (channel.matches.size >= MATCH_CACHE_ENTRIES_MAX) channel.matches = new Map();
  const matches = [...bySubscriber].map(([subscriber, terms]) => matchBy(subscriber, terms));
  channel.matches.set(subtopic, matches);
  return matches;
}

function matchBy(subscriber: LiveSubscriber, terms: readonly SubscriptionTerms[]): LiveMatch {
  return {
    subscriber,
    terms,
    maximumQos: Math.max(...terms.map(({ maximumQos }) => maximumQos)) as 0 | 1 | 2,
    plain: terms.every((each) =>
      each.noLocal !== true && each.retainAsPublished !== true && each.identifier === undefined
    ),
  };
}
