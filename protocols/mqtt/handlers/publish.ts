import type { PublishRoute } from "../../ingress/mod.ts";
import { type FrameReader, readPublish, readText } from "../codec/mod.ts";
import type { OpenSession } from "../open_session.ts";
import { publishTopicOf } from "../translate.ts";

/** The hot path: no object is made for a message on a topic that the connection has used before. */
export function handlePublish(session: OpenSession, frame: FrameReader): void {
  const head = session.publishHead;
  readPublish(frame, head);
  const route = session.routes.find(frame.bytes, head) ?? findRoute(session, frame);
  if (route === undefined) return;
  if (head.qos === 2 && !session.inbound.isFirst(head.packetId)) return;
  handOver(session, frame, route);
}

/** Publishes what the client left behind, with the rights that its thing has now. */
export function publishWill(session: OpenSession): void {
  const { will } = session;
  if (will === undefined) return; // [MQTT-3.1.2-12]
  session.will = undefined; // [MQTT-3.1.2-10]
  const route = routeOf(session, will.topic);
  if (route === undefined) return;
  const { payload, qos, retain } = will;
  session.ground.ingress.publish(route, {
    qos,
    retain, // [MQTT-3.1.2-16] [MQTT-3.1.2-17]
    contentKind: "unspecified",
    source: payload,
    start: 0,
    end: payload.length,
  });
}

function findRoute(session: OpenSession, frame: FrameReader): PublishRoute | undefined {
  const head = session.publishHead;
  // [MQTT-3.3.2-1]
  const topic = readText(frame.bytes.subarray(head.topicStart, head.topicEnd));
  const route = routeOf(session, topic);
  // [MQTT-3.3.5-2]: 3.1.1 has no negative answer to a PUBLISH, and a positive one would be a lie.
  if (route === undefined) session.end(`refused to publish to '${topic}'`);
  else session.routes.remember(frame.bytes, head, route);
  return route;
}

function routeOf(session: OpenSession, topic: string): PublishRoute | undefined {
  const { ground, thingId, identity } = session;
  const meaning = publishTopicOf(topic, { thingId, access: ground.access });
  if ("refused" in meaning) {
    ground.counters.actionsRefused++;
    session.facts.refused({ action: "publish", topic, reason: meaning.refused });
    return undefined;
  }
  return ground.ingress.route(meaning.channelId, meaning.subtopic, {
    publisher: thingId,
    protocol: "mqtt",
    remoteAddress: identity.origin.remoteAddress,
    correlationId: identity.origin.sessionId,
  });
}

function handOver(session: OpenSession, frame: FrameReader, route: PublishRoute): void {
  const { qos, retain, packetId, payloadStart } = session.publishHead;
  const message = qos === 0 ? session.unacknowledged : session.acknowledged;
  message.qos = qos;
  // [MQTT-3.3.1-5] [MQTT-3.3.1-7] [MQTT-3.3.1-10] [MQTT-3.3.1-11] [MQTT-3.3.1-12]: whoever keeps
  // retained messages goes by this and by the length of the payload.
  message.retain = retain;
  message.source = frame.bytes;
  message.start = payloadStart;
  message.end = frame.bodyEnd;
  session.inbound.accepted++;
  session.ground.counters.messagesIn++;
  // Before the message is handed over, so that ingress may settle it whenever it likes.
  if (qos !== 0) session.inbound.expect(packetId, qos);
  session.ground.ingress.publish(route, message);
}
