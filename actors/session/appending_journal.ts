import { TransientError } from "../errors.ts";
import type { EventStore, NewEvent } from "../event_store/mod.ts";
import type { Clock, Logger } from "../platform/mod.ts";
import type { SessionEvent } from "./events.ts";
import type { SessionJournal, SessionOrigin } from "./journal.ts";

/** Facts that are not stored yet, over all things; beyond it the oldest that wait are counted and dropped. */
export const FACTS_WAITING_MAX = 20_000;
/** Newest facts that stay readable in one thing's stream. */
export const FACTS_PER_THING_MAX = 1_000;
/** Facts of one thing in one append: at some 14 KB each they stay below what one append may hold. */
const FACTS_PER_APPEND_MAX = 50;
/** Wait before facts are offered again to a store that did not take them. */
const RETRY_MS = 500;

/** Where facts about sessions go in the log. */
export function sessionStream(thingId: string): string {
  return `session-${thingId}`;
}

/**
 * Appends facts to the session streams, those of one thing in order and one append at a time. They
 * report what happened, so they expect no revision, and a full disk does not stop a device.
 */
export class AppendingJournal implements SessionJournal {
  readonly #ground: {
    readonly store: EventStore;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly newId: () => string;
  };
  /** Facts that no append holds yet, of each thing that has any. */
  readonly #waiting = new Map<string, NewEvent[]>();
  readonly #writing = new Map<string, Promise<void>>();
  readonly #bounded = new Set<string>();
  #count = 0;
  /** Facts that were dropped because the store did not take them for long. */
  dropped = 0;

  constructor(
    ground: {
      readonly store: EventStore;
      readonly clock: Clock;
      readonly logger: Logger;
      readonly newId: () => string;
    },
  ) {
    this.#ground = ground;
  }

  record(origin: SessionOrigin, event: SessionEvent): void {
    if (this.#count >= FACTS_WAITING_MAX && !this.#dropOldest()) {
      this.dropped++;
      return;
    }
    const fact = factOf(this.#ground.newId(), { origin, event });
    const waiting = this.#waiting.get(origin.thingId);
    this.#count++;
    if (waiting !== undefined) waiting.push(fact);
    else this.#waiting.set(origin.thingId, [fact]);
    if (!this.#writing.has(origin.thingId)) this.#start(origin.thingId);
  }

  /** Resolves when every fact recorded so far is stored or given up. */
  async flush(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing.values());
  }

  #start(thingId: string): void {
    // Facts of one turn of the event loop (connected, subscribed) share an append.
    this.#writing.set(thingId, Promise.resolve().then(() => this.#drain(thingId)));
  }

  async #drain(thingId: string): Promise<void> {
    const stream = sessionStream(thingId);
    for (;;) {
      const waiting = this.#waiting.get(thingId);
      if (waiting === undefined) break;
      const facts = waiting.splice(0, FACTS_PER_APPEND_MAX);
      if (waiting.length === 0) this.#waiting.delete(thingId);
      await this.#store(stream, facts);
      this.#count -= facts.length;
    }
    // In the turn that found nothing: a fact that comes later starts anew.
    this.#writing.delete(thingId);
  }

  /** Repeats the same append, for only that is idempotent: a longer one would be refused. */
  async #store(stream: string, facts: readonly NewEvent[]): Promise<void> {
    for (;;) {
      try {
        await this.#ground.store.append(stream, facts, { expectedRevision: "any" });
        await this.#boundStream(stream);
        return;
      } catch (error) {
        if (!(error instanceof TransientError)) {
          this.dropped += facts.length;
          this.#ground.logger.error("session facts lost", { stream, error: String(error) });
          return;
        }
        await new Promise<void>((resolve) => this.#ground.clock.schedule(RETRY_MS, resolve));
      }
    }
  }

  async #boundStream(stream: string): Promise<void> {
    if (this.#bounded.has(stream)) return;
    const limits = await this.#ground.store.streamLimits(stream);
    if (limits.maxCount !== FACTS_PER_THING_MAX) {
      await this.#ground.store.setStreamLimits(stream, { maxCount: FACTS_PER_THING_MAX });
    }
    if (this.#bounded.size >= FACTS_WAITING_MAX) this.#bounded.clear();
    this.#bounded.add(stream);
  }

  /** False if every fact is in an append, where it may be stored already. */
  #dropOldest(): boolean {
    for (const [thingId, waiting] of this.#waiting) {
      waiting.shift();
      if (waiting.length === 0) this.#waiting.delete(thingId);
      this.#count--;
      this.dropped++;
      return true;
    }
    return false;
  }
}

function factOf(
  id: string,
  { origin, event }: { readonly origin: SessionOrigin; readonly event: SessionEvent },
): NewEvent {
  return {
    id,
    type: event.type,
    data: event.data,
    metadata: {
      schemaVersion: 1,
      domainId: event.data.domainId,
      principal: origin.principal,
      edge: origin.edge,
      remoteAddress: origin.remoteAddress,
      causationId: origin.sessionId,
      correlationId: origin.sessionId,
    },
  };
}
