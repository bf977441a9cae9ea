import {
  type FrameReader,
  readUnsubscribe,
  ReasonCode,
  UNSUBACK,
  writeUnsuback,
} from "../codec/mod.ts";
import type { OpenSession } from "../open_session.ts";
import { checkAnswerFits } from "./answer_size.ts";
import { checkTopicFilter, sharedFilterOf } from "../topics.ts";

export function handleUnsubscribe(session: OpenSession, frame: FrameReader): void {
  const { packetId, filters } = readUnsubscribe(frame, session.version);
  checkAnswerFits(session, filters.length);
  for (const filter of filters) {
    checkTopicFilter(sharedFilterOf(filter, session.version)?.filter ?? filter);
  }
  // [MQTT-3.10.4-2] [MQTT-3.10.4-6] [MQTT5-3.10.4-2] [MQTT5-3.10.4-6]. What is on its way goes on:
  // [MQTT-3.10.4-3] [MQTT5-3.10.4-3].
  const codes = filters.map((filter) => {
    if (!session.subscriptions.remove(filter)) return ReasonCode.noSubscriptionExisted; // [MQTT5-3.11.3-2]
    session.facts.unsubscribed(filter, "client");
    return ReasonCode.success;
  });
  // [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-2.3.1-7] [MQTT5-3.10.4-4] [MQTT5-3.10.4-5] [MQTT5-2.2.1-6]:
  // whether there was such a filter or not.
  const answer = () => {
    if (session.version === 5) session.out.append(writeUnsuback(packetId, codes));
    else session.out.appendAck(UNSUBACK, packetId);
  };
  if (session.keeper === undefined) answer();
  else session.keeper.subscribed(answer);
}
