import {
  type Clock,
  ConcurrencyConflict,
  discardDurableSession,
  type DurableSessionKey,
  type EventStore,
  isSessionOver,
  type KeptSession,
  loadDurableSession,
  type Logger,
  loseDurableSession,
  sessionEndsMs,
  type SessionJournal,
} from "../../../actors/mod.ts";
import type { AccessIndex, ReadModels } from "../../../projections/mod.ts";
import { forgetShares } from "../abandoned_shares.ts";
import type { MqttCounters } from "../counters.ts";
import { SWEEP_INTERVAL_MS, SWEEP_PAUSE_MS, SWEEP_SESSIONS_MAX } from "../limits.ts";
import type { OpenSessions } from "../open_sessions.ts";
import type { SharedSubscriptions } from "../outgoing/mod.ts";

/** Who discards them, in the log. */
const SWEEP = "sweep";

export interface ExpiredSessionsGround {
  readonly readModels: {
    readonly durableSessions: Pick<ReadModels["durableSessions"], "expired" | "connected">;
  };
  readonly store: EventStore;
  readonly journal: SessionJournal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  readonly sessions: Pick<OpenSessions, "inTurn" | "has">;
  /** Undefined where there is one node only. */
  readonly clients: { holder(key: DurableSessionKey): Promise<string | undefined> } | undefined;
  readonly access: AccessIndex;
  /** Nothing waits any longer for a session that shared. */
  readonly shared: SharedSubscriptions;
  readonly counters: MqttCounters;
  /** When this server began, in milliseconds since the Unix epoch. */
  readonly startedMs: number;
}

/**
 * Notices which sessions have lost their connections without a farewell, and discards those whose time
 * is over, some at once and in the background. The read model says which may be; the session's own
 * stream decides, by the rule that a CONNECT goes by, in one line with the CONNECTs of its client.
 * What a sweep cannot discard, the next one finds again.
 */
export class ExpiredSessions {
  readonly #ground: ExpiredSessionsGround;
  #sweeping = Promise.resolve();
  #cancelTimer = () => {};
  #isClosed = false;
  /** The last of those with a connection that were looked at. */
  #lookedThrough = "";

  constructor(ground: ExpiredSessionsGround) {
    this.#ground = ground;
  }

  /** Sweeps now, and then at intervals. */
  begin(): void {
    this.#cancelTimer();
    this.#sweeping = this.#sweep();
  }

  /** Resolves when nothing is written any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    await this.#sweeping;
  }

  /** Never rejects. */
  async #sweep(): Promise<void> {
    const { clock, logger } = this.#ground;
    let hasMore = false;
    try {
      const hasMoreLost = await this.#noticeSome();
      hasMore = await this.#sweepSome() || hasMoreLost;
    } catch (error) {
      logger.warn("expired sessions stay for now", { error: String(error) });
    }
    if (this.#isClosed) return;
    const delayMs = hasMore ? SWEEP_PAUSE_MS : SWEEP_INTERVAL_MS;
    this.#cancelTimer = clock.schedule(delayMs, () => this.begin());
  }

  /**
   * True if there may be more. Alone, this node lost what one before it had; among others it asks
   * whoever has the client, and if nobody says so it is lost.
   */
  async #noticeSome(): Promise<boolean> {
    const { readModels, startedMs, clients, clock } = this.#ground;
    const writtenBeforeMs = clients === undefined ? startedMs : clock.nowMs();
    const connected = await readModels.durableSessions.connected({
      writtenBeforeMs,
      limit: SWEEP_SESSIONS_MAX,
      after: this.#lookedThrough,
    });
    await Promise.all(connected.map((each) => this.#inTurn(each, () => this.#loseIfGone(each))));
    const isFull = connected.length === SWEEP_SESSIONS_MAX;
    this.#lookedThrough = isFull ? connected.at(-1)!.stream : "";
    return isFull;
  }

  async #loseIfGone(key: DurableSessionKey): Promise<boolean> {
    const { sessions, clients, store, clock } = this.#ground;
    if (sessions.has(key) || await clients?.holder(key) !== undefined) return false;
    const { session, revision } = await loadDurableSession(store, key);
    if (session?.connected !== true || session.lostAtMs !== undefined) return false;
    await loseDurableSession(this.#ground, { session, revision, atMs: clock.nowMs(), by: SWEEP });
    return true;
  }

  /** True if there may be more. Their appends share a flush. */
  async #sweepSome(): Promise<boolean> {
    const { readModels, clock } = this.#ground;
    const expired = await readModels.durableSessions.expired({
      nowMs: clock.nowMs(),
      limit: SWEEP_SESSIONS_MAX,
    });
    const swept = await Promise.all(
      expired.map((each) => this.#inTurn(each, () => this.#discardIfOver(each))),
    );
    // A read model that lags names those again that have gone: without one that went, it can wait.
    return expired.length === SWEEP_SESSIONS_MAX && swept.includes(true);
  }

  async #inTurn(
    { thingId, clientId }: DurableSessionKey,
    work: () => Promise<boolean>,
  ): Promise<boolean> {
    const { sessions, logger } = this.#ground;
    try {
      return await sessions.inTurn({ thingId, clientId }, work);
    } catch (error) {
      // The client came back at another node, or another node was faster.
      if (error instanceof ConcurrencyConflict) return false;
      logger.warn("session stays for now", { thingId, clientId, error: String(error) });
      return false;
    }
  }

  async #discardIfOver(key: DurableSessionKey): Promise<boolean> {
    const { store, clock, counters } = this.#ground;
    const { session, revision } = await loadDurableSession(store, key);
    if (session === undefined || !isSessionOver(session, clock.nowMs())) return false;
    await discardDurableSession(this.#ground, { session, revision, reason: "expired", by: SWEEP });
    forgetShares(session, this.#ground);
    counters.sessionsExpired++;
    this.#record(session);
    return true;
  }

  #record(session: KeptSession): void {
    const { domainId, thingId, clientId, connectionId, expirySeconds, subscriptions } = session;
    const endedMs = sessionEndsMs(session) ?? session.atMs;
    this.#ground.journal.record({
      thingId,
      sessionId: connectionId,
      principal: { kind: "system", id: SWEEP },
      edge: "system",
      remoteAddress: "local",
    }, {
      type: "SessionExpired",
      data: {
        domainId,
        sessionId: connectionId,
        clientId,
        leftAtMs: endedMs - expirySeconds * 1_000,
        expirySeconds,
        subscriptions: subscriptions.length,
      },
    });
  }
}
