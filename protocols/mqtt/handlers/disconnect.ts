import { type FrameReader, notAllowed, readDisconnect, ReasonCode } from "../codec/mod.ts";
import type { OpenSession } from "../open_session.ts";

export function handleDisconnect(session: OpenSession, frame: FrameReader): void {
  const { reasonCode, properties } = readDisconnect(frame, session.version);
  // Section 3.14.2.2.2: and then it is no valid DISCONNECT, which the will goes by.
  if (session.sessionExpirySeconds === 0 && (properties.sessionExpiryInterval ?? 0) > 0) {
    throw notAllowed("Cannot let the session outlive its connection: the CONNECT did not ask for it");
  }
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
