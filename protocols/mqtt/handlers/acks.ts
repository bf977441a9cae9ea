import { type FrameReader, PacketType, readAck } from "../codec/mod.ts";
import type { OpenSession } from "../open_session.ts";

/** PUBACK, PUBREC and PUBCOMP answer what went out; PUBREL goes on with what came in. */
export function handleAck(session: OpenSession, frame: FrameReader): void {
  const { ack, outbound, inbound } = session;
  readAck(frame, ack, session.version);
  switch (frame.first >> 4) {
    case PacketType.puback:
      return outbound.acknowledged(ack.packetId);
    case PacketType.pubrec:
      return outbound.received(ack.packetId, ack.reasonCode);
    case PacketType.pubcomp:
      return outbound.completed(ack.packetId);
    default:
      // [MQTT-2.3.1-6]
      return inbound.release(ack.packetId);
  }
}
