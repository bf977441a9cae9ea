import { FieldReader } from "./field_reader.ts";
import type { FrameReader } from "./frame_reader.ts";
import type { ProtocolVersion } from "./connect.ts";
import { malformed, notAllowed } from "./mqtt_error.ts";
import { NO_PROPERTIES, type Properties, readProperties } from "./properties.ts";
import { ReasonCode } from "./reason_codes.ts";

/** A DISCONNECT or an AUTH: a reason and properties, both of which may be left out. */
export interface Reasoned {
  readonly reasonCode: number;
  readonly properties: Readonly<Properties>;
}

/** Reasons that a client may give [MQTT5-3.14.2-1]. */
const DISCONNECT_REASONS = new Set([
  0x00,
  0x04,
  0x80,
  0x81,
  0x82,
  0x83,
  0x90,
  0x93,
  0x94,
  0x95,
  0x96,
  0x97,
  0x98,
  0x99,
]);
const AUTH_REASONS: ReadonlySet<number> = new Set([
  ReasonCode.continueAuthentication,
  ReasonCode.reauthenticate,
]);

/** Throws MqttError. */
export function readDisconnect(frame: FrameReader, version: ProtocolVersion): Reasoned {
  if (version === 4) {
    readEmpty(frame);
    return { reasonCode: 0, properties: NO_PROPERTIES };
  }
  const disconnect = readReasoned(frame, "disconnect");
  if (!DISCONNECT_REASONS.has(disconnect.reasonCode)) {
    throw notAllowed(
      `Cannot read a DISCONNECT: '0x${
        disconnect.reasonCode.toString(16)
      }' is no reason of a client`,
    );
  }
  return disconnect;
}

/** Throws MqttError. */
export function readAuth(frame: FrameReader): Reasoned {
  const auth = readReasoned(frame, "auth");
  // [MQTT5-3.15.2-1]
  if (!AUTH_REASONS.has(auth.reasonCode)) {
    throw notAllowed(`Cannot read an AUTH: '${auth.reasonCode}' is no reason of a client`);
  }
  if (auth.properties.authenticationMethod === undefined) {
    throw notAllowed("Cannot read an AUTH: the authentication method is missing");
  }
  return auth;
}

/** Checks a PINGREQ, or a DISCONNECT of 3.1.1, which hold nothing. Throws MqttError. */
export function readEmpty(frame: FrameReader): void {
  checkFlags(frame);
  if (frame.bodyEnd !== frame.bodyStart) {
    throw malformed("Cannot read a PINGREQ or DISCONNECT: its length is not 0");
  }
}

function readReasoned(frame: FrameReader, host: "disconnect" | "auth"): Reasoned {
  checkFlags(frame);
  const fields = FieldReader.of(frame);
  const reasonCode = fields.left === 0 ? 0 : fields.byte();
  const properties = fields.left === 0 ? NO_PROPERTIES : readProperties(fields, host);
  fields.done();
  return { reasonCode, properties };
}

// [MQTT-3.14.1-1] [MQTT5-3.14.1-1] [MQTT5-3.15.1-1] [MQTT-2.2.2-2]
function checkFlags(frame: FrameReader): void {
  if ((frame.first & 0x0f) !== 0) {
    throw malformed("Cannot read a packet: its reserved flags are not 0");
  }
}
