import { CatchUpTurns } from "../outgoing/mod.ts";
import { HostedPartition, type SharedHostGround } from "./hosted_partition.ts";

export type { SharedHostGround } from "./hosted_partition.ts";

/**
 * The groups of shared subscriptions whose channels lie in the partitions of this node. Their members
 * are clients of any node's MQTT servers, this one's too.
 */
export class SharedHost {
  readonly #ground: SharedHostGround & { readonly turns: CatchUpTurns };
  readonly #owned = new Set<number>();
  readonly #partitions = new Map<number, HostedPartition>();
  /** Those that were given away, until what the next owner must find is stored. */
  readonly #leaving = new Map<number, Promise<void>>();

  constructor(ground: SharedHostGround) {
    this.#ground = { ...ground, turns: new CatchUpTurns() };
  }

  /** This node has the partition. */
  acquired(partition: number): void {
    this.#owned.add(partition);
    if (this.#partitions.has(partition)) return;
    this.#partitions.set(
      partition,
      new HostedPartition(this.#ground, { partition, onLost: () => this.#again(partition) }),
    );
  }

  /** Hands nothing on any more; resolves when the next owner finds all that it must. Never rejects. */
  async released(partition: number): Promise<void> {
    this.#owned.delete(partition);
    await this.#handOver(partition);
  }

  /** Gives all partitions away. */
  async close(): Promise<void> {
    await Promise.all([...this.#owned].map((partition) => this.released(partition)));
  }

  async #handOver(partition: number): Promise<void> {
    const hosted = this.#partitions.get(partition);
    this.#partitions.delete(partition);
    if (hosted !== undefined) this.#leaving.set(partition, hosted.handOver());
    const leaving = this.#leaving.get(partition);
    await leaving;
    if (this.#leaving.get(partition) === leaving) this.#leaving.delete(partition);
  }

  /** Another node wrote what this one keeps: it begins anew with what that node wrote. */
  #again(partition: number): void {
    if (!this.#partitions.has(partition)) return;
    void this.#handOver(partition).then(() => {
      if (this.#owned.has(partition)) this.acquired(partition);
    });
  }
}
