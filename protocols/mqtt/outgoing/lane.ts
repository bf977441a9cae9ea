import type { LogPlace } from "../../../actors/mod.ts";
import type { ChannelLogCursor, LiveMatch, LoggedBatch } from "../../../projections/mod.ts";
import type { TopicForm } from "../topics.ts";

/** Subtopics of one lane whose matches are remembered. */
const MATCHES_REMEMBERED_MAX = 1_000;
/** Behind the last message of any batch. */
export const AFTER_ALL = Number.MAX_SAFE_INTEGER;

/**
 * How far one session is with one channel, under one form of topics. A lane is live, or it reads the
 * log; then live messages are passed over, because the log will bring them.
 */
export class Lane {
  readonly form: TopicForm;
  readonly channelId: string;
  isReading = false;
  /** Of the first message that was not handed on: two numbers, because each message moves them. */
  #position: number;
  #index: number;
  /** Where to look for `next`: messages before this instant were handed on. */
  sinceMs: number;
  /** The newest live message that was passed over: the log must bring it. */
  seen: LogPlace = [0, 0];
  /** Looks at the log that found nothing although there is something. */
  emptyLooks = 0;
  /** A batch that was read and not handed on to its end. */
  read: LoggedBatch | undefined;
  /** Where its reading stands. */
  cursor: ChannelLogCursor | undefined;
  readonly #matches = new Map<string, LiveMatch | undefined>();

  constructor(
    lane: {
      readonly form: TopicForm;
      readonly channelId: string;
      readonly next: LogPlace;
      readonly sinceMs: number;
    },
  ) {
    this.form = lane.form;
    this.channelId = lane.channelId;
    [this.#position, this.#index] = lane.next;
    this.sinceMs = lane.sinceMs;
  }

  get name(): string {
    return laneName(this);
  }

  /** False for what was handed on before. */
  isNew(position: number, index: number): boolean {
    return position > this.#position || (position === this.#position && index >= this.#index);
  }

  handed(position: number, index: number): void {
    this.#position = position;
    this.#index = index + 1;
  }

  /** The first place that was not handed on. */
  get next(): LogPlace {
    return [this.#position, this.#index];
  }

  set next([position, index]: LogPlace) {
    this.#position = position;
    this.#index = index;
  }

  /** True while a message that was told live was not handed on. */
  get isBehind(): boolean {
    const [position, index] = this.seen;
    return position > 0 && this.isNew(position, index);
  }

  /** The last place that was handed on. */
  get through(): LogPlace {
    return [this.#position, this.#index - 1];
  }

  /** What `find` says of a subtopic, asked once. */
  match(subtopic: string, find: () => LiveMatch | undefined): LiveMatch | undefined {
    if (this.#matches.has(subtopic)) return this.#matches.get(subtopic);
    if (this.#matches.size >= MATCHES_REMEMBERED_MAX) this.#matches.clear();
    const match = find();
    this.#matches.set(subtopic, match);
    return match;
  }

  /** The session's subscriptions have changed. */
  forgetMatches(): void {
    this.#matches.clear();
  }
}

export function laneName(
  { form, channelId }: { readonly form: string; readonly channelId: string },
): string {
  return `${form} ${channelId}`;
}
