import type { RetainedMessage } from "../../../projections/mod.ts";
import { type FrameReader, readSubscribe, type TopicRequest, writeSuback } from "../codec/mod.ts";
import type { OpenSession } from "../open_session.ts";
import { checkTopicFilter, type MessageFilter, messageFilterOf, withinBounds } from "../topics.ts";
import { readableChannels } from "../translate.ts";

/** Return code of SUBACK for a filter that is not granted. */
const REFUSED = 0x80;
/** Questions for retained messages that one SUBSCRIBE has under way at once. */
const RETAINED_WAVE = 32;

interface Granted {
  readonly request: TopicRequest;
  readonly meaning: MessageFilter;
}

export function handleSubscribe(session: OpenSession, frame: FrameReader): void {
  const { packetId, requests } = readSubscribe(frame);
  for (const { filter } of requests) checkTopicFilter(filter);
  const granted: Granted[] = [];
  // [MQTT-3.8.4-4] [MQTT-3.8.4-5] [MQTT-3.9.3-1]: one after the other, answered together in order.
  const codes = requests.map((request) => {
    const outcome = subscribe(session, request);
    if (typeof outcome === "string") return refuse(session, request, outcome);
    granted.push({ request, meaning: outcome });
    return request.qos; // [MQTT-3.8.4-6]
  });
  session.out.append(writeSuback(packetId, codes)); // [MQTT-3.8.4-1] [MQTT-3.8.4-2]
  if (granted.length > 0) void deliverRetained(session, granted);
}

/** The meaning of the filter that is now subscribed to, or why it is refused. */
function subscribe(session: OpenSession, { filter, qos }: TopicRequest): MessageFilter | string {
  const { access, limits } = session.ground;
  const meaning = withinBounds(filter) ? messageFilterOf(filter) : undefined;
  if (meaning === undefined) {
    return "the filter comes to none of 'channels/<id>/messages' and 'm/<domain>/c/<id>'";
  }
  const by = { thingId: session.thingId, access };
  if (meaning.channelId !== undefined && readableChannels(meaning, by).length === 0) {
    return "the thing may not subscribe to this channel";
  }
  if (!session.subscriptions.add(filter, meaning, qos)) {
    return `the connection has ${limits.subscriptionsMax} filters or ${limits.listensMax} channels`;
  }
  session.facts.subscribed(filter, qos);
  return meaning;
}

function refuse(session: OpenSession, { filter }: TopicRequest, reason: string): number {
  session.ground.counters.actionsRefused++;
  session.facts.refused({ action: "subscribe", topic: filter, reason });
  return REFUSED;
}

// Live messages wait meanwhile: one that is newer must not be overtaken by what was retained.
async function deliverRetained(session: OpenSession, granted: readonly Granted[]): Promise<void> {
  const { ground, outbound } = session;
  outbound.hold();
  try {
    for (const { request, meaning } of granted) {
      const channels = session.subscriptions.channels(request.filter);
      for (let at = 0; at < channels.length; at += RETAINED_WAVE) {
        if (outbound.isClosed) return;
        const found = await Promise.all(
          channels.slice(at, at + RETAINED_WAVE).map((channelId) =>
            ground.retained.matching(channelId, meaning.subtopicFilter)
          ),
        );
        for (const message of found.flat()) {
          await sendRetained(session, message, { request, meaning });
        }
      }
    }
  } catch (error) {
    ground.logger.error("retained messages not read", { error: String(error) });
    session.end("the retained messages could not be read");
  } finally {
    outbound.release();
  }
}

function sendRetained(
  session: OpenSession,
  message: RetainedMessage,
  { request, meaning }: Granted,
): Promise<void> {
  const qos = message.qos < request.qos ? message.qos : request.qos;
  // [MQTT-3.3.1-6] [MQTT-3.3.1-8] [MQTT-3.8.4-3]: to a new subscription, retain is 1.
  const frame = session.ground.frames.frame(message, { form: meaning.form, qos, retain: true });
  return session.outbound.sendHeld(frame, qos);
}
