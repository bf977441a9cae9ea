import { type FrameReader, notAllowed, readDisconnect, ReasonCode } from "../codec/mod.ts";
import { expirySecondsMax } from "../granted_expiry.ts";
import type { OpenSession } from "../open_session.ts";

export function handleDisconnect(session: OpenSession, frame: FrameReader): void {
  const { reasonCode, properties } = readDisconnect(frame, session.version);
  const { sessionExpiryInterval } = properties;
  if (sessionExpiryInterval !== undefined) changeExpiry(session, sessionExpiryInterval);
  // [MQTT-3.14.4-3] [MQTT-3.1.2-10] [MQTT5-3.14.4-3]: only a farewell without a fault takes it back.
  if (reasonCode === ReasonCode.success) session.will = undefined;
  const { reasonString } = properties;
  const told = reasonString === undefined ? "" : `: ${reasonString}`;
  session.end(
    reasonCode === ReasonCode.success
      ? "the client disconnected"
      : `the client disconnected with reason 0x${reasonCode.toString(16).padStart(2, "0")}${told}`,
    { clean: true, receivedCode: reasonCode },
  );
}

// Section 3.14.2.2.2: a session that was to end with its connection cannot be kept at the end; and
// then it is no valid DISCONNECT, which the will goes by.
function changeExpiry({ keeper, ground, identity }: OpenSession, seconds: number): void {
  if (keeper === undefined || keeper.expirySeconds === 0) {
    if (seconds === 0) return;
    throw notAllowed("Cannot keep the session: its CONNECT said that it ends with the connection");
  }
  keeper.expirySeconds = Math.min(seconds, expirySecondsMax(ground, identity.domainId));
}
