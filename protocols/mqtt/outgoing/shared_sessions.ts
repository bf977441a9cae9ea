import {
  type Clock,
  type EventStore,
  type KeptSharedSubscription,
  type LoadedSharedSubscription,
  type Logger,
  type LogPlace,
  type SharedKey,
  type SharedMembership,
  type SharedSubscriptionEvent,
  sharedSubscriptionStream,
  StateWriter,
} from "../../../actors/mod.ts";
import { KEPT_STATE_MS, SHARED_SESSIONS_MAX } from "../limits.ts";

interface Ground {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  readonly startedMs: number;
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
  #hasChanged = false;
  /** QoS 2 up to it was handed by a process that is gone. */
  #handed: LogPlace = [0, 0];
  /** QoS 2 up to it is handed as soon as that is stored. */
  #handing: LogPlace | undefined;
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
  async open(
    load: () => Promise<LoadedSharedSubscription>,
  ): Promise<KeptSharedSubscription | undefined> {
    const { kept, reached, revision } = await load();
    this.#isStored = kept !== undefined;
    this.#handed = reached;
    const waiting = Object.entries(kept?.members ?? {})
      .filter(([session]) => !this.#over!.has(session))
      .map(([session, membership]) => [session, this.#leftBefore(kept!, membership)] as const)
      .filter(([, membership]) => this.#mayReturn(membership));
    this.#over = undefined;
    for (const [session, membership] of waiting) {
      if (!this.#sessions.has(session)) this.#sessions.set(session, membership);
    }
    this.#writer = this.#newWriter(revision);
    this.#write();
    return waiting.length === 0 ? undefined : kept;
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

  /** Messages were handed to members, or acknowledged by them. */
  changed(): void {
    this.#hasChanged = true;
  }

  /** A message of QoS 2 goes to a member: `then` may send it once that cannot be forgotten. */
  handing(place: LogPlace, then: () => void): void {
    this.#handing = place;
    this.#writer!.write(then);
  }

  /** True for a message of QoS 2 that was handed to a member before a crash. */
  wasHanded([position, index]: LogPlace): boolean {
    const [handedPosition, handedIndex] = this.#handed;
    return position < handedPosition || (position === handedPosition && index <= handedIndex);
  }

  /** No member is there any more. Resolves when what must be found again is stored; never rejects. */
  async close(): Promise<void> {
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
    const members = Object.fromEntries(this.#sessions);
    const data = { ...this.#key, atMs: this.#ground.clock.nowMs(), members, ...place, owed };
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
