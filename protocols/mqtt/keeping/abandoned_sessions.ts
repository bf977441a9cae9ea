import type { EventReader, Logger, SessionJournal } from "../../../actors/mod.ts";
import type { OpenSession, ReadModels } from "../../../projections/mod.ts";

/** Sessions that one crash can leave open; as many as a server serves at once. */
const ABANDONED_MAX = 100_000;
const PRESENCE_WAIT_MS = 60_000;

interface Ground {
  readonly events: EventReader;
  readonly readModels: Pick<ReadModels, "waitFor"> & {
    readonly presence: Pick<ReadModels["presence"], "openSessions">;
  };
  readonly journal: SessionJournal;
  readonly logger: Logger;
}

/**
 * Ends in the log what a process that was killed left open: nobody else can say that these
 * connections are gone. Sessions that begin meanwhile lie after the log's end as it is now. Never
 * rejects: what it could not end, the next start ends.
 */
export async function endAbandonedSessions(ground: Ground): Promise<void> {
  try {
    await endAll(ground);
  } catch (error) {
    ground.logger.warn("sessions of before the start stay open", { error: String(error) });
  }
}

async function endAll(ground: Ground): Promise<void> {
  const { events, readModels, journal, logger } = ground;
  const end = await events.lastPosition();
  const known = await readModels.waitFor(end, {
    projections: ["presence"],
    timeoutMs: PRESENCE_WAIT_MS,
  });
  if (!known) logger.warn("sessions of before the start are not all known", { end });
  const abandoned = await readModels.presence.openSessions({ through: end, limit: ABANDONED_MAX });
  for (const session of abandoned) endAbandoned(journal, session);
  if (abandoned.length > 0) logger.info("ended sessions of before", { count: abandoned.length });
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
