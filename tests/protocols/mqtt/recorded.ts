import { Buffer } from "node:buffer";
import type { MqttServer } from "../../../protocols/mqtt/mod.ts";
import {
  packetCapture,
  packetLines,
  type RecordedPacket,
} from "../../../protocols/mqtt/recorder/mod.ts";

/** What a server recorded of a thing, as JSON lines; undefined if nothing is kept. */
export function recordedLines(server: MqttServer, thingId: string): readonly string[] | undefined {
  const packets = recordedPackets(server, thingId);
  return packets && [...packetLines(packets)];
}

/** The same as a capture file. */
export function recordedCapture(server: MqttServer, thingId: string): Buffer {
  return Buffer.concat([...packetCapture(recordedPackets(server, thingId) ?? [])]);
}

function recordedPackets(
  { recorder }: MqttServer,
  thingId: string,
): readonly RecordedPacket[] | undefined {
  let piece = recorder.piece(thingId, 0);
  if (piece === undefined) return undefined;
  const packets = [...piece.packets];
  while (piece?.next !== undefined) {
    piece = recorder.piece(thingId, piece.next);
    packets.push(...piece?.packets ?? []);
  }
  return packets;
}
