import type { AccessIndex, LiveMessage, ThingAccess } from "../../projections/mod.ts";
import type { Connect } from "./codec/mod.ts";
import {
  checkTopicName,
  type MessageFilter,
  type MessageTopic,
  messageTopicOf,
  type TopicForm,
  topicOf,
  withinBounds,
} from "./topics.ts";

/** Return codes of CONNACK, section 3.2.2.3. */
export const ConnectReturnCode = {
  accepted: 0x00,
  unacceptableProtocolLevel: 0x01,
  identifierRejected: 0x02,
  badCredentials: 0x04,
  notAuthorized: 0x05,
} as const;

/** A CONNECT is answered with this code, and the connection closed. */
export interface ConnectRefusal {
  readonly returnCode: number;
  readonly reason: string;
}

/** A refused topic or filter; the text says why. */
export interface TopicRefusal {
  readonly refused: string;
}

/** Username is the id of the thing or empty, password its key. */
export function thingOfConnect(
  { username, password }: Connect,
  access: AccessIndex,
): { readonly thing?: ThingAccess; readonly refusal?: ConnectRefusal } {
  const thing = password === undefined ? undefined : access.thingByKey(password);
  const { badCredentials, notAuthorized } = ConnectReturnCode;
  if (thing === undefined) {
    return { refusal: { returnCode: badCredentials, reason: "no thing has this key" } };
  }
  if (username !== undefined && username !== "" && username !== thing.id) {
    const reason = "the username is not the id of the thing that has this key";
    return { thing, refusal: { returnCode: badCredentials, reason } };
  }
  if (!thing.enabled) {
    return { thing, refusal: { returnCode: notAuthorized, reason: "the thing is disabled" } };
  }
  return { thing };
}

/** Where a message goes, or why the thing may not send it. Throws ProtocolError. */
export function publishTopicOf(
  topic: string,
  by: { readonly thingId: string; readonly access: AccessIndex },
): MessageTopic | TopicRefusal {
  checkTopicName(topic);
  const meaning = withinBounds(topic) ? messageTopicOf(topic) : undefined;
  if (meaning === undefined) {
    return { refused: "the topic is none of 'channels/<id>/messages' or 'm/<domain>/c/<id>'" };
  }
  if (!by.access.mayPublish(by.thingId, meaning.channelId) || !inDomain(meaning, by.access)) {
    return { refused: "the thing may not publish to this channel" };
  }
  return meaning;
}

/** The channels that a filter comes to, as far as the thing may read them. */
export function readableChannels(
  meaning: MessageFilter,
  by: { readonly thingId: string; readonly access: AccessIndex },
): readonly string[] {
  const { thingId, access } = by;
  const candidates = meaning.channelId === undefined
    ? access.thing(thingId)?.connections.keys() ?? []
    : [meaning.channelId];
  const readable: string[] = [];
  for (const channelId of candidates) {
    if (!access.maySubscribe(thingId, channelId)) continue;
    if (inDomain({ channelId, domainId: meaning.domainId }, access)) readable.push(channelId);
  }
  return readable;
}

function inDomain(
  topic: { readonly channelId: string; readonly domainId?: string | undefined },
  access: AccessIndex,
): boolean {
  return topic.domainId === undefined ||
    access.channel(topic.channelId)?.domainId === topic.domainId;
}

/** The topic under which a message is delivered to those who asked for it in this form. */
export function deliveryTopic(
  message: Pick<LiveMessage, "channelId" | "subtopic">,
  form: TopicForm,
  access: AccessIndex,
): string {
  const { channelId, subtopic } = message;
  const domainId = form === "m" ? access.channel(channelId)?.domainId : undefined;
  return topicOf({
    form,
    channelId,
    subtopic,
    ...(domainId === undefined ? {} : { domainId }),
  });
}
