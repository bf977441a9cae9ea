import { type FrameReader, readSubscribe, type TopicRequest, writeSuback } from "../codec/mod.ts";
import type { OpenSession } from "../open_session.ts";
import type { Owed } from "../retained_replay.ts";
import { checkTopicFilter, messageFilterOf, withinBounds } from "../topics.ts";
import { readableChannels, type TopicRefusal } from "../translate.ts";

/** Return code of SUBACK for a filter that is not granted. */
const REFUSED = 0x80;

export function handleSubscribe(session: OpenSession, frame: FrameReader): void {
  const { packetId, requests } = readSubscribe(frame);
  for (const { filter } of requests) checkTopicFilter(filter);
  const granted: Owed[] = [];
  // [MQTT-3.8.4-4] [MQTT-3.8.4-5] [MQTT-3.9.3-1]: one after the other, answered together in order.
  const codes = requests.map((request) => {
    const outcome = subscribe(session, { ...request, grantedBefore: granted.length });
    if ("refused" in outcome) return refuse(session, request, outcome);
    granted.push(outcome);
    return outcome.qos; // [MQTT-3.8.4-6]
  });
  session.out.append(writeSuback(packetId, codes)); // [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-2.3.1-7]
  for (const owed of granted) session.retainedReplay.add(owed);
}

function subscribe(
  session: OpenSession,
  { filter, qos, grantedBefore }: TopicRequest & { readonly grantedBefore: number },
): Owed | TopicRefusal {
  const { access, limits } = session.ground;
  const meaning = withinBounds(filter) ? messageFilterOf(filter) : undefined;
  if (meaning === undefined) {
    return {
      refused: "the filter comes to none of 'channels/<id>/messages' and 'm/<domain>/c/<id>'",
    };
  }
  const by = { thingId: session.thingId, access };
  if (meaning.channelId !== undefined && readableChannels(meaning, by).length === 0) {
    return { refused: "the thing may not subscribe to this channel" };
  }
  // A filter can be subscribed to again and again, and each time costs a search.
  if (session.retainedReplay.pending + grantedBefore >= limits.retainedPendingMax) {
    return { refused: "too many filters at once: retained messages are still on their way" };
  }
  if (!session.subscriptions.add({ filter, meaning, qos })) {
    const { subscriptionsMax, listensMax } = limits;
    return { refused: `a connection has ${subscriptionsMax} filters and ${listensMax} channels` };
  }
  session.facts.subscribed(filter, qos);
  return { filter, meaning, qos };
}

function refuse(
  session: OpenSession,
  { filter }: TopicRequest,
  { refused: reason }: TopicRefusal,
): number {
  session.ground.counters.actionsRefused++;
  session.facts.refused({ action: "subscribe", topic: filter, reason });
  return REFUSED;
}
