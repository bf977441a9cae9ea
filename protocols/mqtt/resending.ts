import type { InflightRecord } from "../../actors/mod.ts";
import type { TurnOutcome } from "./outgoing/mod.ts";
import { GoneMessages } from "./keeping/mod.ts";
import { RESENT_AT_ONCE } from "./limits.ts";
import type { OpenSession } from "./open_session.ts";

/** Sends again what was under way, in its order, then what the client has missed [MQTT-3.1.2-5]. */
export async function goOn(
  session: OpenSession,
  inflight: readonly InflightRecord[],
): Promise<void> {
  const { outbound } = session;
  const gone = new GoneMessages(session);
  const waiting: InflightRecord[] = [];
  let sent = 0;
  // [MQTT-4.4.0-1] [MQTT-4.6.0-1] [MQTT5-4.4.0-1]; a PUBLISH waits for room, a PUBREL does not.
  for (const record of inflight) {
    const isRelease = record.awaits === "pubcomp";
    const isNext = waiting.length === 0 && sent < RESENT_AT_ONCE && outbound.mayResend;
    if (!isRelease && !isNext) {
      waiting.push(record);
      continue;
    }
    await sendAgain(session, { record, gone });
    if (!isRelease) sent++;
  }
  if (waiting.length === 0) return joinLive(session, gone);
  for (const { packetId } of waiting) outbound.reserve(packetId);
  // The client makes room only once it is heard: that is when its session is open.
  session.ground.turns.want(sendingRest(session, { waiting, gone }));
}

/**
 * One message in each turn: to find it in the log takes a while, and thousands may have been under
 * way. [MQTT5-3.3.4-9]: a client may take less at once than on the connection before. Never rejects.
 */
function sendingRest(
  session: OpenSession,
  { waiting, gone }: { readonly waiting: readonly InflightRecord[]; readonly gone: GoneMessages },
): () => Promise<{ readonly outcome: TurnOutcome }> {
  const { outbound, ground, end } = session;
  let next = 0;
  return async () => {
    if (outbound.isClosed) return { outcome: "over" };
    if (!outbound.mayResend) return { outcome: outbound.room() };
    try {
      await sendAgain(session, { record: waiting[next++]!, gone });
      if (next < waiting.length) return { outcome: "again" };
      if (!outbound.isClosed) joinLive(session, gone);
    } catch (error) {
      ground.logger.error("messages not sent again", { error: String(error) });
      end("the messages that were under way could not be sent again");
    }
    return { outcome: "over" };
  };
}

function joinLive({ outbound, deliveries, catchUp }: OpenSession, gone: GoneMessages): void {
  outbound.unhold();
  const all = Object.values(deliveries).flatMap(({ lanes }) => [...lanes.values()]);
  for (const lane of all) catchUp.add(lane);
  // Behind the first messages that the client waits for.
  gone.lookBehind(all);
}

async function sendAgain(
  session: OpenSession,
  { record, gone }: { readonly record: InflightRecord; readonly gone: GoneMessages },
): Promise<void> {
  const { outbound, deliveries, ground, keeper } = session;
  const { packetId, awaits, channelId, place, receivedMs, retain } = record;
  if (awaits === "pubcomp") return outbound.release(packetId);
  const message = await ground.channelLog.message(channelId, place);
  const delivery = deliveries[record.form as keyof typeof deliveries];
  // What the log has let go can only be forgotten; the client sees a gap and no lie.
  if (message === undefined) gone.add(channelId, { fromMs: receivedMs, toMs: receivedMs });
  if (message === undefined || delivery === undefined) return keeper?.done(packetId);
  const qos = awaits === "puback" ? 1 : 2;
  const { bytes } = delivery.again(message, { qos, retain });
  outbound.resend(bytes, { packetId, qos });
}
