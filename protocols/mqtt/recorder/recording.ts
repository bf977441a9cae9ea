import type { ProtocolVersion } from "../codec/mod.ts";
import { RECORDED_PACKET_BYTES, RECORDING_BYTES_MAX } from "../limits.ts";

/** The connection that a packet belongs to. */
export interface RecordedConnection {
  readonly sessionId: string;
  readonly clientId: string;
  readonly remoteAddress: string;
  readonly version: ProtocolVersion;
}

export interface RecordedPacket {
  readonly atMs: number;
  /** `in` is from the device. */
  readonly direction: "in" | "out";
  readonly connection: RecordedConnection;
  readonly bytes: Uint8Array;
  /** Bytes of payload that were left out. */
  readonly payloadBytesCut?: number;
}

/** The newest packets of one thing, as many as a bound of bytes allows. */
export class Recording {
  readonly startedMs: number;
  readonly untilMs: number;
  readonly payloads: boolean;
  #packets: RecordedPacket[] = [];
  #head = 0;
  #bytes = 0;
  /** The oldest, which had to make room. */
  dropped = 0;

  constructor(
    terms: { readonly startedMs: number; readonly untilMs: number; readonly payloads: boolean },
  ) {
    this.startedMs = terms.startedMs;
    this.untilMs = terms.untilMs;
    this.payloads = terms.payloads;
  }

  get packets(): readonly RecordedPacket[] {
    return this.#packets.slice(this.#head);
  }

  get count(): number {
    return this.#packets.length - this.#head;
  }

  /** Of memory, about. */
  get bytes(): number {
    return this.#bytes;
  }

  add(packet: RecordedPacket): void {
    this.#packets.push(packet);
    this.#bytes += memoryOf(packet);
    while (this.#bytes > RECORDING_BYTES_MAX && this.count > 1) {
      this.#bytes -= memoryOf(this.#packets[this.#head++]!);
      this.dropped++;
    }
    // Moved together now and then, so that making room costs the same however many there are.
    if (this.#head * 2 > this.#packets.length) {
      this.#packets = this.packets.slice();
      this.#head = 0;
    }
  }
}

function memoryOf({ bytes }: RecordedPacket): number {
  return RECORDED_PACKET_BYTES + bytes.length;
}
