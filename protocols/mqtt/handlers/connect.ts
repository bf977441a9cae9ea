import {
  type Connect,
  type FrameReader,
  MqttError,
  type ProtocolVersion,
  readConnect,
  readProtocolLevel,
  ReasonCode,
  textBytes,
  writeConnack,
} from "../codec/mod.ts";
import { Authentication, SCRAM_SHA_256 } from "../admission/mod.ts";
import {
  CLIENT_ID_BYTES_MAX,
  CONNACK_BYTES_MIN,
  PROPERTIES_BYTES_MAX,
  REASON_LENGTH_MAX,
  SCRAM_CONNACK_BYTES,
} from "../limits.ts";
import type { Attempt, PendingSession } from "../assemble_session.ts";
import {
  CONNECT_REFUSALS,
  type ConnectRefusal,
  publishTopicOf,
  thingOfConnect,
  UNACCEPTABLE_PROTOCOL_LEVEL,
} from "../translate.ts";
import { storedProperties } from "./publish.ts";
import { countRefusedConnect } from "./refused_connect.ts";

/** Each looks at one aspect of a CONNECT and returns its refusal, or nothing to go on. */
const STEPS: readonly ((attempt: Attempt) => ConnectRefusal | undefined)[] = [
  checkAddress,
  checkAuthenticationMethod,
  checkClientId,
  authenticate,
  checkConnections,
  checkWill,
  checkPacketSize,
];

/**
 * What to open a session for, or undefined if the CONNECT was refused and the connection is ending.
 * As long as there is no thing in it, the client was asked for a proof.
 */
export function handleConnect(pending: PendingSession, frame: FrameReader): Attempt | undefined {
  const level = readProtocolLevel(frame);
  if (level !== 4 && level !== 5) return refuseLevel(pending, level);
  const connect = read(pending, frame, level);
  const sessionId = pending.ground.newId();
  // [MQTT-3.1.3-6] [MQTT5-3.1.3-6] [MQTT5-3.1.3-7]: a name that no other client has.
  const clientId = connect.clientId === "" ? `auto-${sessionId}` : connect.clientId;
  const startedMs = performance.now();
  const attempt: Attempt = { pending, connect, clientId, sessionId, startedMs };
  for (const step of STEPS) {
    const refusal = step(attempt);
    if (refusal !== undefined) return refuseConnect(attempt, refusal);
  }
  return attempt;
}

function read(pending: PendingSession, frame: FrameReader, version: ProtocolVersion): Connect {
  try {
    return readConnect(frame, version);
  } catch (error) {
    if (error instanceof MqttError && version === 5) tellFault({ pending }, error);
    throw error;
  }
}

/** [MQTT-3.1.4-1] [MQTT-3.2.2-6] [MQTT5-3.1.4-1]: a fault gets no CONNACK in 3.1.1; 5.0 may say what it is. */
export function tellFault(
  { pending: { out, ground }, connect }: Pick<Attempt, "pending"> & Partial<Attempt>,
  { message, reasonCode }: Pick<MqttError, "message" | "reasonCode">,
): void {
  ground.counters.connectsRefused++;
  ground.counters.refusals.addCode("connect", reasonCode);
  out.append(writeConnack(5, {
    code: reasonCode,
    properties: { reasonString: message.slice(0, REASON_LENGTH_MAX) },
    bytesMax: connect?.properties.maximumPacketSize ?? Infinity,
  }));
}

// [MQTT-3.1.2-2] [MQTT5-3.1.2-2]
function refuseLevel({ out, end, ground }: PendingSession, level: number): undefined {
  ground.counters.connectsRefused++;
  ground.counters.refusals.addCode("connect", ReasonCode.unsupportedProtocolVersion);
  out.append(writeConnack(4, { code: UNACCEPTABLE_PROTOCOL_LEVEL }));
  end(`protocol level ${level} is not spoken here, 4 (MQTT 3.1.1) and 5 (MQTT 5.0) are`);
}

/** Before anything is looked up for it. */
function checkAddress({ pending: { arrival } }: Attempt): ConnectRefusal | undefined {
  return arrival.fromAddress();
}

// [MQTT5-4.12.0-1]
function checkAuthenticationMethod({ connect }: Attempt): ConnectRefusal | undefined {
  const method = connect.properties.authenticationMethod;
  if (method === undefined || method === SCRAM_SHA_256) return undefined;
  return { kind: "badAuthenticationMethod", reason: `authentication '${method}' is not offered` };
}

function checkClientId({ connect }: Attempt): ConnectRefusal | undefined {
  const { version, clientId, cleanStart } = connect;
  // [MQTT-3.1.3-7] [MQTT-3.1.3-8]; MQTT 5 allows it.
  if (version === 4 && clientId === "" && !cleanStart) {
    return { kind: "identifierRejected", reason: "an empty client id needs clean session 1" };
  }
  // [MQTT-3.1.3-5] [MQTT-3.1.3-9] [MQTT5-3.1.3-5] [MQTT5-3.1.3-8]
  if (textBytes(clientId).length > CLIENT_ID_BYTES_MAX) {
    const reason = `the client id has more than ${CLIENT_ID_BYTES_MAX} bytes`;
    return { kind: "identifierRejected", reason };
  }
  return undefined;
}

/** A client that could not take the CONNACK is not let in [MQTT5-3.1.2-24]. */
function checkPacketSize({ connect, clientId }: Attempt): ConnectRefusal | undefined {
  const { maximumPacketSize = Infinity, sessionExpiryInterval } = connect.properties;
  const expiryBytes = sessionExpiryInterval === undefined ? 0 : 5;
  const assignedBytes = connect.clientId === "" ? 3 + textBytes(clientId).length : 0;
  const answerBytes = connect.properties.authenticationMethod === undefined
    ? 0
    : SCRAM_CONNACK_BYTES;
  const connackBytes = CONNACK_BYTES_MIN + expiryBytes + assignedBytes + answerBytes;
  if (connackBytes <= maximumPacketSize) return undefined;
  const reason = `the CONNACK has ${connackBytes} bytes, the client takes ${maximumPacketSize}`;
  return { kind: "packetTooLarge", reason };
}

function authenticate(attempt: Attempt): ConnectRefusal | undefined {
  if (attempt.connect.properties.authenticationMethod !== undefined) return askForProof(attempt);
  const { ground: { access }, peer } = attempt.pending;
  const { thing, provenBy, refusal } = thingOfConnect(attempt.connect, {
    access,
    certificate: peer.tls?.certificate,
  });
  if (thing !== undefined) attempt.thing = thing;
  if (provenBy !== undefined) attempt.provenBy = provenBy;
  return refusal;
}

function askForProof(attempt: Attempt): ConnectRefusal | undefined {
  const { connect: { properties }, pending: { ground, out } } = attempt;
  const packetBytesMax = properties.maximumPacketSize ?? Infinity;
  attempt.authentication = new Authentication(ground, { packetBytesMax });
  const auth = attempt.authentication.begin(properties);
  if ("kind" in auth) return auth;
  attempt.question = auth;
  out.append(auth);
  return undefined;
}

export function checkConnections(
  { thing, clientId, pending: { arrival, ground } }: Attempt,
): ConnectRefusal | undefined {
  if (thing === undefined) return undefined;
  const takesOver = ground.sessions.has({ thingId: thing.id, clientId });
  return arrival.asThing(thing.id, { takesOver });
}

/** A will that could never be published is refused while its client can still hear it. */
export function checkWill({ connect, pending, thing }: Attempt): ConnectRefusal | undefined {
  if (connect.will === undefined || thing === undefined) return undefined;
  const by = { thingId: thing.id, access: pending.ground.access };
  const meaning = publishTopicOf(connect.will.topic, by);
  if ("refused" in meaning) {
    const kind = meaning.reasonCode === ReasonCode.topicNameInvalid
      ? "willTopicRefused"
      : "notAuthorized";
    return { kind, reason: `will: ${meaning.refused}` };
  }
  if ((storedProperties(connect.will.properties)?.length ?? 0) <= PROPERTIES_BYTES_MAX) {
    return undefined;
  }
  const reason = `will: its properties are more than ${PROPERTIES_BYTES_MAX} bytes`;
  return { kind: "willTooLarge", reason };
}

// [MQTT-3.1.4-5] [MQTT-3.2.2-4] [MQTT-3.2.2-5] [MQTT5-3.1.4-2] [MQTT5-3.1.4-6] [MQTT5-3.2.2-7]
export function refuseConnect(attempt: Attempt, { kind, reason }: ConnectRefusal): undefined {
  const { pending, thing, connect } = attempt;
  const { ground, peer: { remoteAddress } } = pending;
  ground.counters.connectsRefused++;
  ground.counters.refusals.add("connect", { reason: kind });
  ground.logger.info("mqtt connect refused", { remoteAddress, reason, thingId: thing?.id });
  countRefusedConnect(attempt, { kind, reason });
  const bytesMax = connect.properties.maximumPacketSize ?? Infinity;
  const connack = writeConnack(connect.version, {
    code: CONNECT_REFUSALS[kind][connect.version],
    properties: { reasonString: reason.slice(0, REASON_LENGTH_MAX) },
    bytesMax,
  });
  if (connack.length <= bytesMax) pending.out.append(connack);
  pending.end(`connect refused: ${reason}`);
}
