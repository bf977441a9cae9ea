import type { Rejection } from "../../actors/mod.ts";
import type { AccessIndex, LiveMessage, ThingAccess } from "../../projections/mod.ts";
import { type Connect, ReasonCode } from "./codec/mod.ts";
import type { ClientCertificate } from "./peer.ts";
import {
  checkTopicName,
  type MessageFilter,
  type MessageTopic,
  messageTopicOf,
  type TopicForm,
  topicOf,
  withinBounds,
} from "./topics.ts";

/** Why a CONNECT is refused: the code of each version (3.2.2.3 of 3.1.1, [MQTT5-3.2.2-8]). */
export const CONNECT_REFUSALS = {
  identifierRejected: { 4: 0x02, 5: ReasonCode.clientIdentifierNotValid },
  badCredentials: { 4: 0x04, 5: ReasonCode.badUserNameOrPassword },
  notAuthorized: { 4: 0x05, 5: ReasonCode.notAuthorized },
  willTopicRefused: { 4: 0x05, 5: ReasonCode.topicNameInvalid },
  willTooLarge: { 4: 0x05, 5: ReasonCode.quotaExceeded },
  packetTooLarge: { 4: 0x05, 5: ReasonCode.packetTooLarge },
  wrongProof: { 4: 0x05, 5: ReasonCode.notAuthorized },
  authenticationRefused: { 4: 0x05, 5: ReasonCode.notAuthorized },
  sessionNotKept: { 4: 0x03, 5: ReasonCode.serverUnavailable },
  serverBusy: { 4: 0x03, 5: ReasonCode.serverBusy },
  tooManyConnections: { 4: 0x03, 5: ReasonCode.quotaExceeded },
  tooManySessions: { 4: 0x03, 5: ReasonCode.quotaExceeded },
  connectRateExceeded: { 4: 0x03, 5: ReasonCode.connectionRateExceeded },
  badAuthenticationMethod: { 4: 0x05, 5: ReasonCode.badAuthenticationMethod },
} as const;

/** Return code of 3.1.1 to a version that is not spoken [MQTT-3.1.2-2]. */
export const UNACCEPTABLE_PROTOCOL_LEVEL = 0x01;
/** SUBACK's code of 3.1.1 for a filter that is not granted. */
export const SUBSCRIPTION_REFUSED = 0x80;

/** A CONNECT is answered with the code of this, and the connection closed. */
export interface ConnectRefusal {
  readonly kind: keyof typeof CONNECT_REFUSALS;
  readonly reason: string;
}

/** A refused topic or filter; the text says why. */
export interface TopicRefusal {
  readonly refused: string;
  /** As MQTT 5 says it. */
  readonly reasonCode: ReasonCode;
}

/** What MQTT 5 tells a publisher whose message was not stored. */
export function reasonOfRejection({ code }: Rejection): ReasonCode {
  switch (code) {
    case "storage_full":
    case "too_large":
      return ReasonCode.quotaExceeded;
    case "forbidden":
    case "unauthenticated":
      return ReasonCode.notAuthorized;
    case "not_found":
      return ReasonCode.topicNameInvalid;
    case "invalid":
      return ReasonCode.payloadFormatInvalid;
    case "conflict":
      return ReasonCode.implementationSpecific;
    case "unavailable":
      return ReasonCode.unspecifiedError;
  }
}

/** Who a CONNECT comes from, or why nobody knows. */
export interface ConnectingThing {
  readonly thing?: ThingAccess;
  /** The certificate that proved it; absent if the key did. */
  readonly provenBy?: ClientCertificate;
  readonly refusal?: ConnectRefusal;
}

/** Username is the id of the thing or empty; its certificate proves it, or its key as the password. */
export function thingOfConnect(
  { username = "", password = "" }: Connect,
  { access, certificate }: {
    readonly access: AccessIndex;
    readonly certificate?: ClientCertificate | undefined;
  },
): ConnectingThing {
  const refusal = refusalOfCertificate(certificate);
  if (refusal !== undefined) return { refusal };
  const certified = certificate && thingOfCertificate(certificate, access);
  const keyHolder = password === "" ? undefined : access.thingByKey(password);
  const thing = certified ?? keyHolder;
  if (thing === undefined) {
    return { refusal: { kind: "badCredentials", reason: "no thing has this key" } };
  }
  const proof = certified === undefined ? "key" : "certificate";
  if (username !== "" && username !== thing.id) {
    const reason = `the username is not the id of the thing that has this ${proof}`;
    return { thing, refusal: { kind: "badCredentials", reason } };
  }
  if (password !== "" && keyHolder?.id !== thing.id) {
    const reason = "the password is not the key of the thing that has this certificate";
    return { thing, refusal: { kind: "badCredentials", reason } };
  }
  if (!thing.enabled) {
    return { thing, refusal: { kind: "notAuthorized", reason: "the thing is disabled" } };
  }
  return certified === undefined ? { thing } : { thing, provenBy: certificate! };
}

/** Why a thing that proved its key by SCRAM is not let in with what came beside the proof. */
export function refusalOfProven(
  thing: ThingAccess,
  { username = "", password = "", access, certificate }: {
    readonly username?: string;
    readonly password?: string;
    readonly access: AccessIndex;
    readonly certificate: ClientCertificate | undefined;
  },
): ConnectRefusal | undefined {
  const refusal = refusalOfCertificate(certificate);
  if (refusal !== undefined) return refusal;
  const certified = certificate && thingOfCertificate(certificate, access);
  const isAnother = username !== "" && username !== thing.id ||
    password !== "" && access.thingByKey(password)?.id !== thing.id ||
    certified !== undefined && certified.id !== thing.id;
  if (isAnother) {
    const reason = "the username, password or certificate is not that of the thing that was proven";
    return { kind: "badCredentials", reason };
  }
  return thing.enabled ? undefined : { kind: "notAuthorized", reason: "the thing is disabled" };
}

function refusalOfCertificate(
  certificate: ClientCertificate | undefined,
): ConnectRefusal | undefined {
  if (certificate?.refused === undefined) return undefined;
  return { kind: "notAuthorized", reason: `the client certificate ${certificate.refused}` };
}

// The common name comes first: its issuer vouches for it, while anybody may bind a fingerprint that
// they have seen to a thing of their own.
function thingOfCertificate(
  { commonName, fingerprint }: ClientCertificate,
  access: AccessIndex,
): ThingAccess | undefined {
  return access.thing(commonName) ?? access.thingByCertificate(fingerprint);
}

/** Whether the certificate proves this thing; a binding may have ended since it connected. */
export function proves(
  { commonName, fingerprint }: ClientCertificate,
  thing: ThingAccess,
): boolean {
  return commonName === thing.id || thing.certificates.includes(fingerprint);
}

/** Where a message goes, or why the thing may not send it. Throws MqttError. */
export function publishTopicOf(
  topic: string,
  by: { readonly thingId: string; readonly access: AccessIndex },
): MessageTopic | TopicRefusal {
  checkTopicName(topic);
  const meaning = withinBounds(topic) ? messageTopicOf(topic) : undefined;
  if (meaning === undefined) {
    return {
      refused: "the topic is none of 'channels/<id>/messages' or 'm/<domain>/c/<id>'",
      reasonCode: ReasonCode.topicNameInvalid,
    };
  }
  if (!by.access.mayPublish(by.thingId, meaning.channelId) || !inDomain(meaning, by.access)) {
    return {
      refused: "the thing may not publish to this channel",
      reasonCode: ReasonCode.notAuthorized,
    };
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
