import { subtopicMatches } from "../live/mod.ts";
import type { RetainedMessage, RetainedMessages } from "./retained_messages.ts";

interface Recent {
  readonly message: RetainedMessage;
  readonly position: number;
}

export interface RecentRetainedGround {
  /** Asks the read model. */
  readonly stored: (channelId: string, filter: string) => Promise<readonly RetainedMessage[]>;
  /** Position that the read model has surely reached. */
  readonly reached: () => number;
}

/** Entries at which those that the read model has are looked for and forgotten. */
const TIDY_AT_ENTRIES = 1_024;

/**
 * Retained messages as a subscriber must see them: what the read model holds, and over it those that
 * are durable but not yet projected.
 */
export class RecentRetained implements RetainedMessages {
  readonly #ground: RecentRetainedGround;
  /** By channel and subtopic: only the newest of each topic. */
  readonly #recent = new Map<string, Map<string, Recent>>();
  #entries = 0;
  #tidyAt = TIDY_AT_ENTRIES;

  constructor(ground: RecentRetainedGround) {
    this.#ground = ground;
  }

  remember(message: RetainedMessage, position: number): void {
    let channel = this.#recent.get(message.channelId);
    if (channel === undefined) this.#recent.set(message.channelId, channel = new Map());
    if (!channel.has(message.subtopic)) this.#entries++;
    channel.set(message.subtopic, { message, position });
    if (this.#entries >= this.#tidyAt) this.#tidy();
  }

  async matching(channelId: string, filter: string): Promise<readonly RetainedMessage[]> {
    // Taken before the question: what the read model passes meanwhile is then in its answer too.
    const recent = [...this.#recent.get(channelId)?.values() ?? []];
    const bySubtopic = new Map<string, RetainedMessage>();
    for (const message of await this.#ground.stored(channelId, filter)) {
      bySubtopic.set(message.subtopic, message);
    }
    // Then once more, so that nothing from before the question hides what came meanwhile.
    for (const { message } of [...recent, ...this.#recent.get(channelId)?.values() ?? []]) {
      if (!subtopicMatches(filter, message.subtopic)) continue;
      if (message.payload.length === 0) bySubtopic.delete(message.subtopic);
      else bySubtopic.set(message.subtopic, message);
    }
    return [...bySubtopic.values()];
  }

  // What the read model has not reached must stay, so the next look comes only after a doubling.
  #tidy(): void {
    const reached = this.#ground.reached();
    this.#entries = 0;
    for (const [channelId, channel] of this.#recent) {
      for (const [subtopic, { position }] of channel) {
        if (position <= reached) channel.delete(subtopic);
      }
      if (channel.size === 0) this.#recent.delete(channelId);
      this.#entries += channel.size;
    }
    this.#tidyAt = Math.max(TIDY_AT_ENTRIES, this.#entries * 2);
  }
}
