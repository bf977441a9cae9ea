import {
  type Clock,
  type EventStore,
  type KeptSharedSubscription,
  type LoadedSharedSubscription,
  loadSharedSubscription,
  type Logger,
  type LogPlace,
  type SharedKey,
  type SharedMembership,
  type SharedSubscriptionEvent,
  sharedSubscriptionStream,
  StateWriter,
  TransientError,
} from "../../../actors/mod.ts";
import { KEPT_STATE_MS, SHARED_CHANGES_PER_STATE, SHARED_SESSIONS_MAX } from "../limits.ts";

/** Wait after a read of what is kept that failed. */
const READ_AGAIN_MS = 1_000;

interface Ground {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  readonly startedMs: number;
  /** Another node writes what this one did. */
  readonly onLost?: () => void;
}

/**
 * The sessions that outlive their connections and share one subscription of one channel. As long as
 * there is one, how far the group is can be found again.
 */
export class SharedSessions {
  readonly #ground: Ground;
  readonly #key: SharedKey;
  readonly #state: () => Pick<KeptSharedSubscription, "next" | "sinceMs" | "owed">;
  readonly #sessions = new Map<string, SharedMembership>();
  #writer: StateWriter<SharedSubscriptionEvent> | undefined;
  /** Sessions that were over before what is kept was read; undefined since then. */
  #over: Set<string> | undefined = new Set<string>();
  #isStored = false;
  #revision = -1;
  #hasChanged = false;
  /** Messages that were handed to members since the last full state. */
  #changes = 0;
  #isClosed = false;
  /** QoS 2 up to it was handed by a process that is gone. */
  #handed: LogPlace = [0, 0];
  /** QoS 2 up to it is handed as soon as that is stored. */
  #handing: LogPlace | undefined;
  #lastHanded: LogPlace = [0, 0];
  #cancelTimer: () => void = () => {};

  constructor(
    ground: Ground,
    options: {
      readonly key: SharedKey;
      readonly state: () => Pick<KeptSharedSubscription, "next" | "sinceMs" | "owed">;
    },
  ) {
    this.#ground = ground;
    this.#key = options.key;
    this.#state = options.state;
  }

  /** What was kept for a session that may still come back. Sessions may have joined before. */
  async open(): Promise<KeptSharedSubscription | undefined> {
    const { kept, reached, revision } = await this.#load();
    if (this.#isClosed) return undefined;
    this.#isStored = kept !== undefined;
    this.#handed = reached;
    this.#lastHanded = kept?.next ?? this.#lastHanded;
    const waiting = Object.entries(kept?.members ?? {})
      .filter(([session]) => !this.#over!.has(session))
      .map(([session, membership]) => [session, this.#leftBefore(kept!, membership)] as const)
      .filter(([, membership]) => this.#mayReturn(membership));
    this.#over = undefined;
    for (const [session, membership] of waiting) {
      if (!this.#sessions.has(session)) this.#sessions.set(session, membership);
    }
    this.#revision = revision;
    return waiting.length === 0 ? undefined : kept;
  }

  /** Writes from now on: the group is where it was. */
  begin(): void {
    this.#writer = this.#newWriter(this.#revision);
    this.#write();
  }

  /** True if what was handed to whom must be found again. */
  get areKept(): boolean {
    return this.#writer !== undefined && this.#sessions.size > 0;
  }

  joined({ session, expirySeconds }: { session: string; expirySeconds: number }): void {
    // More than that share a group in turn, and those beyond are members while they are there.
    if (this.#sessions.size >= SHARED_SESSIONS_MAX && !this.#sessions.has(session)) return;
    this.#sessions.set(session, { expirySeconds });
    this.#write();
  }

  /** `awaySeconds` is how long it may stay away; 0 if it is over. */
  left(session: string, awaySeconds: number): void {
    if (awaySeconds === 0) this.#over?.add(session);
    if (!this.#sessions.has(session)) return;
    if (awaySeconds === 0) this.#sessions.delete(session);
    else {
      const leftMs = this.#ground.clock.nowMs();
      this.#sessions.set(session, { expirySeconds: awaySeconds, leftMs });
    }
    this.#write();
  }

  /** A message was handed to a member. */
  changed(): void {
    this.#hasChanged = true;
    if (++this.#changes >= SHARED_CHANGES_PER_STATE) this.#write();
  }

  /** A message of QoS 2 goes to a member: `then` may send it once that cannot be forgotten. */
  handing(place: LogPlace, then: () => void): void {
    // What was owed comes behind what is newer, and the log must forget that it is owed.
    if (!isBefore(this.#lastHanded, place)) this.#writer!.writeState();
    else this.#handing = this.#lastHanded = place;
    this.#writer!.write(then);
  }

  /** True for a message of QoS 2 that was handed to a member before a crash. */
  wasHanded(place: LogPlace): boolean {
    return !isBefore(this.#handed, place);
  }

  /** No member is there any more. Resolves when what must be found again is stored; never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    const { domainId } = this.#key;
    try {
      if (this.#sessions.size > 0) await this.#writer?.end(this.#kept());
      else if (!this.#isStored) this.#writer?.abandon();
      else {
        const reason = "no session shares it any more";
        await this.#writer?.end({ type: "SharedSubscriptionEnded", data: { domainId, reason } });
      }
    } catch (error) {
      this.#ground.logger.error("shared subscription not kept", { error: String(error) });
    }
  }

  /** What is kept, as soon as it can be read. */
  async #load(): Promise<LoadedSharedSubscription> {
    const { store, clock } = this.#ground;
    for (;;) {
      try {
        return await loadSharedSubscription(store, this.#key);
      } catch (error) {
        if (!(error instanceof TransientError) || this.#isClosed) throw error;
        await new Promise<void>((resolve) => clock.schedule(READ_AGAIN_MS, resolve));
      }
    }
  }

  #newWriter(revision: number): StateWriter<SharedSubscriptionEvent> {
    const { store, clock, logger, newId } = this.#ground;
    const stream = sharedSubscriptionStream(this.#key);
    const causationId = newId();
    return new StateWriter<SharedSubscriptionEvent>({ store, clock, logger, newId }, {
      stream,
      metadata: {
        domainId: this.#key.domainId,
        principal: { kind: "system", id: "shared subscriptions" },
        edge: "mqtt",
        remoteAddress: "local",
        causationId,
        correlationId: causationId,
      },
      revision,
      state: () => this.#kept(),
      progress: () => this.#reached(),
      onLost: (error) => {
        this.#writer = undefined;
        logger.error("shared subscription not kept", { stream, error: String(error) });
        this.#ground.onLost?.();
      },
    });
  }

  #write(): void {
    this.#cancelTimer();
    if (!this.areKept) return;
    this.#isStored = true;
    this.#writer!.writeState();
    this.#scheduleState();
  }

  // QoS 1 is not written message by message: what a crash forgets comes a second time.
  #scheduleState(): void {
    this.#cancelTimer = this.#ground.clock.schedule(KEPT_STATE_MS, () => {
      if (this.#hasChanged) this.#write();
      else this.#scheduleState();
    });
  }

  #kept(): SharedSubscriptionEvent {
    const { owed, ...place } = this.#state();
    // What is under way now is acknowledged later, which the next state must say.
    this.#hasChanged = owed.length > 0;
    this.#changes = 0;
    const members = Object.fromEntries(this.#sessions);
    const data = {
      ...this.#key,
      atMs: this.#ground.clock.nowMs(),
      members,
      ...place,
      owed,
      ...(isBefore(this.#handed, place.next) ? {} : { reached: this.#handed }),
    };
    return { type: "SharedSubscriptionKept", data };
  }

  #reached(): SharedSubscriptionEvent | undefined {
    const place = this.#handing;
    this.#handing = undefined;
    return place && { type: "SharedSubscriptionReached", data: { place } };
  }

  /** A connection that was there when the platform was killed ended at the latest at this start. */
  #leftBefore({ atMs }: KeptSharedSubscription, membership: SharedMembership): SharedMembership {
    const { expirySeconds, leftMs = Math.max(atMs, this.#ground.startedMs) } = membership;
    return { expirySeconds, leftMs };
  }

  #mayReturn({ expirySeconds, leftMs = 0 }: SharedMembership): boolean {
    return leftMs + expirySeconds * 1_000 >= this.#ground.clock.nowMs();
  }
}

function isBefore([position, index]: LogPlace, [otherPosition, otherIndex]: LogPlace): boolean {
  return position < otherPosition || (position === otherPosition && index < otherIndex);
}
