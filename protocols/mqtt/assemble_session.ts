import type { SessionOrigin } from "../../actors/mod.ts";
import type { ThingAccess } from "../../projections/mod.ts";
import { type Connect, newPublishHead, ReasonCode } from "./codec/mod.ts";
import { Delivery } from "./delivery.ts";
import type { EndSession } from "./ending.ts";
import { SessionFacts, type SessionIdentity } from "./facts.ts";
import type { MqttGround } from "./ground.ts";
import { Inbound } from "./inbound.ts";
import { TOPIC_ALIASES_GIVEN_MAX } from "./limits.ts";
import { newHandedMessage, type OpenSession } from "./open_session.ts";
import type { OutBuffer } from "./out_buffer.ts";
import { type ClientTerms, Outbound } from "./outbound.ts";
import type { ClientCertificate, Peer } from "./peer.ts";
import { RetainedReplay } from "./retained_replay.ts";
import { Routes } from "./routes.ts";
import { Subscriptions } from "./subscriptions.ts";
import { InboundAliases } from "./topic_aliases.ts";

/** A connection before its CONNECT is accepted. */
export interface PendingSession {
  readonly ground: MqttGround;
  readonly out: OutBuffer;
  readonly peer: Peer;
  readonly end: EndSession;
}

/** A CONNECT that could be read. */
export interface Attempt {
  readonly pending: PendingSession;
  readonly connect: Connect;
  readonly clientId: string;
  readonly sessionId: string;
  /** The thing whose key was given, as soon as it is known. */
  thing?: ThingAccess;
  /** The certificate that proved it, if one did. */
  provenBy?: ClientCertificate;
}

/** What is named in everything that one connection does. */
export function identityOf(attempt: Attempt, thing: ThingAccess): SessionIdentity {
  const origin: SessionOrigin = {
    thingId: thing.id,
    sessionId: attempt.sessionId,
    principal: { kind: "thing", id: thing.id },
    edge: "mqtt",
    remoteAddress: attempt.pending.peer.remoteAddress,
  };
  return { domainId: thing.domainId, clientId: attempt.clientId, origin };
}

/** Puts the parts of a session together, once its CONNECT is accepted. */
export function assembleSession(attempt: Attempt, thing: ThingAccess): OpenSession {
  const { connect, pending, clientId } = attempt;
  const { ground, out, end } = pending;
  const { version } = connect;
  const identity = identityOf(attempt, thing);
  const facts = new SessionFacts(identity, ground);
  const outbound = new Outbound(out, {
    ...ground,
    client: clientTerms(connect),
    onOverflow: () =>
      end("the subscriber does not keep up with messages of QoS 1 and 2", {
        reasonCode: ReasonCode.quotaExceeded,
      }),
  });
  const inbound = new Inbound(out, {
    ...ground.limits,
    version,
    onRejected: ({ message }) => end(`messages were refused: ${message}`),
  });
  const subscriptions = subscriptionsOf(attempt, thing, { facts, outbound });
  return {
    ground,
    identity,
    version,
    thingId: thing.id,
    clientId,
    provenBy: attempt.provenBy,
    keepAliveSeconds: connect.keepAliveSeconds,
    sessionExpirySeconds: connect.properties.sessionExpiryInterval ?? 0,
    facts,
    out,
    inbound,
    outbound,
    routes: new Routes(thing.id, ground.access),
    subscriptions,
    retainedReplay: new RetainedReplay({
      ...ground,
      version,
      outbound,
      subscriptions,
      onFailure: () => end("the retained messages could not be read"),
    }),
    aliases: new InboundAliases(ground.limits.topicAliasMaximum),
    publishHead: newPublishHead(),
    ack: { packetId: 0, reasonCode: 0 },
    unacknowledged: newHandedMessage(0),
    acknowledged: { ...newHandedMessage(1), waiter: inbound },
    will: connect.will,
    end,
  };
}

function subscriptionsOf(
  { connect, pending, sessionId }: Attempt,
  thing: ThingAccess,
  parts: { readonly facts: SessionFacts; readonly outbound: Outbound },
): Subscriptions {
  const { ground, end } = pending;
  const { frames, limits } = ground;
  const { outbound, facts } = parts;
  const to = { version: connect.version, sessionId, frames, outbound };
  return new Subscriptions({
    ...ground,
    thingId: thing.id,
    domainId: thing.domainId,
    deliveries: {
      "channels": new Delivery("channels", to),
      "/channels": new Delivery("/channels", to),
      "m": new Delivery("m", to),
    },
    onWithdrawn: (filter) => facts.unsubscribed(filter, "access"),
    onTooMany: () =>
      end(`the filters come to more than ${limits.listensMax} channels`, {
        reasonCode: ReasonCode.quotaExceeded,
      }),
  });
}

// [MQTT5-3.1.2-24] [MQTT5-3.1.2-26] [MQTT5-3.1.2-27]
function clientTerms({ version, properties }: Connect): ClientTerms {
  const { receiveMaximum = 65_535, maximumPacketSize = Infinity, topicAliasMaximum = 0 } =
    properties;
  return {
    version,
    receiveMaximum,
    packetBytesMax: maximumPacketSize,
    topicAliasMaximum: Math.min(topicAliasMaximum, TOPIC_ALIASES_GIVEN_MAX),
  };
}
