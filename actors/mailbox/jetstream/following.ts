import type { Subscription } from "@nats-io/nats-core";
import type { Logger } from "../../platform/mod.ts";
import { PARTITIONS, type RecordedFollower } from "../mailbox.ts";
import { decodeFrame } from "./frame_codec.ts";
import { TOLD_IDS_MAX } from "./limits.ts";
import type { NatsLink } from "./link.ts";
import { decodeOverview, decodeTold, type Told } from "./live_codec.ts";
import { type Names, partitionIn } from "./names.ts";

interface Heard {
  sequence: number;
  /** Undefined where the next one that is heard of is believed. */
  delivery: number | undefined;
  /** Of frames that were told: one that was posted twice is told once. */
  readonly ids: Set<string>;
}

export interface FollowGround {
  readonly link: NatsLink;
  readonly names: Names;
  readonly logger: Logger;
}

/**
 * Hears what consumers on all nodes tell, this one's own by the same way. Each frame names the
 * delivery that was told before it: where that is another one than was heard last, something is
 * missing. `missed` is called first then, and `recorded` with the newer frame after it.
 */
export class Following {
  readonly #ground: FollowGround;
  readonly #follower: RecordedFollower;
  readonly #heard: readonly Heard[] = Array.from({ length: PARTITIONS }, () => ({
    sequence: 0,
    delivery: undefined,
    ids: new Set<string>(),
  }));
  readonly #subscription: Subscription;
  readonly #deafen: () => void;

  private constructor(ground: FollowGround, follower: RecordedFollower) {
    this.#ground = ground;
    this.#follower = follower;
    // A callback runs in the turn in which the bytes came, so nothing queues here. A node that is too
    // slow is cut off by the server, and so misses everything of the time until it is back.
    this.#subscription = ground.link.connection.subscribe(ground.names.live, {
      callback: (error, { subject, data }) => {
        if (error !== null) this.#allMissed();
        else this.#received(subject, data);
      },
    });
    this.#deafen = ground.link.listen({ returned: () => void this.#lineReturned() });
  }

  /** Resolves once the server has heard of it: what is told from then on reaches the follower. */
  static async start(ground: FollowGround, follower: RecordedFollower): Promise<Following> {
    const following = new Following(ground, follower);
    try {
      await ground.link.whileUp(ground.link.connection.flush());
    } catch (error) {
      following.stop();
      throw error;
    }
    return following;
  }

  stop(): void {
    this.#deafen();
    if (!this.#ground.link.connection.isClosed()) this.#subscription.unsubscribe();
  }

  #received(subject: string, bytes: Uint8Array): void {
    const partition = partitionIn(subject);
    try {
      if (partition !== undefined) this.#told(partition, decodeTold(bytes));
      else if (subject === this.#ground.names.overview) this.#overview(bytes);
    } catch (error) {
      // A newer version may say more than this one understands; what it said is in the log. And what a
      // follower throws must not reach the client, which would stop reading its line.
      this.#ground.logger.warn("live message lost", { subject, error: String(error) });
      if (partition === undefined) this.#allMissed();
      else this.#missed(partition);
    }
  }

  #told(partition: number, { place, recorded }: Told): void {
    const heard = this.#heard[partition]!;
    const isRepeat = place.sequence <= heard.sequence;
    const isNext = heard.delivery === undefined || heard.delivery === place.previous;
    heard.delivery = place.delivery;
    if (isRepeat) return;
    heard.sequence = place.sequence;
    if (!isNext || recorded === undefined) this.#follower.missed(partition);
    if (recorded === undefined) return;
    const { frame, part } = decodeFrame(recorded.frame);
    // The server forgets the ids of what it no longer holds when it starts again.
    if (!remember(heard.ids, `${frame.id}:${part}`)) return;
    this.#follower.recorded({ ...frame, sequence: place.sequence }, recorded.outcomes);
  }

  #overview(bytes: Uint8Array): void {
    const { idle = [], lost = [] } = decodeOverview(bytes);
    for (const partition of lost) this.#missed(partition);
    for (const [partition, delivery, position] of idle) {
      const heard = this.#heard[partition];
      // A node that believes it still owns the partition stands behind the one that does.
      if (heard === undefined || (heard.delivery ?? delivery) > delivery) continue;
      const isWhole = heard.delivery === undefined || heard.delivery === delivery;
      heard.delivery = delivery;
      if (isWhole) this.#follower.reached(partition, position);
      else this.#follower.missed(partition);
    }
  }

  /** What comes next is believed. */
  #missed(partition: number): void {
    const heard = this.#heard[partition];
    if (heard === undefined) return;
    heard.delivery = undefined;
    this.#follower.missed(partition);
  }

  #allMissed(): void {
    for (let partition = 0; partition < PARTITIONS; partition++) this.#missed(partition);
  }

  /** Only once the server listens for this node again is nothing lost any more. */
  async #lineReturned(): Promise<void> {
    try {
      await this.#ground.link.whileUp(this.#ground.link.connection.flush());
    } catch (error) {
      // It broke again, and comes back again.
      this.#ground.logger.debug("line broke again", { error: String(error) });
      return;
    }
    this.#allMissed();
  }
}

/** Whether it is new. */
function remember(ids: Set<string>, id: string): boolean {
  if (ids.has(id)) return false;
  ids.add(id);
  if (ids.size > TOLD_IDS_MAX) ids.delete(ids.values().next().value!);
  return true;
}
