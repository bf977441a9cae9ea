import { RECORDED_PIECE_BYTES } from "../limits.ts";
import type { RecordedPacket, Recording } from "./recording.ts";

/** What a packet takes in a piece beside its bytes: its connection, time and direction as JSON. */
const PACKET_JSON_BYTES = 400;

/** A part of a recording; `next` is the number of the first packet behind it, absent at the end. */
export interface RecordedPiece {
  readonly packets: readonly RecordedPacket[];
  readonly next?: number;
}

/** As it goes from node to node: bytes are base64. */
export interface PieceOnWire {
  readonly packets: readonly (Omit<RecordedPacket, "bytes"> & { readonly bytes: string })[];
  readonly next?: number;
}

/** From packet number `from` on, counted from the first that was ever recorded; at least one. */
export function pieceOf(
  { packets, dropped }: Pick<Recording, "packets" | "dropped">,
  from: number,
): RecordedPiece {
  const first = Math.max(0, from - dropped);
  let bytes = 0;
  let end = first;
  for (; end < packets.length; end++) {
    bytes += PACKET_JSON_BYTES + Math.ceil(packets[end]!.bytes.length / 3) * 4;
    if (bytes > RECORDED_PIECE_BYTES && end > first) break;
  }
  return {
    packets: packets.slice(first, end),
    ...(end < packets.length ? { next: dropped + end } : {}),
  };
}

export function onWire({ packets, ...piece }: RecordedPiece): PieceOnWire {
  return {
    ...piece,
    packets: packets.map((each) => ({ ...each, bytes: each.bytes.toBase64() })),
  };
}

export function offWire({ packets, ...piece }: PieceOnWire): RecordedPiece {
  return {
    ...piece,
    packets: packets.map((each) => ({ ...each, bytes: Uint8Array.fromBase64(each.bytes) })),
  };
}
