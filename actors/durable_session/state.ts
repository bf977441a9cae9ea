import type {
  DurableSessionEvent,
  InflightRecord,
  KeptSession,
  SessionProgress,
} from "./events.ts";

/** The session after these events; undefined before the first full state, and once it is discarded. */
export function foldDurableSession(
  events: readonly DurableSessionEvent[],
): KeptSession | undefined {
  let session: KeptSession | undefined;
  for (const event of events) {
    switch (event.type) {
      case "DurableSessionKept":
        session = event.data;
        break;
      case "DurableSessionDiscarded":
        session = undefined;
        break;
      case "DurableSessionLost":
        if (session !== undefined) session = { ...session, lostAtMs: event.data.atMs };
        break;
      case "DurableSessionProgressed":
        if (session !== undefined) session = progressed(session, event.data);
    }
  }
  return session;
}

function progressed(session: KeptSession, progress: SessionProgress): KeptSession {
  const inflight = new Map<number, InflightRecord>();
  for (const each of [...session.inflight, ...progress.inflight]) {
    // A packet id that is used again belongs to the newer message, in the newer place.
    inflight.delete(each.packetId);
    inflight.set(each.packetId, each);
  }
  for (const packetId of progress.done) inflight.delete(packetId);
  const released = new Set(progress.released);
  return {
    ...session,
    lanes: { ...session.lanes, ...progress.lanes },
    inflight: [...inflight.values()],
    received: session.received.filter((packetId) => !released.has(packetId)),
  };
}
