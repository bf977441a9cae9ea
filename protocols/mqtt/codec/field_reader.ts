import type { FrameReader } from "./frame_reader.ts";
import { malformed } from "./mqtt_error.ts";
import { readText } from "./text.ts";

/** Bytes that a variable byte integer has at most [MQTT5-1.5.5-1]. */
const VARINT_BYTES_MAX = 4;

/** Reads the fields of one packet one after the other; each read past the end is a MqttError. */
export class FieldReader {
  readonly bytes: Uint8Array;
  readonly #end: number;
  at: number;

  constructor(bytes: Uint8Array, range: { readonly start: number; readonly end: number }) {
    this.bytes = bytes;
    this.at = range.start;
    this.#end = range.end;
  }

  /** All of a frame's body. */
  static of({ bytes, bodyStart, bodyEnd }: FrameReader): FieldReader {
    return new FieldReader(bytes, { start: bodyStart, end: bodyEnd });
  }

  get left(): number {
    return this.#end - this.at;
  }

  byte(): number {
    return this.bytes[this.#take(1)]!;
  }

  u16(): number {
    const at = this.#take(2);
    return this.bytes[at]! << 8 | this.bytes[at + 1]!;
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16();
  }

  /** [MQTT5-1.5.5-1]: in no more bytes than it needs. */
  varint(): number {
    let value = 0;
    for (let count = 0; count < VARINT_BYTES_MAX; count++) {
      const byte = this.byte();
      value |= (byte & 0x7f) << 7 * count;
      if (byte >= 0x80) continue;
      if (byte === 0 && count > 0) {
        throw malformed("Cannot read a number: it takes more bytes than it needs");
      }
      return value;
    }
    throw malformed("Cannot read a number: it takes more than 4 bytes");
  }

  /** UTF-8 behind two bytes of length. */
  text(): string {
    return readText(this.binary());
  }

  /** Any bytes behind two bytes of length: a view. */
  binary(): Uint8Array {
    return this.part(this.u16());
  }

  /** The next `length` bytes: a view. */
  part(length: number): Uint8Array {
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** Says that nothing may follow. */
  done(): void {
    if (this.left > 0) {
      throw malformed(`Cannot read a packet: ${this.left} bytes follow its last field`);
    }
  }

  #take(length: number): number {
    const at = this.at;
    if (at + length > this.#end) throw malformed("Cannot read a packet: it ends inside a field");
    this.at = at + length;
    return at;
  }
}
