import { type FrameReader, notAllowed, PacketType } from "../codec/mod.ts";
import type { OpenSession } from "../open_session.ts";
import { handleAck } from "./acks.ts";
import { handleAuth } from "./auth.ts";
import { handleDisconnect } from "./disconnect.ts";
import { handlePingreq } from "./pingreq.ts";
import { handleSubscribe } from "./subscribe.ts";
import { handleUnsubscribe } from "./unsubscribe.ts";

/** Any packet of an open session but PUBLISH, which has a way of its own. */
export function handlePacket(open: OpenSession, frames: FrameReader): void {
  switch (frames.first >> 4) {
    case PacketType.puback:
    case PacketType.pubrec:
    case PacketType.pubrel:
    case PacketType.pubcomp:
      return handleAck(open, frames);
    case PacketType.subscribe:
      return handleSubscribe(open, frames);
    case PacketType.unsubscribe:
      return handleUnsubscribe(open, frames);
    case PacketType.pingreq:
      return handlePingreq(open, frames);
    case PacketType.disconnect:
      return handleDisconnect(open, frames);
    case PacketType.connect:
      throw notAllowed("Cannot take a CONNECT: the client is connected"); // [MQTT-3.1.0-2] [MQTT5-3.1.0-2]
    case PacketType.auth:
      return handleAuth(open, frames);
    default:
      throw notAllowed(
        `Cannot take a packet of type '${frames.first >> 4}': clients do not send it`,
      );
  }
}
