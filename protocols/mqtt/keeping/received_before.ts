import type { EventReader, KeptSession, LoadedSession } from "../../../actors/mod.ts";
import type { AccessIndex, ChannelLog } from "../../../projections/mod.ts";
import type { Ingress } from "../../ingress/mod.ts";

/** Whose messages are looked for, and where. */
interface Receiver {
  readonly thingId: string;
  readonly ground: {
    readonly access: AccessIndex;
    readonly channelLog: ChannelLog;
    readonly store: Pick<EventReader, "lastPosition">;
    readonly ingress: Pick<Ingress, "recorded">;
  };
}

/**
 * Packet ids of the QoS 2 messages that a session had received and its client has not released
 * [MQTT-4.4.0-1]. A platform that was killed did not write down the last of them, but the messages
 * themselves lie in the log, and carry the packet ids under which they came.
 */
export async function receivedBefore(
  session: Receiver,
  loaded: LoadedSession & { readonly session: KeptSession },
): Promise<readonly number[]> {
  const kept = loaded.session;
  // A connection that ended in peace wrote everything.
  if (!kept.connected) return kept.received;
  const received = new Set(kept.received);
  const channelIds = publishedTo(session);
  await session.ground.ingress.recorded(channelIds);
  // The connection is over: nothing of it comes behind this.
  const until = await session.ground.store.lastPosition();
  for (const channelId of channelIds) {
    for await (const { packetId, position } of since(session, { kept, channelId, until })) {
      const isReleased = loaded.released.some((each) =>
        each.packetId === packetId && each.position > position
      );
      if (!isReleased) received.add(packetId);
    }
  }
  return [...received];
}

function publishedTo({ ground, thingId }: Receiver): readonly string[] {
  const connections = ground.access.thing(thingId)?.connections ?? new Map();
  return [...connections].filter(([, { publish }]) => publish).map(([channelId]) => channelId);
}

/** The QoS 2 messages of the session's last connection that came after its state was written. */
async function* since(
  { ground }: Receiver,
  { kept, channelId, until }: {
    readonly kept: KeptSession;
    readonly channelId: string;
    readonly until: number;
  },
): AsyncIterable<{ readonly packetId: number; readonly position: number }> {
  const { after, atMs, connectionId } = kept;
  let cursor = await ground.channelLog.find(channelId, { position: after, sinceMs: atMs });
  for (;;) {
    const { batch, cursor: behind } = await ground.channelLog.read(channelId, cursor);
    cursor = behind;
    if (batch === undefined || batch.position > until) return;
    if (batch.position <= after) continue;
    for (const { origin, packetId } of batch.messages) {
      if (packetId !== undefined && origin.correlationId === connectionId) {
        yield { packetId, position: batch.position };
      }
    }
  }
}
