import type {
  Clock,
  DurableSessionKey,
  EventReader,
  Logger,
  SessionJournal,
} from "../../../actors/mod.ts";
import type { OpenSession, ReadModels } from "../../../projections/mod.ts";

/** Sessions that one crash can leave open; as many as a server serves at once. */
const ABANDONED_MAX = 100_000;
const PRESENCE_WAIT_MS = 60_000;
/** Among nodes: between two looks at what others may have left open. */
const LOOK_INTERVAL_MS = 600_000;
/** The node that ended a session may be about to say so. */
const SECOND_LOOK_MS = 5_000;
/** Clients that other nodes are asked for at once. */
const ASKED_AT_ONCE = 100;

export interface AbandonedSessionsGround {
  readonly store: Pick<EventReader, "lastPosition">;
  readonly readModels: Pick<ReadModels, "waitFor"> & {
    readonly presence: Pick<ReadModels["presence"], "openSessions">;
  };
  readonly journal: SessionJournal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined where there is one node only. */
  readonly clients: { holder(key: DurableSessionKey): Promise<string | undefined> } | undefined;
}

/**
 * Ends in the log what a process that was killed left open: nobody else can say that these
 * connections are gone. A node that is alone ends at its start what lies before the log's end;
 * sessions that begin meanwhile lie after it. Among others it looks again and again, and ends what no
 * node has. What cannot be ended now, the next look or start ends.
 */
export class AbandonedSessions {
  readonly #ground: AbandonedSessionsGround;
  #cancelTimer = () => {};
  #isClosed = false;

  constructor(ground: AbandonedSessionsGround) {
    this.#ground = ground;
  }

  /** Looks now, and among other nodes at intervals. Never rejects. */
  async begin(): Promise<void> {
    const { clock, logger, clients } = this.#ground;
    try {
      await this.#endAll();
    } catch (error) {
      logger.warn("sessions that were left stay open", { error: String(error) });
    }
    if (clients === undefined || this.#isClosed) return;
    this.#cancelTimer = clock.schedule(LOOK_INTERVAL_MS, () => void this.begin());
  }

  /** Nothing is recorded any more. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
  }

  async #endAll(): Promise<void> {
    const { store, readModels, journal, logger, clients } = this.#ground;
    const through = await store.lastPosition();
    const known = await readModels.waitFor(through, {
      projections: ["presence"],
      timeoutMs: PRESENCE_WAIT_MS,
    });
    if (!known) logger.warn("sessions that were left are not all known", { through });
    let abandoned = await this.#openThrough(through);
    if (clients !== undefined && abandoned.length > 0) {
      const gone = new Set((await this.#notHeld(abandoned)).map(({ sessionId }) => sessionId));
      if (gone.size === 0) return;
      await this.#later();
      abandoned = (await this.#openThrough(through)).filter(({ sessionId }) => gone.has(sessionId));
    }
    if (this.#isClosed) return;
    for (const session of abandoned) endAbandoned(journal, session);
    if (abandoned.length > 0) logger.info("ended sessions of before", { count: abandoned.length });
  }

  #openThrough(through: number): Promise<readonly OpenSession[]> {
    return this.#ground.readModels.presence.openSessions({ through, limit: ABANDONED_MAX });
  }

  async #notHeld(sessions: readonly OpenSession[]): Promise<readonly OpenSession[]> {
    const gone: OpenSession[] = [];
    for (let at = 0; at < sessions.length && !this.#isClosed; at += ASKED_AT_ONCE) {
      const asked = sessions.slice(at, at + ASKED_AT_ONCE);
      const holders = await Promise.all(asked.map((each) => this.#ground.clients!.holder(each)));
      gone.push(...asked.filter(({ sessionId }, index) => holders[index] !== sessionId));
    }
    return gone;
  }

  #later(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#ground.clock.schedule(SECOND_LOOK_MS, resolve);
      this.#cancelTimer = () => {
        cancel();
        resolve();
      };
    });
  }
}

function endAbandoned(journal: SessionJournal, session: OpenSession): void {
  const { domainId, thingId, sessionId, clientId } = session;
  journal.record(
    {
      thingId,
      sessionId,
      principal: { kind: "system", id: "setup" },
      edge: "system",
      remoteAddress: "local",
    },
    {
      type: "SessionEnded",
      data: {
        domainId,
        sessionId,
        clientId,
        reason: "the platform stopped without a farewell",
        clean: false,
        messagesReceived: 0,
        messagesSent: 0,
        messagesDropped: 0,
      },
    },
  );
}
