import { shownPacket } from "../codec/mod.ts";
import type { RecordedPacket } from "./recording.ts";

/** One JSON object a packet, each with its line feed. */
export function* packetLines(packets: readonly RecordedPacket[]): Generator<string> {
  for (const { atMs, direction, connection, bytes, payloadBytesCut } of packets) {
    const { sessionId, clientId, version } = connection;
    const { type, fields } = shownPacket(bytes, version);
    const { payload: _, ...withoutPayload } = fields;
    yield `${
      JSON.stringify({
        at: new Date(atMs).toISOString(),
        direction,
        session: sessionId,
        client_id: clientId,
        protocol_version: version === 5 ? "5.0" : "3.1.1",
        type,
        bytes: bytes.length + (payloadBytesCut ?? 0),
        ...(payloadBytesCut === undefined
          ? { packet: fields }
          : { payload_bytes: payloadBytesCut, packet: withoutPayload }),
      })
    }\n`;
  }
}
