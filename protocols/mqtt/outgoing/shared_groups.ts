import type { SharedKey } from "../../../actors/mod.ts";
import { type SharedGround, SharedGroup } from "./shared_group.ts";
import type { Membership } from "./shared_members.ts";

/** Shared subscriptions: each message goes to one of those that share it (section 4.8.2). */
export class SharedGroups {
  readonly #ground: SharedGround;
  readonly #groups = new Map<string, SharedGroup>();
  /** Groups without members, until what is kept of them is stored. */
  readonly #resting = new Map<string, Promise<void>>();

  constructor(ground: SharedGround) {
    this.#ground = ground;
  }

  /**
   * The returned function ends the membership; `awaySeconds` above 0 says that its session stays
   * for so long, and that messages wait for it if no other member is there.
   */
  join(
    key: SharedKey,
    membership: Membership & { readonly subtopicFilter: string },
  ): (awaySeconds?: number) => void {
    const group = this.#group(key, membership.subtopicFilter);
    group.join(membership);
    return (awaySeconds = 0) => group.leave(membership, awaySeconds);
  }

  /** The session is over, or may no longer read the channel, without having come back. */
  forget(
    key: SharedKey,
    { session, subtopicFilter }: { readonly session: string; readonly subtopicFilter: string },
  ): void {
    this.#group(key, subtopicFilter).forget(session);
  }

  /** Resolves when what is kept of groups without members is stored. */
  async settled(): Promise<void> {
    while (this.#resting.size > 0) await Promise.all(this.#resting.values());
  }

  #group(key: SharedKey, subtopicFilter: string): SharedGroup {
    const name = [key.domainId, key.share, key.channelId, key.filter].join(" ");
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group: SharedGroup = new SharedGroup(this.#ground, {
      key,
      subtopicFilter,
      after: this.#resting.get(name) ?? Promise.resolve(),
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
}
