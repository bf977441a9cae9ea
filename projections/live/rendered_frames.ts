/**
 * Frames of one message, by a key that names the kind of subscribers that share each. Most messages
 * have none or one: the first needs no map, which would cost more than the frame.
 */
export class RenderedFrames {
  #key = "";
  #frame: Uint8Array | undefined = undefined;
  #others: Map<string, Uint8Array> | undefined = undefined;

  get(key: string): Uint8Array | undefined {
    return this.#key === key ? this.#frame : this.#others?.get(key);
  }

  /** Once for each key; none is empty. */
  set(key: string, frame: Uint8Array): void {
    if (this.#frame === undefined) {
      this.#key = key;
      this.#frame = frame;
    } else (this.#others ??= new Map()).set(key, frame);
  }
}
