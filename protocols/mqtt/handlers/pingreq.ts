import { type FrameReader, readEmpty, writePingresp } from "../codec/mod.ts";
import type { OpenSession } from "../open_session.ts";

export function handlePingreq(session: OpenSession, frame: FrameReader): void {
  readEmpty(frame);
  session.out.append(writePingresp()); // [MQTT-3.12.4-1] [MQTT5-3.12.4-1]
}
