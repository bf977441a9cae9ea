import { ProtocolError } from "../../actors/mod.ts";
import { MqttError, ReasonCode } from "./codec/mod.ts";
import type { MqttGround } from "./ground.ts";

/** Why a packet ends its connection, as its client may hear it. */
export interface Fault {
  readonly message: string;
  readonly reasonCode: ReasonCode;
  readonly isTheClients: boolean;
}

/** Counts what a client did wrong, and logs what went wrong here. */
export function faultOf(
  error: unknown,
  { counters, logger }: Pick<MqttGround, "counters" | "logger">,
): Fault {
  if (error instanceof ProtocolError) {
    counters.protocolErrors++;
    const { message } = error;
    const reasonCode = error instanceof MqttError ? error.reasonCode : ReasonCode.malformedPacket;
    return { message, reasonCode, isTheClients: true };
  }
  // [MQTT-4.8.0-2]
  logger.error("mqtt packet not handled", { error: String(error) });
  const { unspecifiedError: reasonCode } = ReasonCode;
  return { message: "a packet could not be handled", reasonCode, isTheClients: false };
}
