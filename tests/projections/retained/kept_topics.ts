import {
  type PageBounds,
  RecentRetained,
  type RetainedMessage,
  type RetainedPage,
  retainedQueries,
  type RetainedQuestion,
  RetainedStore,
  type RetainedWrite,
} from "../../../projections/mod.ts";
import { CHANNEL, DOMAIN } from "../log.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Retained messages that are told at once, and projected when a test says so. */
export class KeptTopics extends RecentRetained {
  readonly store = new RetainedStore(":memory:");
  readonly #queries = retainedQueries(this.store.file);
  #unprojected: RetainedWrite[] = [];
  reached = 0;
  /** Happens once, after the read model has answered and before it is heard. */
  meanwhile: () => void | Promise<void> = () => {};
  /** What the read model has answered. */
  readonly pages: RetainedPage[] = [];

  constructor(bounds?: PageBounds) {
    super({
      reached: () => this.reached,
      startPosition: 0,
      stored: (question) => this.#answer(question),
      ...(bounds === undefined ? {} : { bounds }),
    });
  }

  override remember(message: RetainedMessage): void {
    super.remember(message);
    const { place: [position, index] } = message;
    this.#unprojected.push({ domainId: DOMAIN, message, position, index });
  }

  tell(subtopic: string, payload: string, channelId: string = CHANNEL): void {
    this.remember({
      channelId,
      subtopic,
      qos: 1,
      place: [this.toldThrough + 1, 0],
      receivedUs: 0,
      contentKind: "unspecified",
      contentType: "",
      payload: encoder.encode(payload),
    });
  }

  /** The read model gets all that was told, and says so. */
  async project(): Promise<void> {
    await this.store.apply(this.#unprojected, this.toldThrough);
    this.#unprojected = [];
    this.reached = this.toldThrough;
  }

  /** The pages that one who listens from now on is sent. */
  read(filter = "#", channelId: string = CHANNEL): AsyncIterator<readonly RetainedMessage[]> {
    return this.matching(channelId, { filter, until: this.toldThrough });
  }

  async #answer(question: RetainedQuestion): Promise<RetainedPage> {
    const page = this.#queries.retained(question);
    this.pages.push(page);
    const { meanwhile } = this;
    this.meanwhile = () => {};
    await meanwhile();
    return page;
  }
}

/** Subtopics and payloads, in their order. */
export function shown(messages: readonly RetainedMessage[]): string {
  return messages.map(({ subtopic, payload }) => `${subtopic}=${decoder.decode(payload)}`)
    .join(" ");
}

/** The pages that are left, each as `shown`. */
export async function rest(
  pages: AsyncIterator<readonly RetainedMessage[]>,
): Promise<readonly string[]> {
  const all: string[] = [];
  for (let turn = await pages.next(); turn.done !== true; turn = await pages.next()) {
    all.push(shown(turn.value));
  }
  return all;
}
