import type {
  LiveFeed,
  LiveMatch,
  LiveMessage,
  LiveSubscriber,
  SubscriptionTerms,
} from "../../../projections/mod.ts";

/** A session's part in a shared subscription. */
export interface SharedMember {
  /** True if a message of QoS 1 or 2 would go out at once. */
  readonly isReady: boolean;
  /** `onUndelivered` is called at most once, if the message did not reach this member. */
  deliverShared(
    message: LiveMessage,
    terms: SubscriptionTerms,
    onUndelivered: () => void,
  ): void;
}

/** Which shared subscription, of which channel. Members are things of one domain. */
export interface SharedKey {
  readonly domainId: string;
  /** The ShareName of section 4.8.2. */
  readonly share: string;
  /** The filter behind the ShareName, verbatim. */
  readonly filter: string;
  readonly channelId: string;
}

interface Membership {
  readonly member: SharedMember;
  readonly terms: SubscriptionTerms;
}

/** Shared subscriptions: each message goes to one of those that share it (section 4.8.2). */
export class SharedGroups {
  readonly #liveFeed: LiveFeed;
  readonly #groups = new Map<string, Group>();

  constructor(liveFeed: LiveFeed) {
    this.#liveFeed = liveFeed;
  }

  /** The returned function ends the membership. */
  join(
    key: SharedKey,
    membership: Membership & { readonly subtopicFilter: string },
  ): () => void {
    const { domainId, share, filter, channelId } = key;
    const name = [domainId, share, channelId, filter].join(" ");
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new Group();
      this.#groups.set(name, group);
      group.end = this.#liveFeed.subscribe(channelId, {
        filter: membership.subtopicFilter,
        // Each member has a QoS of its own, and the group must see the message's own.
        terms: { maximumQos: 2 },
        subscriber: group,
      });
    }
    const joined = group;
    joined.add(membership);
    return () => {
      if (joined.remove(membership) > 0) return;
      joined.end();
      this.#groups.delete(name);
    };
  }
}

/** The members of one shared subscription of one channel, in turn. */
class Group implements LiveSubscriber {
  readonly #members: Membership[] = [];
  #next = 0;
  end = (): void => {};

  add(membership: Membership): void {
    this.#members.push(membership);
  }

  /** Answers how many are left. */
  remove(membership: Membership): number {
    const index = this.#members.indexOf(membership);
    if (index >= 0) this.#members.splice(index, 1);
    return this.#members.length;
  }

  deliver(message: LiveMessage, _match: LiveMatch): void {
    this.#hand(message);
  }

  #hand(message: LiveMessage): void {
    const chosen = this.#choose();
    if (chosen === undefined) return;
    const { member, terms } = chosen;
    // The bytes are valid only now, and a member may fail later.
    let kept: LiveMessage | undefined;
    if (message.qos > 0 && terms.maximumQos > 0) kept = copyOf(message);
    member.deliverShared(message, terms, () => {
      if (kept !== undefined) this.#hand(kept);
    });
  }

  /** The next in turn that is ready; if none is, the next in turn, whose queue is bounded. */
  #choose(): Membership | undefined {
    const { length } = this.#members;
    if (length === 0) return undefined;
    const first = this.#next++ % length;
    for (let i = 0; i < length; i++) {
      const candidate = this.#members[(first + i) % length]!;
      if (candidate.member.isReady) return candidate;
    }
    return this.#members[first];
  }
}

function copyOf(message: LiveMessage): LiveMessage {
  const { payload, properties, ...rest } = message;
  return {
    ...rest,
    payload: payload.slice(),
    ...(properties === undefined ? {} : { properties: properties.slice() }),
    rendered: new Map(),
  };
}
