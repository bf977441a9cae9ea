import { type FrameReader, PacketType, readAck } from "../codec/mod.ts";
import type { OpenSession } from "../open_session.ts";

/** PUBACK, PUBREC and PUBCOMP answer what went out; PUBREL goes on with what came in. */
export function handleAck(session: OpenSession, frame: FrameReader): void {
  const packetId = readAck(frame);
  switch (frame.first >> 4) {
    case PacketType.puback:
      return session.outbound.acknowledged(packetId);
    case PacketType.pubrec:
      return session.outbound.received(packetId);
    case PacketType.pubcomp:
      return session.outbound.completed(packetId);
    default:
      // [MQTT-2.3.1-6]
      return session.inbound.release(packetId);
  }
}
