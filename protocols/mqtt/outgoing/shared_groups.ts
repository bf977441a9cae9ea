import type { SharedKey } from "../../../actors/mod.ts";
import { type SharedGround, SharedGroup } from "./shared_group.ts";
import type { Membership } from "./shared_members.ts";

/** Who takes part, and in what: all that its members know of a group. */
export interface SharedSubscriptions {
  /**
   * The returned function ends the membership; `awaySeconds` above 0 says that its session stays
   * for so long, and that messages wait for it if no other member is there.
   */
  join(key: SharedKey, membership: SharedJoin): (awaySeconds?: number) => void;
  /** The session is over, or may no longer read the channel, without having come back. */
  forget(key: SharedKey, away: SharedAway): void;
  /** Resolves when nothing of what its members did is left to be stored. */
  settled(): Promise<void>;
  /** Its members are gone, and what is not settled by now never will be. */
  close(): void;
}

export type SharedJoin = Membership & { readonly subtopicFilter: string };

/** A session that shares and has no connection. */
export interface SharedAway {
  readonly session: string;
  readonly subtopicFilter: string;
  /** For how long it may stay away yet; if absent it is over. */
  readonly awaySeconds?: number;
}

export interface SharedGroupsGround extends SharedGround {
  /** What is kept of a group is not complete before. */
  readonly opensAfter?: (key: SharedKey) => Promise<void>;
}

/** Shared subscriptions: each message goes to one of those that share it (section 4.8.2). */
export class SharedGroups implements SharedSubscriptions {
  readonly #ground: SharedGroupsGround;
  readonly #groups = new Map<string, SharedGroup>();
  /** Groups without members, until what is kept of them is stored. */
  readonly #resting = new Map<string, Promise<void>>();

  constructor(ground: SharedGroupsGround) {
    this.#ground = ground;
  }

  join(key: SharedKey, membership: SharedJoin): (awaySeconds?: number) => void {
    const group = this.group(key, membership.subtopicFilter);
    group.join(membership);
    return (awaySeconds = 0) => group.leave(membership, awaySeconds);
  }

  forget(key: SharedKey, { session, subtopicFilter, awaySeconds = 0 }: SharedAway): void {
    this.group(key, subtopicFilter).forget(session, awaySeconds);
  }

  /** Resolves when what is kept of groups without members is stored. */
  async settled(): Promise<void> {
    while (this.#resting.size > 0) await Promise.all(this.#resting.values());
  }

  /** Each group ends with its last member. */
  close(): void {}

  /** Hands all of them over to another node. Resolves when what that must find is stored. */
  async handOver(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.handOver()));
    this.#groups.clear();
    await this.settled();
  }

  group(key: SharedKey, subtopicFilter: string): SharedGroup {
    const name = [key.domainId, key.share, key.channelId, key.filter].join(" ");
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group: SharedGroup = new SharedGroup(this.#ground, {
      key,
      subtopicFilter,
      after: this.#after(key, name),
      onRest: (stored) => {
        this.#groups.delete(name);
        const resting = stored.then(() => {
          if (this.#resting.get(name) === resting) this.#resting.delete(name);
        });
        this.#resting.set(name, resting);
      },
    });
    this.#groups.set(name, group);
    return group;
  }

  async #after(key: SharedKey, name: string): Promise<void> {
    await this.#resting.get(name);
    await this.#ground.opensAfter?.(key);
  }
}
