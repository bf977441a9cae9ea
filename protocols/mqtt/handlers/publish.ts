import { contentKindOf, encodeProperties, TRACEPARENT } from "../../../actors/mod.ts";
import type { PublishRoute } from "../../ingress/mod.ts";
import {
  type FrameReader,
  MqttError,
  NO_PROPERTIES,
  type Properties,
  readPublish,
  readText,
  ReasonCode,
  wellFormed,
} from "../codec/mod.ts";
import { PROPERTIES_BYTES_MAX } from "../limits.ts";
import { type HandedMessage, newHandedMessage, type OpenSession } from "../open_session.ts";
import type { TokenBucket } from "../admission/mod.ts";
import { publishTopicOf, type TopicRefusal } from "../translate.ts";

/** The hot path: no object is made for a message on a topic that the connection has used before. */
export function handlePublish(session: OpenSession, frame: FrameReader): void {
  const head = session.publishHead;
  readPublish(frame, head, session.version);
  const { topicAlias } = head.properties;
  if (topicAlias !== undefined) session.aliases.resolve(head, topicAlias);
  if (session.publishRate !== undefined && isTooFast(session, session.publishRate)) return;
  const route = session.routes.find(head) ?? findRoute(session);
  if (route === undefined) return;
  const refused = head.properties === NO_PROPERTIES ? undefined : wrongPayload(session, frame);
  if (refused !== undefined) return refuse(session, { ...refused, what: refused.refused });
  if (head.qos === 2 && !session.inbound.isFirst(head.packetId)) return;
  handOver(session, frame, route);
}

/** Publishes what the client left behind, with the rights that its thing has now. */
export function publishWill(session: OpenSession): void {
  const { will } = session;
  if (will === undefined) return; // [MQTT-3.1.2-12]
  session.will = undefined; // [MQTT-3.1.2-10] [MQTT5-3.1.2-10]
  const route = routeOf(session, will.topic);
  if ("refused" in route) {
    session.ground.counters.refusals.addCode("publish", route.reasonCode);
    return;
  }
  const { payload, qos, retain, properties } = will;
  const message = newHandedMessage(qos);
  describe(message, properties);
  message.retain = retain; // [MQTT-3.1.2-16] [MQTT-3.1.2-17] [MQTT5-3.1.2-14] [MQTT5-3.1.2-15]
  message.source = payload;
  message.end = payload.length;
  session.ground.ingress.publish(route, message);
}

function findRoute(session: OpenSession): PublishRoute | undefined {
  const head = session.publishHead;
  // [MQTT-3.3.2-1] [MQTT5-3.3.2-1]
  const topic = readText(head.topicSource.subarray(head.topicStart, head.topicEnd));
  const route = routeOf(session, topic);
  if ("refused" in route) {
    refuse(session, { ...route, what: `to '${topic}'` });
    return undefined;
  }
  session.routes.remember(head, route);
  return route;
}

function routeOf(session: OpenSession, topic: string): PublishRoute | TopicRefusal {
  const { ground, thingId, identity } = session;
  const meaning = publishTopicOf(topic, { thingId, access: ground.access });
  if ("refused" in meaning) {
    ground.counters.actionsRefused++;
    const { refused: reason, reasonCode } = meaning;
    session.facts.refused({ action: "publish", topic, reason, reasonCode });
    return meaning;
  }
  return ground.ingress.route(meaning.channelId, meaning.subtopic, {
    publisher: thingId,
    protocol: "mqtt",
    remoteAddress: identity.origin.remoteAddress,
    correlationId: identity.origin.sessionId,
  });
}

/** True if the message is refused. In MQTT 3.1.1 it is only the last that is taken for a while. */
function isTooFast(session: OpenSession, rate: TokenBucket): boolean {
  const { publishHead: { qos, packetId }, inbound } = session;
  // [MQTT5-4.3.3-10]: it was taken before, and its sender must not hear otherwise now.
  if (qos === 2 && inbound.isUnreleased(packetId)) return false;
  const isTaken = rate.take();
  const what = `more than ${rate.perSecond} messages a second`;
  if (session.version === 4) {
    if (rate.isSpent) notePastRate(session, `the thing publishes ${what}, and is slowed`);
    return false;
  }
  if (isTaken) return false;
  const refused = `the thing publishes ${what}`;
  notePastRate(session, refused);
  const { quotaExceeded, messageRateTooHigh } = ReasonCode;
  refuse(session, { refused, what, reasonCode: qos === 0 ? messageRateTooHigh : quotaExceeded });
  return true;
}

function notePastRate({ ground, facts }: OpenSession, reason: string): void {
  ground.counters.publishesPastRate++;
  const { messageRateTooHigh: reasonCode } = ReasonCode;
  facts.refused({ action: "publish", topic: "", reason, reasonCode });
}

/** MQTT 5 has a negative answer to QoS 1 and 2; to QoS 0 neither version has one. */
function refuse(
  session: OpenSession,
  { refused: reason, reasonCode, what }: TopicRefusal & { readonly what: string },
): void {
  const { qos, packetId } = session.publishHead;
  session.ground.counters.refusals.addCode("publish", reasonCode);
  // [MQTT-3.3.5-2]: 3.1.1 has no negative answer to a PUBLISH, and a positive one would be a lie.
  if (session.version === 4 || qos === 0) {
    return session.end(`refused to publish ${what}`, { reasonCode });
  }
  session.inbound.refuse(packetId, qos, { reasonCode, reason });
}

/** The payload is not what its properties say. */
function wrongPayload(session: OpenSession, frame: FrameReader): TopicRefusal | undefined {
  const { properties, payloadStart } = session.publishHead;
  if (properties.payloadFormatIndicator !== 1) return undefined;
  // Section 3.3.2.3.2: the server may check it, and a reader who relies on it is glad.
  if (wellFormed(frame.bytes.subarray(payloadStart, frame.bodyEnd)) !== undefined) return undefined;
  const refused = "what is said to be UTF-8 and is not";
  const { payloadFormatInvalid: reasonCode } = ReasonCode;
  return { refused, reasonCode };
}

function handOver(session: OpenSession, frame: FrameReader, route: PublishRoute): void {
  const { qos, retain, packetId, payloadStart, properties } = session.publishHead;
  const message = qos === 0 ? session.unacknowledged : session.acknowledged;
  message.qos = qos;
  // [MQTT-3.3.1-5] [MQTT-3.3.1-7] [MQTT-3.3.1-10] [MQTT-3.3.1-11] [MQTT-3.3.1-12] [MQTT5-3.3.1-5]
  // [MQTT5-3.3.1-6] [MQTT5-3.3.1-7] [MQTT5-3.3.1-8]: whoever keeps retained messages goes by this and
  // by the length of the payload.
  message.retain = retain;
  message.source = frame.bytes;
  message.start = payloadStart;
  message.end = frame.bodyEnd;
  message.packetId = qos === 2 && session.keeper !== undefined ? packetId : undefined;
  describe(message, properties);
  session.inbound.accepted++;
  session.ground.counters.messagesIn++;
  // Before the message is handed over, so that ingress may settle it whenever it likes.
  if (qos !== 0) {
    session.inbound.expect(packetId, qos);
    session.inbound.checkReceiveMaximum();
  }
  session.ground.ingress.publish(route, message);
}

/**
 * What the publisher said of the message goes into the log with it, unaltered [MQTT5-3.3.2-4]
 * [MQTT5-3.3.2-15] [MQTT5-3.3.2-16] [MQTT5-3.3.2-17] [MQTT5-3.3.2-20].
 */
function describe(message: HandedMessage, properties: Readonly<Properties>): void {
  if (properties === NO_PROPERTIES) {
    message.contentKind = "unspecified";
    message.contentType = message.properties = message.traceparent = undefined;
    return;
  }
  const { contentType = "", userProperties } = properties;
  message.traceparent = userProperties?.find(([name]) => name === TRACEPARENT)?.[1];
  message.contentKind = contentKindOf(contentType);
  message.contentType = contentType;
  message.properties = storedProperties(properties);
  if ((message.properties?.length ?? 0) > PROPERTIES_BYTES_MAX) {
    throw new MqttError(
      `Cannot take ${
        message.properties!.length
      } bytes of properties: at most ${PROPERTIES_BYTES_MAX} are taken`,
      ReasonCode.quotaExceeded,
    );
  }
}

/** The block that goes into the log, of the properties that belong to the message itself. */
export function storedProperties(properties: Readonly<Properties>): Uint8Array | undefined {
  const { messageExpiryInterval, contentType, payloadFormatIndicator } = properties;
  const { responseTopic, correlationData, userProperties } = properties;
  return encodeProperties({
    ...(messageExpiryInterval === undefined ? {} : { expirySeconds: messageExpiryInterval }),
    ...(payloadFormatIndicator === undefined ? {} : { payloadFormatIndicator }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData }),
    ...(userProperties === undefined ? {} : { userProperties }),
  });
}
