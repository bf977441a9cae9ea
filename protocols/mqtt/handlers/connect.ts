import type { SessionOrigin } from "../../../actors/mod.ts";
import type { ThingAccess } from "../../../projections/mod.ts";
import {
  type Connect,
  type FrameReader,
  newPublishHead,
  PROTOCOL_LEVEL,
  readConnect,
  readProtocolLevel,
  textBytes,
  writeConnack,
  writeConnackOfVersion5,
} from "../codec/mod.ts";
import { Delivery } from "../delivery.ts";
import { SessionFacts, type SessionIdentity } from "../facts.ts";
import type { MqttGround } from "../ground.ts";
import { Inbound } from "../inbound.ts";
import { CLIENT_ID_BYTES_MAX } from "../limits.ts";
import type { EndSession, OpenSession } from "../open_session.ts";
import type { OutBuffer } from "../out_buffer.ts";
import { Outbound } from "../outbound.ts";
import { RetainedReplay } from "../retained_replay.ts";
import { Routes } from "../routes.ts";
import { Subscriptions } from "../subscriptions.ts";
import {
  type ConnectRefusal,
  ConnectReturnCode,
  publishTopicOf,
  thingOfConnect,
} from "../translate.ts";

/** A connection before its CONNECT is accepted. */
export interface PendingSession {
  readonly ground: MqttGround;
  readonly out: OutBuffer;
  readonly remoteAddress: string;
  readonly end: EndSession;
}

interface Attempt {
  readonly pending: PendingSession;
  readonly connect: Connect;
  readonly clientId: string;
  readonly sessionId: string;
  /** The thing whose key was given, as soon as it is known. */
  thing?: ThingAccess;
}

/** Each looks at one aspect of a CONNECT and returns its refusal, or nothing to go on. */
const STEPS: readonly ((attempt: Attempt) => ConnectRefusal | undefined)[] = [
  checkClientId,
  authenticate,
  checkWill,
];

/** The session, or undefined if the CONNECT was refused and the connection is ending. */
export function handleConnect(
  pending: PendingSession,
  frame: FrameReader,
): OpenSession | undefined {
  const level = readProtocolLevel(frame);
  if (level !== PROTOCOL_LEVEL) return refuseLevel(pending, level);
  const connect = readConnect(frame); // [MQTT-3.1.4-1] [MQTT-3.2.2-6]: a fault gets no CONNACK.
  const sessionId = pending.ground.newId();
  // [MQTT-3.1.3-6]: a name that no other client has.
  const clientId = connect.clientId === "" ? `auto-${sessionId}` : connect.clientId;
  const attempt: Attempt = { pending, connect, clientId, sessionId };
  for (const step of STEPS) {
    const refusal = step(attempt);
    if (refusal !== undefined) return refuse(attempt, refusal);
  }
  return open(attempt, attempt.thing!);
}

// [MQTT-3.1.2-2]
function refuseLevel({ out, end, ground }: PendingSession, level: number): undefined {
  ground.counters.connectsRefused++;
  const { unacceptableProtocolLevel } = ConnectReturnCode;
  out.append(level === 5 ? writeConnackOfVersion5() : writeConnack(unacceptableProtocolLevel));
  end(`protocol level ${level} is not spoken here, ${PROTOCOL_LEVEL} is`);
}

function checkClientId({ connect }: Attempt): ConnectRefusal | undefined {
  const returnCode = ConnectReturnCode.identifierRejected;
  // [MQTT-3.1.3-7] [MQTT-3.1.3-8]
  if (connect.clientId === "" && !connect.cleanSession) {
    return { returnCode, reason: "an empty client id needs clean session 1" };
  }
  // [MQTT-3.1.3-5] [MQTT-3.1.3-9]
  if (textBytes(connect.clientId).length > CLIENT_ID_BYTES_MAX) {
    return { returnCode, reason: `the client id has more than ${CLIENT_ID_BYTES_MAX} bytes` };
  }
  return undefined;
}

function authenticate(attempt: Attempt): ConnectRefusal | undefined {
  const { thing, refusal } = thingOfConnect(attempt.connect, attempt.pending.ground.access);
  if (thing !== undefined) attempt.thing = thing;
  return refusal;
}

/** A will that could never be published is refused while its client can still hear it. */
function checkWill({ connect, pending, thing }: Attempt): ConnectRefusal | undefined {
  if (connect.will === undefined) return undefined;
  const by = { thingId: thing!.id, access: pending.ground.access };
  const meaning = publishTopicOf(connect.will.topic, by);
  if (!("refused" in meaning)) return undefined;
  return { returnCode: ConnectReturnCode.notAuthorized, reason: `will: ${meaning.refused}` };
}

// [MQTT-3.1.4-5] [MQTT-3.2.2-4] [MQTT-3.2.2-5]
function refuse(attempt: Attempt, { returnCode, reason }: ConnectRefusal): undefined {
  const { pending, thing, connect } = attempt;
  const { ground, remoteAddress } = pending;
  ground.counters.connectsRefused++;
  ground.logger.info("mqtt connect refused", { remoteAddress, reason, thingId: thing?.id });
  // Only whoever holds the key of a thing can write into its history, and not as often as they like.
  if (thing !== undefined && ground.mayRecordRefusedConnect(thing.id)) {
    const identity = identityOf(attempt, thing);
    const topic = connect.will?.topic ?? "";
    new SessionFacts(identity, ground).refused({ action: "connect", topic, reason });
  }
  pending.out.append(writeConnack(returnCode));
  pending.end(`connect refused: ${reason}`);
}

function identityOf(attempt: Attempt, thing: ThingAccess): SessionIdentity {
  const origin: SessionOrigin = {
    thingId: thing.id,
    sessionId: attempt.sessionId,
    principal: { kind: "thing", id: thing.id },
    edge: "mqtt",
    remoteAddress: attempt.pending.remoteAddress,
  };
  return { domainId: thing.domainId, clientId: attempt.clientId, origin };
}

function open(attempt: Attempt, thing: ThingAccess): OpenSession {
  const { connect, pending } = attempt;
  const { ground, out } = pending;
  const session = assemble(attempt, thing);
  ground.sessions.add(session);
  // [MQTT-3.1.2-6] [MQTT-3.1.4-3] [MQTT-3.2.2-1]: a session lasts as long as its connection. For
  // clean session 0 that is less than [MQTT-3.1.2-4], [MQTT-3.1.2-5], [MQTT-4.1.0-1] and
  // [MQTT-4.4.0-1] ask for; session present 0 [MQTT-3.2.2-2] [MQTT-3.2.2-3] tells the client, which
  // then subscribes again.
  out.append(writeConnack(ConnectReturnCode.accepted)); // [MQTT-3.1.4-4] [MQTT-3.2.0-1]
  const { keepAliveSeconds, cleanSession } = connect;
  session.facts.connected({ keepAliveSeconds, cleanSession });
  return session;
}

function assemble(attempt: Attempt, thing: ThingAccess): OpenSession {
  const { connect, pending, clientId } = attempt;
  const { ground, out, end } = pending;
  const { access, liveFeed, retained, limits, counters, sessions, frames, logger } = ground;
  const identity = identityOf(attempt, thing);
  const facts = new SessionFacts(identity, ground);
  const outbound = new Outbound(out, {
    limits,
    counters,
    onOverflow: () => end("the subscriber does not keep up with messages of QoS 1 and 2"),
  });
  const inbound = new Inbound(out, {
    unsettledMax: limits.unsettledMax,
    onRejected: ({ message }) => end(`messages were refused: ${message}`),
  });
  const subscriptions = new Subscriptions({
    thingId: thing.id,
    access,
    liveFeed,
    sessions,
    limits,
    deliveries: {
      "channels": new Delivery("channels", { frames, outbound }),
      "/channels": new Delivery("/channels", { frames, outbound }),
      "m": new Delivery("m", { frames, outbound }),
    },
    onWithdrawn: (filter) => facts.unsubscribed(filter, "access"),
    onTooMany: () => end(`the filters come to more than ${limits.listensMax} channels`),
  });
  const message = { retain: false, contentKind: "unspecified", start: 0, end: 0 } as const;
  const source = new Uint8Array(0);
  return {
    ground,
    identity,
    thingId: thing.id,
    clientId,
    keepAliveSeconds: connect.keepAliveSeconds,
    facts,
    out,
    inbound,
    outbound,
    routes: new Routes(thing.id, access),
    subscriptions,
    retainedReplay: new RetainedReplay({
      retained,
      frames,
      outbound,
      subscriptions,
      logger,
      onFailure: () => end("the retained messages could not be read"),
    }),
    publishHead: newPublishHead(),
    unacknowledged: { ...message, qos: 0, source },
    acknowledged: { ...message, qos: 1, source, waiter: inbound },
    will: connect.will,
    end,
  };
}
