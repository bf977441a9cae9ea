import { type ProvenThing, SCRAM_SHA_256 } from "../admission/mod.ts";
import {
  type FrameReader,
  MqttError,
  notAllowed,
  type Properties,
  readAuth,
  ReasonCode,
  writeAuth,
} from "../codec/mod.ts";
import type { OpenSession } from "../open_session.ts";
import { CONNECT_REFUSALS, type ConnectRefusal } from "../translate.ts";

/** A client that authenticated by a method may do so again; everything else goes on meanwhile. */
export function handleAuth(session: OpenSession, frame: FrameReader): void {
  if (session.version === 4) {
    throw notAllowed("Cannot take a packet of type '15': MQTT 3.1.1 does not have it");
  }
  const { reasonCode, properties } = readAuth(frame);
  const { authentication } = session;
  // [MQTT5-4.12.0-7]
  if (authentication === undefined) {
    throw new MqttError(
      `Cannot authenticate by '${properties.authenticationMethod}': the CONNECT did not say so`,
      ReasonCode.protocolError,
    );
  }
  checkMethod(properties);
  if (reasonCode === ReasonCode.reauthenticate) {
    const auth = authentication.begin(properties);
    if ("kind" in auth) refuse(session, auth);
    else session.out.append(auth);
  } else void goOn(session, authentication.finish(properties));
}

/** The method is that of the CONNECT [MQTT5-4.12.0-5] [MQTT5-4.12.1-1]. Throws MqttError. */
export function checkMethod({ authenticationMethod }: Properties): void {
  if (authenticationMethod === SCRAM_SHA_256) return;
  throw notAllowed(
    `Cannot authenticate by '${authenticationMethod}': the CONNECT said '${SCRAM_SHA_256}'`,
  );
}

/** Never rejects. */
async function goOn(
  session: OpenSession,
  verified: Promise<ProvenThing | ConnectRefusal | undefined>,
): Promise<void> {
  try {
    const verdict = await verified;
    if (verdict === undefined) return;
    if ("kind" in verdict) refuse(session, verdict);
    else if (verdict.thing.id !== session.thingId) {
      const reason = "the thing that was proven is not the one that is connected";
      refuse(session, { kind: "authenticationRefused", reason });
    } else session.out.append(writeAuth(ReasonCode.success, verdict.answer)); // [MQTT5-4.12.0-5]
  } catch (error) {
    session.ground.logger.error("mqtt authentication failed", { error: String(error) });
    session.end("an AUTH could not be handled", { reasonCode: ReasonCode.unspecifiedError });
  }
}

// [MQTT5-4.12.1-2]
function refuse(session: OpenSession, { kind, reason }: ConnectRefusal): void {
  session.ground.counters.actionsRefused++;
  session.end(`authentication refused: ${reason}`, { reasonCode: CONNECT_REFUSALS[kind][5] });
}
