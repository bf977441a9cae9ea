import { type FrameReader, readEmpty } from "../codec/mod.ts";
import type { OpenSession } from "../open_session.ts";

export function handleDisconnect(session: OpenSession, frame: FrameReader): void {
  readEmpty(frame);
  session.will = undefined; // [MQTT-3.14.4-3] [MQTT-3.1.2-10]
  session.end("the client disconnected", { clean: true });
}
