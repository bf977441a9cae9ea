import type { ProvenThing } from "../admission/mod.ts";
import type { Attempt } from "../assemble_session.ts";
import {
  type FrameReader,
  notAllowed,
  PacketType,
  readAuth,
  readDisconnect,
  ReasonCode,
} from "../codec/mod.ts";
import { type ConnectRefusal, refusalOfProven } from "../translate.ts";
import { checkMethod } from "./auth.ts";
import { checkConnections, checkWill, refuseConnect } from "./connect.ts";

/**
 * A packet between a CONNECT that named a method and its CONNACK; resolves with what it proves.
 * Undefined if it proves nothing, because the client said farewell. Throws MqttError.
 */
export function handleAuthenticating(
  { connect, authentication, pending }: Attempt,
  frame: FrameReader,
): Promise<ProvenThing | ConnectRefusal | undefined> | undefined {
  switch (frame.first >> 4) {
    case PacketType.disconnect: {
      const { reasonCode } = readDisconnect(frame, connect.version);
      pending.end("the client disconnected while it authenticated", {
        clean: true,
        receivedCode: reasonCode,
      });
      return undefined;
    }
    case PacketType.auth: {
      const { reasonCode, properties } = readAuth(frame);
      checkMethod(properties);
      // [MQTT5-4.12.0-3]
      if (reasonCode !== ReasonCode.continueAuthentication) {
        throw notAllowed("Cannot authenticate again: the client is not connected yet");
      }
      return authentication!.finish(properties);
    }
    default:
      // [MQTT5-3.1.2-30]
      throw notAllowed("Cannot take a packet before the CONNACK: it is no AUTH and no DISCONNECT");
  }
}

/** Whether a session is to be opened; if not, the CONNECT was refused. */
export function concludeAuthentication(
  attempt: Attempt,
  verdict: ProvenThing | ConnectRefusal,
): boolean {
  if ("kind" in verdict) return refused(attempt, verdict);
  const { connect, pending: { ground: { access }, peer } } = attempt;
  attempt.thing = verdict.thing;
  attempt.answer = verdict.answer;
  const refusal = refusalOfProven(verdict.thing, {
    ...connect,
    access,
    certificate: peer.tls?.certificate,
  }) ?? checkConnections(attempt) ?? checkWill(attempt);
  return refusal === undefined || refused(attempt, refusal);
}

// [MQTT5-4.12.0-4]
function refused(attempt: Attempt, refusal: ConnectRefusal): false {
  refuseConnect(attempt, refusal);
  return false;
}
