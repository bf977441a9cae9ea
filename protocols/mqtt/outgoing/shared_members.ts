import type { LiveMessage, SubscriptionTerms } from "../../../projections/mod.ts";
import type { SharedHanding } from "./sending.ts";

/** A session's part in a shared subscription. */
export interface SharedMember {
  /** Messages of QoS 1 and 2 that it may be given before it has acknowledged one. */
  readonly window: number;
  /** True if a message of QoS 1 or 2 would go out at once. */
  readonly isReady: boolean;
  /** Resolves when it may be ready, or nothing reaches it any more. */
  room(): Promise<void>;
  deliverShared(message: LiveMessage, terms: SubscriptionTerms, handing?: SharedHanding): void;
  /** What it has not acknowledged. */
  underWay(): Iterable<SharedHanding>;
}

export interface Membership {
  readonly member: SharedMember;
  readonly terms: SubscriptionTerms;
  /** Of a session that outlives its connection: its stream, and for how long. */
  readonly kept?: { readonly session: string; readonly expirySeconds: number };
}

/** The members of one group, which take turns. */
export class SharedMembers {
  readonly #members: Membership[] = [];
  /** Those that are asked for room. */
  readonly #asked = new Set<Membership>();
  #waiters: (() => void)[] = [];
  #turn = 0;

  get isEmpty(): boolean {
    return this.#members.length === 0;
  }

  add(membership: Membership): void {
    this.#members.push(membership);
    this.wake();
  }

  /** False if it is none of them. */
  remove(membership: Membership): boolean {
    const index = this.#members.indexOf(membership);
    if (index < 0) return false;
    this.#members.splice(index, 1);
    this.wake();
    return true;
  }

  /** True if the session is a member, by whichever of its SUBSCRIBEs. */
  has(session: string): boolean {
    return this.#members.some(({ kept }) => kept?.session === session);
  }

  /** The next in turn that is ready. */
  ready(): Membership | undefined {
    for (let i = 0; i < this.#members.length; i++) {
      const candidate = this.next()!;
      if (candidate.member.isReady) return candidate;
    }
    return undefined;
  }

  /** The next in turn, ready or not. */
  next(): Membership | undefined {
    return this.#members[this.#turn++ % this.#members.length];
  }

  /** Resolves when a member may be ready, or the members are others. */
  room(): Promise<void> {
    for (const each of this.#members) {
      if (this.#asked.has(each)) continue;
      this.#asked.add(each);
      void each.member.room().then(() => {
        this.#asked.delete(each);
        this.wake();
      });
    }
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** What was handed to them by `group` and is not acknowledged. */
  *underWay(group: unknown): Iterable<SharedHanding> {
    for (const { member } of this.#members) {
      for (const handing of member.underWay()) if (handing.group === group) yield handing;
    }
  }

  /** They are asked again whether they have room. */
  wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
