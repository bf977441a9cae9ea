import { type Logger, pause } from "../../platform/mod.ts";
import type { PartitionConsumer } from "./consuming.ts";
import { IDLE_MS } from "./limits.ts";
import type { NatsLink } from "./link.ts";
import { encodeOverview, type Overview } from "./live_codec.ts";
import type { Names } from "./names.ts";

export interface OverviewGround {
  readonly link: NatsLink;
  readonly names: Names;
  readonly logger: Logger;
  /** Position of the newest event of the log. */
  readonly logEnd: () => Promise<number>;
  readonly consumers: () => Iterable<PartitionConsumer>;
}

/**
 * Tells all nodes once a second how far the idle partitions of this one are, in one message: who
 * missed their last frame notices it, and who reads knows how far the log was told.
 */
export class OverviewTelling {
  readonly #ground: OverviewGround;
  readonly #ending = new AbortController();
  readonly #done: Promise<void>;

  constructor(ground: OverviewGround) {
    this.#ground = ground;
    this.#done = this.#run();
  }

  /** What was told while the line broke may be lost, though its frames were acknowledged behind it. */
  lineReturned(): void {
    const lost = [...this.#ground.consumers()].map(({ partition }) => partition);
    if (lost.length > 0) this.#publish({ lost });
  }

  end(): Promise<void> {
    this.#ending.abort();
    return this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await pause(IDLE_MS, signal);
      if (signal.aborted || !this.#ground.link.up) continue;
      try {
        await this.#tell();
      } catch (error) {
        this.#ground.logger.debug("idle partitions not told", { error: String(error) });
      }
    }
  }

  async #tell(): Promise<void> {
    const consumers = [...this.#ground.consumers()];
    await Promise.all(consumers.map((consumer) => consumer.settle()));
    const idle = consumers.filter(({ idleAt }) => idleAt !== undefined)
      .map((consumer) => ({ consumer, begun: consumer.begun }));
    if (idle.length === 0) return;
    const position = await this.#ground.logEnd();
    // What began meanwhile may stand before the position, and was not told yet.
    const entries = idle.flatMap(({ consumer, begun }) => {
      const delivery = consumer.idleAt;
      if (delivery === undefined || consumer.begun !== begun) return [];
      return [[consumer.partition, delivery, position] as const];
    });
    if (entries.length > 0) this.#publish({ idle: entries });
  }

  #publish(overview: Overview): void {
    const { link, names } = this.#ground;
    if (!link.connection.isClosed()) {
      link.connection.publish(names.overview, encodeOverview(overview));
    }
  }
}
