import { type FrameReader, readUnsubscribe, UNSUBACK } from "../codec/mod.ts";
import type { OpenSession } from "../open_session.ts";
import { checkTopicFilter } from "../topics.ts";

export function handleUnsubscribe(session: OpenSession, frame: FrameReader): void {
  const { packetId, filters } = readUnsubscribe(frame);
  filters.forEach(checkTopicFilter);
  // [MQTT-3.10.4-2] [MQTT-3.10.4-6]. What is on its way goes on: [MQTT-3.10.4-3].
  for (const filter of filters) {
    if (session.subscriptions.remove(filter)) session.facts.unsubscribed(filter, "client");
  }
  // [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-2.3.1-7]: whether there was such a filter or not.
  session.out.appendAck(UNSUBACK, packetId);
}
