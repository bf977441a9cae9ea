import { ROOM_BYTES, ROOM_FRAME_BYTES_MAX } from "../limits.ts";

/**
 * Room for small frames, many in one buffer: a buffer of its own costs several times what the frame
 * takes to write. Whoever keeps such a frame keeps all that lie beside it, and should copy it.
 */
export class FrameRoom {
  #bytes = new Uint8Array(0);
  #used = 0;

  /** Zeros. */
  readonly take = (byteLength: number): Uint8Array => {
    if (byteLength > ROOM_FRAME_BYTES_MAX) return new Uint8Array(byteLength);
    if (this.#used + byteLength > this.#bytes.length) {
      this.#bytes = new Uint8Array(ROOM_BYTES);
      this.#used = 0;
    }
    this.#used += byteLength;
    return this.#bytes.subarray(this.#used - byteLength, this.#used);
  };
}
