import { ProtocolError } from "../../../actors/mod.ts";
import { ReasonCode } from "./reason_codes.ts";

/** A peer broke MQTT; MQTT 5 tells it by this reason code [MQTT5-4.13.1-1], 3.1.1 by closing. */
export class MqttError extends ProtocolError {
  readonly reasonCode: ReasonCode;

  constructor(message: string, reasonCode: ReasonCode) {
    super(message);
    this.reasonCode = reasonCode;
  }
}

/** Bytes that cannot be read as the packet that they announce. */
export function malformed(message: string): MqttError {
  return new MqttError(message, ReasonCode.malformedPacket);
}

/** A packet that can be read, and that must not come like this or not now. */
export function notAllowed(message: string): MqttError {
  return new MqttError(message, ReasonCode.protocolError);
}
