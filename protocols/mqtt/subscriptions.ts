import type { CatchUp, Delivery, SharedSubscriptions } from "./outgoing/mod.ts";
import type { AccessIndex, LiveFeed, SubscriptionTerms } from "../../projections/mod.ts";
import type { ChannelListener, OpenSessions } from "./open_sessions.ts";
import type { MessageFilter, TopicForm } from "./topics.ts";
import { readableChannels } from "./translate.ts";

/** A filter as it was subscribed to, and how its messages are to come. */
export interface SubscriptionRequest {
  /** Verbatim, with `$share/<name>/` before it if it is shared. */
  readonly filter: string;
  readonly meaning: MessageFilter;
  readonly terms: SubscriptionTerms;
  /** The group that it is shared in. */
  readonly share?: SharedFilter;
}

/** A filter of section 4.8.2 of MQTT 5.0, taken apart. */
export interface SharedFilter {
  readonly name: string;
  readonly filter: string;
}

interface Subscription extends SubscriptionRequest {
  /** By channel id: ends the listening; of what is shared, the session may stay away for a time. */
  readonly listens: Map<string, (awaySeconds?: number) => void>;
}

export interface SubscriptionsGround {
  readonly thingId: string;
  readonly access: AccessIndex;
  readonly domainId: string;
  readonly liveFeed: LiveFeed;
  readonly shared: SharedSubscriptions;
  /** Set for a session that outlives its connection: its stream, and for how long. */
  readonly kept?: { readonly session: string; readonly expirySeconds: number };
  readonly sessions: OpenSessions;
  readonly limits: { readonly subscriptionsMax: number; readonly listensMax: number };
  /** One for each form of topics, so that a message comes under the form that was asked for. */
  readonly deliveries: { readonly [form in TopicForm]: Delivery };
  /** Reads what lanes have missed. */
  readonly catchUp: CatchUp;
  readonly onWithdrawn: (filter: string) => void;
  readonly onTooMany: () => void;
}

/** The topic filters of one session, and the channels that they come to. */
export class Subscriptions implements ChannelListener {
  readonly #ground: SubscriptionsGround;
  readonly #byFilter = new Map<string, Subscription>();
  /** How many filters listen to a channel. */
  readonly #uses = new Map<string, number>();
  #listens = 0;
  #wildcards = 0;

  constructor(ground: SubscriptionsGround) {
    this.#ground = ground;
  }

  /** As they were asked for. */
  get all(): readonly SubscriptionRequest[] {
    return [...this.#byFilter.values()];
  }

  /** The channels that are listened to, with the form of their topics. */
  *listens(): Iterable<{ readonly form: TopicForm; readonly channelId: string }> {
    for (const { meaning: { form }, listens, share } of this.#byFilter.values()) {
      if (share !== undefined) continue;
      for (const channelId of listens.keys()) yield { form, channelId };
    }
  }

  /** False if the filter is one too many, or comes to too many channels. */
  add(request: SubscriptionRequest): boolean {
    const { filter, meaning } = request;
    const channels = this.#channelsOf(meaning);
    const before = this.#byFilter.get(filter);
    const { subscriptionsMax, listensMax } = this.#ground.limits;
    if (before === undefined && this.#byFilter.size >= subscriptionsMax) return false;
    if (this.#listens - (before?.listens.size ?? 0) + channels.length > listensMax) return false;
    const subscription: Subscription = { ...request, listens: new Map() };
    // [MQTT-3.8.4-3] [MQTT5-3.8.4-3] [MQTT5-3.8.4-4]: the same filter again replaces the subscription;
    // the new one listens before the old one ends, so that no message falls between them.
    for (const channelId of channels) this.#listen(subscription, channelId);
    if (before !== undefined) this.#drop(before);
    this.#byFilter.set(filter, subscription);
    if (meaning.channelId === undefined && ++this.#wildcards === 1) {
      this.#ground.sessions.wildcards(this, true);
    }
    return true;
  }

  has(filter: string): boolean {
    return this.#byFilter.has(filter);
  }

  /** The channels that a filter comes to now. */
  channels(filter: string): readonly string[] {
    return [...this.#byFilter.get(filter)?.listens.keys() ?? []];
  }

  /** False if there was none with these characters [MQTT-3.10.4-1] [MQTT5-3.10.4-1]. */
  remove(filter: string): boolean {
    const subscription = this.#byFilter.get(filter);
    if (subscription === undefined) return false;
    this.#byFilter.delete(filter);
    this.#drop(subscription);
    return true;
  }

  accessChanged(channelId?: string): void {
    if (channelId !== undefined && !this.#concerns(channelId)) return;
    for (const subscription of [...this.#byFilter.values()]) {
      if (subscription.meaning.isNotice === true) continue;
      const channels = new Set(this.#channelsOf(subscription.meaning));
      for (const [channelId, end] of [...subscription.listens]) {
        if (channels.has(channelId)) channels.delete(channelId);
        else this.#endListen(subscription, channelId, end);
      }
      // A filter that names its channel is gone with the right to read it; one with a wildcard
      // stays, and may come to channels again.
      if (subscription.meaning.channelId !== undefined) {
        if (subscription.listens.size > 0) continue;
        this.#byFilter.delete(subscription.filter);
        this.#ground.onWithdrawn(subscription.filter);
        continue;
      }
      if (this.#listens + channels.size > this.#ground.limits.listensMax) {
        return this.#ground.onTooMany();
      }
      for (const channelId of channels) this.#listen(subscription, channelId);
    }
  }

  /** Ends them all; the session may stay away for `awaySeconds`, 0 if it is over. */
  close(awaySeconds: number): void {
    for (const subscription of this.#byFilter.values()) this.#drop(subscription, awaySeconds);
    this.#byFilter.clear();
  }

  #concerns(channelId: string): boolean {
    const { access, thingId } = this.#ground;
    return this.#uses.has(channelId) || access.thing(thingId)?.connections.has(channelId) === true;
  }

  #channelsOf(meaning: MessageFilter): readonly string[] {
    return readableChannels(meaning, this.#ground);
  }

  #listen(subscription: Subscription, channelId: string): void {
    subscription.listens.set(channelId, this.#subscribe(subscription, channelId));
    this.#forgetMatches(channelId);
    this.#listens++;
    const uses = this.#uses.get(channelId) ?? 0;
    this.#uses.set(channelId, uses + 1);
    if (uses === 0) this.#ground.sessions.listens(this, channelId);
  }

  #subscribe(
    { meaning, terms, share }: Subscription,
    channelId: string,
  ): (awaySeconds?: number) => void {
    const { liveFeed, shared, deliveries, domainId, kept } = this.#ground;
    const { subtopicFilter } = meaning;
    const delivery = deliveries[meaning.form];
    if (share === undefined) {
      return liveFeed.subscribe(channelId, { filter: subtopicFilter, terms, subscriber: delivery });
    }
    return shared.join(
      { domainId, share: share.name, filter: share.filter, channelId },
      { member: delivery, terms, subtopicFilter, ...(kept === undefined ? {} : { kept }) },
    );
  }

  #endListen(subscription: Subscription, channelId: string, end: () => void): void {
    end();
    subscription.listens.delete(channelId);
    this.#forgetMatches(channelId);
    this.#listens--;
    const uses = this.#uses.get(channelId)! - 1;
    if (uses > 0) {
      this.#uses.set(channelId, uses);
      return;
    }
    this.#uses.delete(channelId);
    this.#dropLanes(channelId);
    this.#ground.sessions.listensNoMore(this, channelId);
  }

  #forgetMatches(channelId: string): void {
    for (const { lanes } of Object.values(this.#ground.deliveries)) {
      lanes.get(channelId)?.forgetMatches();
    }
  }

  #dropLanes(channelId: string): void {
    for (const { lanes } of Object.values(this.#ground.deliveries)) {
      const lane = lanes.get(channelId);
      if (lane === undefined) continue;
      lanes.delete(channelId);
      this.#ground.catchUp.remove(lane);
    }
  }

  #drop(subscription: Subscription, awaySeconds = 0): void {
    for (const [channelId, end] of [...subscription.listens]) {
      this.#endListen(subscription, channelId, () => end(awaySeconds));
    }
    if (subscription.meaning.channelId === undefined && --this.#wildcards === 0) {
      this.#ground.sessions.wildcards(this, false);
    }
  }
}
