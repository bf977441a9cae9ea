import { durableSessionStream, type SessionOrigin } from "../../actors/mod.ts";
import type { ThingAccess } from "../../projections/mod.ts";
import type { Arrival, Authentication, AuthenticationAnswer } from "./admission/mod.ts";
import {
  CatchUp,
  type ClientTerms,
  Delivery,
  type Lane,
  MissedMessages,
  Outbound,
  RetainedReplay,
} from "./outgoing/mod.ts";
import { type Connect, newPublishHead, ReasonCode } from "./codec/mod.ts";
import type { EndSession } from "./ending.ts";
import { SessionFacts, type SessionIdentity } from "./facts.ts";
import type { MqttGround } from "./ground.ts";
import { Inbound } from "./inbound.ts";
import { TOPIC_ALIASES_GIVEN_MAX } from "./limits.ts";
import { newHandedMessage, type OpenSession } from "./open_session.ts";
import type { OutBuffer } from "./out_buffer.ts";
import { NOTICE_TOPIC, withdrawnNotice } from "./notices.ts";
import type { ClientCertificate, Peer } from "./peer.ts";
import { Routes } from "./routes.ts";
import { Subscriptions, type SubscriptionsGround } from "./subscriptions.ts";
import { InboundAliases } from "./inbound_aliases.ts";

/** A connection before its CONNECT is accepted. */
export interface PendingSession {
  readonly ground: MqttGround;
  readonly out: OutBuffer;
  readonly peer: Peer;
  readonly arrival: Arrival;
  readonly end: EndSession;
}

/** A CONNECT that could be read. */
export interface Attempt {
  readonly pending: PendingSession;
  readonly connect: Connect;
  readonly clientId: string;
  readonly sessionId: string;
  /** When the CONNECT was read, as `performance.now()` tells it. */
  readonly startedMs: number;
  /** The thing whose key was given, as soon as it is known. */
  thing?: ThingAccess;
  /** The certificate that proved it, if one did. */
  provenBy?: ClientCertificate;
  /** Where the client named a method: it proves its key with one more packet each way. */
  authentication?: Authentication;
  /** The AUTH that it was asked by. */
  question?: Uint8Array;
  /** What proves to the client that the server knows the key too. */
  answer?: AuthenticationAnswer;
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

/** What is known of a session before its parts are made. */
export interface SessionKind {
  readonly isDurable: boolean;
  /** For which it may outlive its connection. */
  readonly expirySeconds: number;
  /** Ids of its connections, this one among them. */
  readonly ownIds: ReadonlySet<string>;
}

/** Puts the parts of a session together, once its CONNECT is accepted. */
export function assembleSession(
  attempt: Attempt,
  thing: ThingAccess,
  { isDurable, expirySeconds, ownIds }: SessionKind,
): OpenSession {
  const { connect, pending, clientId } = attempt;
  const { ground, out, end } = pending;
  const { version } = connect;
  const identity = identityOf(attempt, thing);
  const facts = new SessionFacts(identity, ground);
  const outbound = new Outbound(out, { ...ground, client: clientTerms(connect) });
  const inbound = new Inbound(out, {
    ...ground.limits,
    version,
    counters: ground.counters,
    wordsBytesMax: outbound.client.wordsBytesMax,
    onRejected: ({ message }) => end(`messages were refused: ${message}`),
  });
  const { deliveries, catchUp } = deliveriesOf(attempt, { isDurable, ownIds, outbound });
  const session = durableSessionStream({ thingId: thing.id, clientId });
  const subscriptions = subscriptionsOf(attempt, thing, {
    deliveries,
    catchUp,
    facts,
    outbound,
    ...(isDurable ? { kept: { session, expirySeconds } } : {}),
  });
  const closing = Promise.withResolvers<void>();
  return {
    ground,
    identity,
    version,
    thingId: thing.id,
    clientId,
    provenBy: attempt.provenBy,
    authentication: attempt.authentication,
    keepAliveSeconds: connect.keepAliveSeconds,
    facts,
    out,
    inbound,
    outbound,
    deliveries,
    catchUp,
    isDurable,
    keeper: undefined,
    closed: closing.promise,
    onClosed: closing.resolve,
    publishRate: ground.publishRates?.of(thing.id),
    routes: new Routes(thing.id, ground.access),
    subscriptions,
    retainedReplay: retainedReplayOf(attempt, thing, { isDurable, outbound, subscriptions }),
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
  { connect, pending }: Attempt,
  thing: ThingAccess,
  parts:
    & Pick<OpenSession, "deliveries" | "catchUp" | "facts" | "outbound">
    & Pick<SubscriptionsGround, "kept">,
): Subscriptions {
  const { ground, end } = pending;
  const { deliveries, catchUp, kept } = parts;
  // Named one by one: what a session holds is held as often as there are connections.
  const { access, liveFeed, shared, sessions, limits } = ground;
  const subscriptions: Subscriptions = new Subscriptions({
    access,
    liveFeed,
    shared,
    sessions,
    limits,
    thingId: thing.id,
    domainId: thing.domainId,
    deliveries,
    catchUp,
    ...(kept === undefined ? {} : { kept }),
    onWithdrawn: (filter) =>
      withdrawn(filter, { ...parts, version: connect.version, subscriptions }),
    onTooMany: () =>
      end(`the filters come to more than ${limits.listensMax} channels`, {
        reasonCode: ReasonCode.quotaExceeded,
      }),
  });
  return subscriptions;
}

function retainedReplayOf(
  { connect, pending }: Attempt,
  thing: ThingAccess,
  parts: Pick<OpenSession, "isDurable" | "outbound" | "subscriptions">,
): RetainedReplay {
  const { ground: { retained, frames, logger, access }, end } = pending;
  return new RetainedReplay({
    retained,
    frames,
    logger,
    access,
    thingId: thing.id,
    version: connect.version,
    ...parts,
    onFailure: () => end("the retained messages could not be read"),
  });
}

function withdrawn(
  filter: string,
  session: Pick<OpenSession, "version" | "facts" | "subscriptions" | "outbound">,
): void {
  const { version, facts, subscriptions, outbound } = session;
  facts.unsubscribed(filter, "access");
  if (subscriptions.has(NOTICE_TOPIC)) outbound.send(withdrawnNotice(filter, version), 0);
}

/** One delivery for each form of topics, and what reads the log for all of them. */
function deliveriesOf(
  { connect, pending }: Attempt,
  parts: Omit<SessionKind, "expirySeconds"> & { readonly outbound: Outbound },
): Pick<OpenSession, "deliveries" | "catchUp"> {
  const { ground, end } = pending;
  const { isDurable, ownIds, outbound } = parts;
  const { channelLog, turns, limits, clock, logger, liveFeed, frames } = ground;
  const to = {
    version: connect.version,
    ownIds,
    outbound,
    isDurable,
    frames,
    fallBack: (lane: Lane) => catchUp.add(lane),
  };
  const deliveries = {
    "channels": new Delivery("channels", to),
    "/channels": new Delivery("/channels", to),
    "m": new Delivery("m", to),
  };
  const { outBytesMax } = limits;
  const catchUp = new CatchUp({
    channelLog,
    turns,
    clock,
    logger,
    taker: new MissedMessages(deliveries, { outbound, turns, liveFeed, outBytesMax }),
    onFailure: () => end("the missed messages could not be read"),
  });
  return { deliveries, catchUp };
}

// [MQTT5-3.1.2-24] [MQTT5-3.1.2-26] [MQTT5-3.1.2-27]
function clientTerms({ version, properties }: Connect): ClientTerms {
  const { receiveMaximum = 65_535, maximumPacketSize = Infinity, topicAliasMaximum = 0 } =
    properties;
  const wantsWords = properties.requestProblemInformation !== 0;
  return {
    version,
    receiveMaximum,
    packetBytesMax: maximumPacketSize,
    wordsBytesMax: wantsWords ? maximumPacketSize : 0,
    topicAliasMaximum: Math.min(topicAliasMaximum, TOPIC_ALIASES_GIVEN_MAX),
  };
}
