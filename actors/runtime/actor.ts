import type { CommandContext } from "../context.ts";
import {
  ConcurrencyConflict,
  isRejection,
  reject,
  type Rejection,
  StorageFull,
  TransientError,
} from "../errors.ts";
import type { AppendResult, EventStore, NewEvent } from "../event_store/mod.ts";
import type { Clock, Logger } from "../platform/mod.ts";
import type { ActorCounters } from "./counters.ts";
import type { ActorKind, DomainEvent } from "./decider.ts";
import {
  APPEND_ATTEMPTS_MAX,
  BACK_OFF_FIRST_MS,
  COMMANDS_WAITING_MAX,
  CONFLICT_ATTEMPTS_MAX,
  SNAPSHOT_EVERY_EVENTS,
} from "./limits.ts";
import { activate, type Memory, type Place, remember, toSnapshotState } from "./memory.ts";

/** What actors stand on. */
export interface ActorGround {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Fresh UUIDs for events. */
  readonly newId: () => string;
}

/** The same with what all actors of a runtime count together. */
export interface CountingGround extends ActorGround {
  readonly counters: ActorCounters;
}

export interface Delivery<C> {
  readonly command: C;
  readonly context: CommandContext;
}

/** A command that was carried out, now or before; `position` is what a reader waits for. */
export interface Executed extends Place {
  /** True if the command was handled before and this arrival changed nothing. */
  readonly repeated: boolean;
}

/** One thing, channel, user or domain in memory: one command at a time, in order of arrival. */
export class Actor<C, E extends DomainEvent, S> {
  readonly #ground: CountingGround;
  readonly #kind: ActorKind<C, E, S>;
  readonly #stream: string;
  #memory: Memory<S> | undefined;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(ground: CountingGround, options: { kind: ActorKind<C, E, S>; stream: string }) {
    this.#ground = ground;
    this.#kind = options.kind;
    this.#stream = options.stream;
  }

  get idle(): boolean {
    return this.#waiting === 0;
  }

  /** The state if it is in memory and no command is under way that may change it. */
  get settledState(): S | undefined {
    return this.#waiting === 0 ? this.#memory?.state : undefined;
  }

  /** Throws what crashed the actor: then it must be dropped. */
  deliver(delivery: Delivery<C>): Promise<Executed | Rejection> {
    return this.#inTurn(() => this.#handle(delivery));
  }

  state(): Promise<S> {
    return this.#inTurn(async () => (await this.#remembered()).state);
  }

  // 1. Receive: a bounded line, one at a time.
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= COMMANDS_WAITING_MAX) {
      return Promise.reject(
        new TransientError(
          `Cannot take a command for '${this.#stream}': ${COMMANDS_WAITING_MAX} are waiting already`,
        ),
      );
    }
    this.#waiting++;
    const mine = this.#last.then(work).finally(() => this.#waiting--);
    // The line goes on after a failure; whoever waits for `mine` hears of it.
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async #handle({ command, context }: Delivery<C>): Promise<Executed | Rejection> {
    for (let attempt = 1; attempt <= CONFLICT_ATTEMPTS_MAX; attempt++) {
      const memory = await this.#remembered();
      // 2. Already handled?
      const known = memory.handled.get(context.commandId);
      if (known !== undefined) return { ...known, repeated: true };
      // 3. Decide.
      const decision = this.#kind.decider.decide(command, memory.state);
      if (isRejection(decision)) return decision;
      if (decision.length === 0) return { ...placeOf(memory), repeated: false };
      // 4. Append where the decision expects the stream to be. 5. Evolve.
      const next = await this.#record(memory, decision, context);
      if (next === "conflict") {
        this.#ground.counters.conflicts++;
        this.#memory = undefined;
        continue;
      }
      if (isRejection(next)) return next;
      this.#memory = next;
      // 6. Snapshot; the caller is acknowledged without waiting for it.
      this.#snapshotIfDue(memory, next);
      return { ...placeOf(next), repeated: false };
    }
    return reject(
      "conflict",
      `Cannot change '${this.#stream}': others keep changing it, try again`,
    );
  }

  async #remembered(): Promise<Memory<S>> {
    this.#memory ??= await activate(this.#ground.store, {
      kind: this.#kind,
      stream: this.#stream,
    });
    return this.#memory;
  }

  async #record(
    memory: Memory<S>,
    events: readonly E[],
    context: CommandContext,
  ): Promise<Memory<S> | Rejection | "conflict"> {
    let state = memory.state;
    for (const event of events) state = this.#kind.decider.evolve(state, event);
    const recorded = events.map((event) => this.#envelope(event, state, context));
    try {
      const place = await this.#append(recorded, memory.revision);
      return { ...place, state, handled: remember(memory.handled, context.commandId, place) };
    } catch (error) {
      if (error instanceof ConcurrencyConflict) return "conflict";
      if (error instanceof StorageFull) return reject("storage_full", error.message);
      throw error;
    }
  }

  #envelope(event: E, state: S, context: CommandContext): NewEvent {
    const type: E["type"] = event.type;
    return {
      id: this.#ground.newId(),
      type,
      data: event.data,
      metadata: {
        schemaVersion: this.#kind.schemaVersions[type] ?? 1,
        domainId: this.#kind.domainOf(state),
        principal: context.principal,
        edge: context.edge,
        remoteAddress: context.remoteAddress,
        causationId: context.commandId,
        correlationId: context.correlationId,
      },
    };
  }

  async #append(events: readonly NewEvent[], revision: number): Promise<AppendResult> {
    const expectedRevision = revision < 0 ? "no_stream" as const : { exact: revision };
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#ground.store.append(this.#stream, events, { expectedRevision });
      } catch (error) {
        // The outcome is unknown: the same ids make a repeat harmless.
        const again = error instanceof TransientError && !(error instanceof StorageFull) &&
          attempt < APPEND_ATTEMPTS_MAX;
        if (!again) throw error;
        await pause(this.#ground.clock, BACK_OFF_FIRST_MS * 2 ** (attempt - 1));
      }
    }
  }

  #snapshotIfDue(before: Memory<S>, after: Memory<S>): void {
    const due = Math.floor((after.revision + 1) / SNAPSHOT_EVERY_EVENTS) >
      Math.floor((before.revision + 1) / SNAPSHOT_EVERY_EVENTS);
    if (!due) return;
    this.#ground.store.saveSnapshot(this.#stream, {
      revision: after.revision,
      version: this.#kind.snapshotVersion,
      state: toSnapshotState(after),
    }).catch((error) => {
      // A snapshot only saves time: without it the next activation reads more events.
      this.#ground.logger.warn("snapshot not saved", {
        stream: this.#stream,
        error: String(error),
      });
    });
  }
}

function placeOf(memory: Place): Place {
  return { revision: memory.revision, position: memory.position };
}

function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(delayMs, resolve));
}
