import { TransientError } from "../errors.ts";
import type { EventStore, JsonObject, NewEvent } from "../event_store/mod.ts";
import type { Clock, Logger } from "../platform/mod.ts";
import type { DurableSessionEvent, KeptSession, SessionProgress } from "./events.ts";
import { DURABLE_EVENTS_MAX, type DurableSessionKey, durableSessionStream } from "./load.ts";

/** Progress events after which the next one is a full state. */
const PROGRESSES_PER_STATE = 200;
/** Wait before an append is tried again. */
const RETRY_MS = 200;

export interface SessionWriterGround {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
}

export interface SessionWriterOptions {
  readonly key: DurableSessionKey;
  readonly domainId: string;
  /** The connection: causation and correlation of all that is written. */
  readonly connectionId: string;
  readonly remoteAddress: string;
  /** Of the stream's newest event; -1 if it has none. */
  readonly revision: number;
  /** Everything as it is now. */
  readonly state: () => KeptSession;
  /** What changed since the last call, or undefined if nothing did. */
  readonly progress: () => SessionProgress | undefined;
  /** Nothing more can be written: another node has the session, or its stream cannot take it. */
  readonly onLost: (error: unknown) => void;
}

/**
 * Writes one session, one append at a time: what changes while one is on its way to the disk goes
 * with the next. The expected revision fences a second node that believes it has the session.
 */
export class SessionWriter {
  readonly #ground: SessionWriterGround;
  readonly #options: SessionWriterOptions;
  readonly #stream: string;
  #revision: number;
  #progresses = PROGRESSES_PER_STATE;
  #waiting: (() => void)[] = [];
  #writing: Promise<void> | undefined;
  #final: DurableSessionEvent | undefined;
  #wanted = false;
  #ended = false;
  #abandoned = false;

  constructor(ground: SessionWriterGround, options: SessionWriterOptions) {
    this.#ground = ground;
    this.#options = options;
    this.#stream = durableSessionStream(options.key);
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
  async end(last: DurableSessionEvent): Promise<void> {
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

  #next(): DurableSessionEvent | undefined {
    // Asked in any case: a full state holds what it would tell.
    const progress = this.#options.progress();
    if (this.#progresses < PROGRESSES_PER_STATE) {
      if (progress === undefined) return undefined;
      this.#progresses++;
      return { type: "DurableSessionProgressed", data: progress };
    }
    this.#progresses = 0;
    return { type: "DurableSessionKept", data: this.#options.state() };
  }

  /** False if it cannot be written. Tries until there is room and an engine. */
  async #append(event: DurableSessionEvent): Promise<boolean> {
    const { store, clock, logger } = this.#ground;
    const written = this.#written(event);
    for (;;) {
      try {
        const { revision } = await store.append(this.#stream, [written], {
          expectedRevision: this.#revision < 0 ? "no_stream" : { exact: this.#revision },
        });
        if (this.#revision < 0) {
          await store.setStreamLimits(this.#stream, { maxCount: DURABLE_EVENTS_MAX });
        }
        this.#revision = revision;
        return true;
      } catch (error) {
        if (!(error instanceof TransientError)) {
          this.#ended = true;
          this.#options.onLost(error);
          return false;
        }
        logger.warn("durable session waits", { stream: this.#stream, error: error.message });
        await new Promise<void>((resolve) => clock.schedule(RETRY_MS, resolve));
        if (this.#abandoned) return false;
      }
    }
  }

  #written(event: DurableSessionEvent): NewEvent {
    const { domainId, key, connectionId, remoteAddress } = this.#options;
    return {
      id: this.#ground.newId(),
      type: event.type,
      data: event.data as unknown as JsonObject, // plain values all the way down
      metadata: {
        schemaVersion: 1,
        domainId,
        principal: { kind: "thing", id: key.thingId },
        edge: "mqtt",
        remoteAddress,
        causationId: connectionId,
        correlationId: connectionId,
      },
    };
  }
}
