import { type FrameReader, MqttError, notAllowed, readAuth, ReasonCode } from "../codec/mod.ts";
import type { OpenSession } from "../open_session.ts";

/** A client that gave no authentication method in its CONNECT may send no AUTH [MQTT5-4.12.0-6]. */
export function handleAuth(session: OpenSession, frame: FrameReader): void {
  if (session.version === 4) {
    throw notAllowed("Cannot take a packet of type '15': MQTT 3.1.1 does not have it");
  }
  const { properties } = readAuth(frame);
  throw new MqttError(
    `Cannot authenticate by '${properties.authenticationMethod}': the CONNECT did not say so`,
    ReasonCode.protocolError,
  );
}
