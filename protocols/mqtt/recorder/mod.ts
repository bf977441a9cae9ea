/**
 * The packets of one device, both ways, for as long as an operator asks for them.
 *
 * Main path: `PacketRecorder.start` begins a `Recording`; each session of the thing then has a
 * `PacketTap` on its out-buffer, which it and the buffer hand what comes and goes; `lines.ts` and
 * `pcap.ts` turn what was kept into text and into a capture file.
 *
 * Nothing is kept that proves an identity, no payload that was not asked for, and nothing on a disk.
 */
export { packetLines } from "./lines.ts";
export { packetCapture } from "./pcap.ts";
export {
  PacketRecorder,
  type RecordedPacket,
  type RecorderState,
  type RecordingWish,
} from "./packet_recorder.ts";
export { offWire, onWire, type PieceOnWire, type RecordedPiece } from "./pieces.ts";
export type { PacketTap } from "./packet_tap.ts";
