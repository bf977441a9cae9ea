import type { LogPlace } from "../../actors/mod.ts";
import { subtopicMatches } from "../live/mod.ts";
import {
  BEFORE_ALL,
  comparePlaces,
  type PageBounds,
  pageOf,
  RETAINED_PAGE_BYTES_MAX,
  RETAINED_PAGE_MESSAGES_MAX,
  type RetainedMessage,
  type RetainedMessages,
  type RetainedPage,
  type RetainedQuestion,
} from "./retained_messages.ts";

export interface RecentRetainedGround {
  /** Asks the read model. */
  readonly stored: (question: RetainedQuestion) => Promise<RetainedPage>;
  /** Position that the read model has surely reached. */
  readonly reached: () => number;
  /** The end of the log when it begins: what lies before is only in the read model. */
  readonly startPosition: number;
  /** Of one page; tests reach them with smaller ones. */
  readonly bounds?: PageBounds;
}

/** Entries at which those that the read model has are looked for and forgotten. */
const TIDY_AT_ENTRIES = 1_024;

const PAGE: PageBounds = {
  messagesMax: RETAINED_PAGE_MESSAGES_MAX,
  bytesMax: RETAINED_PAGE_BYTES_MAX,
};

/**
 * Retained messages as a subscriber must see them: what the read model holds, and over it those that
 * are durable but not yet projected.
 */
export class RecentRetained implements RetainedMessages {
  readonly #ground: RecentRetainedGround;
  /** By channel and subtopic: only the newest of each topic. */
  readonly #recent = new Map<string, Map<string, RetainedMessage>>();
  #toldThrough: number;
  #entries = 0;
  #tidyAt = TIDY_AT_ENTRIES;

  constructor(ground: RecentRetainedGround) {
    this.#ground = ground;
    this.#toldThrough = ground.startPosition;
  }

  get toldThrough(): number {
    return this.#toldThrough;
  }

  remember(message: RetainedMessage): void {
    let channel = this.#recent.get(message.channelId);
    if (channel === undefined) this.#recent.set(message.channelId, channel = new Map());
    if (!channel.has(message.subtopic)) this.#entries++;
    channel.set(message.subtopic, message);
    this.#toldThrough = Math.max(this.#toldThrough, message.place[0]);
    if (this.#entries >= this.#tidyAt) this.#tidy();
  }

  async *matching(
    channelId: string,
    wanted: { readonly filter: string; readonly until: number },
  ): AsyncGenerator<readonly RetainedMessage[]> {
    const { bounds = PAGE } = this.#ground;
    let after: LogPlace | undefined = BEFORE_ALL;
    while (after !== undefined) {
      const page: RetainedPage = await this.#page({ ...wanted, channelId, after, bounds });
      if (page.messages.length > 0) yield page.messages;
      after = page.next;
    }
  }

  /**
   * What the read model does not have is behind all that it has of the same topic. So it hides the
   * older one here, and is in the page that its own place belongs to: laid over it again, or read
   * from the read model, which alone may be asked for it once it is forgotten here.
   */
  async #page(question: RetainedQuestion): Promise<RetainedPage> {
    const { after, until, bounds } = question;
    // Taken before the question: what the read model passes meanwhile is then in its answer too.
    const before = this.#behind(question);
    const { messages, next } = await this.#ground.stored(question);
    const newest = new Map(messages.map((message) => [message.subtopic, message]));
    // Then once more, so that nothing from before the question hides what came meanwhile.
    for (const message of [...before, ...this.#behind(question)]) {
      const known = newest.get(message.subtopic);
      if (known !== undefined && comparePlaces(known.place, message.place) > 0) continue;
      newest.set(message.subtopic, message);
    }
    const laidOver = [...newest.values()].filter(({ place, payload }) =>
      payload.length > 0 && place[0] <= until && comparePlaces(place, after) > 0 &&
      (next === undefined || comparePlaces(place, next) <= 0)
    ).toSorted((a, b) => comparePlaces(a.place, b.place));
    const page = pageOf(laidOver, bounds);
    return page.next === undefined && next !== undefined ? { ...page, next } : page;
  }

  #behind({ channelId, filter, after }: RetainedQuestion): readonly RetainedMessage[] {
    if (this.#ground.reached() >= this.#toldThrough) this.#forgetAll();
    const channel = this.#recent.get(channelId);
    if (channel === undefined) return NONE;
    return [...channel.values()].filter(({ place, subtopic }) =>
      comparePlaces(place, after) > 0 && subtopicMatches(filter, subtopic)
    );
  }

  #forgetAll(): void {
    this.#recent.clear();
    this.#entries = 0;
    this.#tidyAt = TIDY_AT_ENTRIES;
  }

  // What the read model has not reached must stay, so the next look comes only after a doubling.
  #tidy(): void {
    const reached = this.#ground.reached();
    this.#entries = 0;
    for (const [channelId, channel] of this.#recent) {
      for (const [subtopic, { place: [position] }] of channel) {
        if (position <= reached) channel.delete(subtopic);
      }
      if (channel.size === 0) this.#recent.delete(channelId);
      this.#entries += channel.size;
    }
    this.#tidyAt = Math.max(TIDY_AT_ENTRIES, this.#entries * 2);
  }
}

const NONE: readonly RetainedMessage[] = [];
