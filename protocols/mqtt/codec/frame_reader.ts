import { malformed, MqttError } from "./mqtt_error.ts";
import { ReasonCode } from "./reason_codes.ts";

/** Reads in a row that used little of the buffer, after which a smaller one will do. */
const SMALL_READS = 8;

export interface FrameReaderOptions {
  readonly packetBytesMax: number;
  readonly readBytesMin: number;
  readonly readBytesMax: number;
}

/**
 * Cuts the bytes of a connection into frames, in place: `first`, `bodyStart` and `bodyEnd` describe
 * the current one inside `bytes` until the next call of `next` or `room`.
 */
export class FrameReader {
  readonly #options: FrameReaderOptions;
  #start = 0;
  #end = 0;
  #smallReads = 0;
  bytes: Uint8Array;
  /** Refuses lengths that take more bytes than they need, as MQTT 5 asks. */
  shortestLengths = false;
  /** First byte of the fixed header: packet type and flags. */
  first = 0;
  frameStart = 0;
  bodyStart = 0;
  bodyEnd = 0;

  constructor(options: FrameReaderOptions) {
    this.#options = options;
    this.bytes = new Uint8Array(options.readBytesMin);
  }

  /** Where the socket may write what it reads next; never empty. */
  room(): Uint8Array {
    const left = this.#end - this.#start;
    // The buffer grows with what has arrived, not with the length that a stranger announces.
    const wanted = left === this.bytes.length ? this.bytes.length * 2 : this.#fitting(left);
    if (wanted !== this.bytes.length) {
      const moved = new Uint8Array(wanted);
      moved.set(this.bytes.subarray(this.#start, this.#end));
      this.bytes = moved;
    } else if (this.#start > 0 && left > 0) {
      this.bytes.copyWithin(0, this.#start, this.#end);
    }
    this.#start = 0;
    this.#end = left;
    return left === 0 ? this.bytes : this.bytes.subarray(left);
  }

  /** Says how many bytes the socket wrote into `room`. */
  filled(count: number): void {
    this.#end += count;
    if (this.#end === this.bytes.length) this.#smallReads = -1;
    else if (this.#end * 8 > this.bytes.length) this.#smallReads = 0;
    else this.#smallReads++;
  }

  /** All of the current frame. */
  get frame(): Uint8Array {
    return this.bytes.subarray(this.frameStart, this.bodyEnd);
  }

  /** What has arrived behind the current frame. */
  get unread(): Uint8Array {
    return this.bytes.subarray(this.#start, this.#end);
  }

  /** Moves to the next whole frame; false if there is none yet. Throws ProtocolError. */
  next(): boolean {
    const { bytes } = this;
    const start = this.#start;
    const end = this.#end;
    let at = start + 1;
    let length = 0;
    let shift = 0;
    for (;;) {
      if (at >= end) return false;
      const byte = bytes[at++]!;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        // [MQTT5-1.5.5-1]; MQTT 3.1.1 does not forbid it.
        if (byte === 0 && shift > 0 && this.shortestLengths) throw longLength();
        break;
      }
      shift += 7;
      if (shift > 21) {
        throw malformed("Cannot read a packet: its length takes more than 4 bytes");
      }
    }
    // [MQTT5-3.2.2-15]: a packet's size is that of all of it.
    const packetBytes = at - start + length;
    if (packetBytes > this.#options.packetBytesMax) {
      throw new MqttError(
        `Cannot read a packet of ${packetBytes} bytes: at most ${this.#options.packetBytesMax} are taken`,
        ReasonCode.packetTooLarge,
      );
    }
    if (at + length > end) return false;
    this.first = bytes[start]!;
    this.frameStart = start;
    this.bodyStart = at;
    this.bodyEnd = at + length;
    this.#start = this.bodyEnd;
    return true;
  }

  /** Of the current frame, for the one from which the version comes to be known. */
  checkShortestLength(): void {
    const lengthBytes = this.bodyStart - this.frameStart - 1;
    if (lengthBytes > 1 && this.bytes[this.bodyStart - 1] === 0) throw longLength();
  }

  // A read that filled the buffer asks for a larger one, many small reads for a smaller one.
  #fitting(left: number): number {
    const { readBytesMin, readBytesMax } = this.#options;
    const size = this.bytes.length;
    if (this.#smallReads < 0) return Math.max(size, Math.min(size * 4, readBytesMax));
    if (this.#smallReads < SMALL_READS || size === readBytesMin) return size;
    this.#smallReads = 0;
    const smaller = Math.max(size >> 2, readBytesMin);
    return smaller > left ? smaller : size;
  }
}

function longLength(): MqttError {
  return malformed("Cannot read a packet: its length takes more bytes than it needs");
}
