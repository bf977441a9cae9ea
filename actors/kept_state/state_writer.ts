import { TransientError } from "../errors.ts";
import type { EventMetadata, EventStore, JsonObject, NewEvent } from "../event_store/mod.ts";
import type { Clock, Logger } from "../platform/mod.ts";

/** Newest events of a stream that stay readable; a full state comes more often than that. */
export const KEPT_EVENTS_MAX = 1_000;
/** Progress events after which the next one is a full state. */
const PROGRESSES_PER_STATE = 200;
/** Wait before an append is tried again. */
const RETRY_MS = 200;

export interface StateWriterGround {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
}

/** An event whose data is plain values all the way down. */
interface StateEvent {
  readonly type: string;
  readonly data: object;
}

export interface StateWriterOptions<E extends StateEvent> {
  readonly stream: string;
  /** Of all that is written. */
  readonly metadata: Omit<EventMetadata, "schemaVersion">;
  /** Of the stream's newest event; -1 if it has none. */
  readonly revision: number;
  /** Everything as it is now. */
  readonly state: () => E;
  /** What changed since the last call, or undefined if nothing did. */
  readonly progress: () => E | undefined;
  /** Nothing more can be written: another node has the stream, or it cannot take it. */
  readonly onLost: (error: unknown) => void;
}

/**
 * Writes what must be found again to a stream of its own, one append at a time: what changes while
 * one is on its way to the disk goes with the next. The expected revision fences a second node that
 * believes it owns the stream.
 */
export class StateWriter<E extends StateEvent> {
  readonly #ground: StateWriterGround;
  readonly #options: StateWriterOptions<E>;
  #revision: number;
  #progresses = PROGRESSES_PER_STATE;
  #waiting: (() => void)[] = [];
  #writing: Promise<void> | undefined;
  #final: E | undefined;
  #wanted = false;
  #ended = false;
  #abandoned = false;

  constructor(ground: StateWriterGround, options: StateWriterOptions<E>) {
    this.#ground = ground;
    this.#options = options;
    this.#revision = options.revision;
  }

  /** Writes what has changed; `then` is called once everything up to now cannot be lost any more. */
  write(then?: () => void): void {
    if (this.#ended) return;
    if (then !== undefined) this.#waiting.push(then);
    this.#wanted = true;
    // What the packets of one turn change goes into one append.
    this.#writing ??= Promise.resolve().then(() => this.#run());
  }

  /** Writes a full state with the next append. */
  writeState(): void {
    this.#progresses = PROGRESSES_PER_STATE;
    this.write();
  }

  /** Writes a last event, and resolves when it is stored; nothing is written after it. */
  async end(last: E): Promise<void> {
    if (this.#ended) return;
    this.#final = last;
    this.#waiting = [];
    this.write();
    this.#ended = true;
    await this.#writing;
  }

  /** Writes nothing more; what is on its way may still arrive. */
  abandon(): void {
    this.#ended = this.#abandoned = true;
    this.#waiting = [];
  }

  async #run(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      const final = this.#final;
      const told = this.#waiting.splice(0);
      const event = final ?? this.#next();
      if (event !== undefined && !await this.#append(event)) return;
      if (final !== undefined) return;
      for (const tell of told) tell();
    }
    this.#writing = undefined;
  }

  #next(): E | undefined {
    // Asked in any case: a full state holds what it would tell.
    const progress = this.#options.progress();
    if (this.#progresses < PROGRESSES_PER_STATE) {
      if (progress === undefined) return undefined;
      this.#progresses++;
      return progress;
    }
    this.#progresses = 0;
    return this.#options.state();
  }

  /** False if it cannot be written. Tries until there is room and an engine. */
  async #append(event: E): Promise<boolean> {
    const { store, clock, logger } = this.#ground;
    const { stream } = this.#options;
    const written = this.#written(event);
    for (;;) {
      try {
        const { revision } = await store.append(stream, [written], {
          expectedRevision: this.#revision < 0 ? "no_stream" : { exact: this.#revision },
        });
        if (this.#revision < 0) {
          await store.setStreamLimits(stream, { maxCount: KEPT_EVENTS_MAX });
        }
        this.#revision = revision;
        return true;
      } catch (error) {
        if (!(error instanceof TransientError)) {
          this.#ended = true;
          this.#options.onLost(error);
          return false;
        }
        logger.warn("kept state waits", { stream, error: error.message });
        await new Promise<void>((resolve) => clock.schedule(RETRY_MS, resolve));
        if (this.#abandoned) return false;
      }
    }
  }

  #written({ type, data }: E): NewEvent {
    return {
      id: this.#ground.newId(),
      type,
      data: data as JsonObject,
      metadata: { ...this.#options.metadata, schemaVersion: 1 },
    };
  }
}
