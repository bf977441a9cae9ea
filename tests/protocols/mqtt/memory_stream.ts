import type { ByteStream } from "../../../protocols/mqtt/mod.ts";

/** A connection without a network: what the server reads is pushed, what it writes is kept. */
export class MemoryStream implements ByteStream {
  readonly #incoming: Uint8Array[] = [];
  #written: Uint8Array[] = [];
  #wake: (() => void) | undefined;
  #isClosed = false;
  #hasEnded = false;
  #release = (): void => {};
  #stuck: Promise<void> | undefined;
  /** Largest number of bytes that one write takes. */
  writeBytesMax = Infinity;
  writes = 0;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Bytes for the server. */
  push(bytes: Uint8Array): void {
    this.#incoming.push(bytes);
    this.#wake?.();
  }

  /** The peer closes its side. */
  end(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  /** The peer stops reading: writes wait until it is released. */
  stick(): void {
    this.#stuck = new Promise((resolve) => this.#release = resolve);
  }

  unstick(): void {
    this.#stuck = undefined;
    this.#release();
  }

  /** What the server has written since the last call. */
  written(): Uint8Array {
    const chunks = this.#written;
    this.#written = [];
    const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#incoming.length === 0) {
      if (this.#isClosed || this.#hasEnded) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const next = this.#incoming.shift()!;
    const taken = Math.min(next.length, into.length);
    into.set(next.subarray(0, taken));
    if (taken < next.length) this.#incoming.unshift(next.subarray(taken));
    return taken;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#stuck;
    this.writes++;
    const taken = Math.min(bytes.length, this.writeBytesMax);
    this.#written.push(bytes.slice(0, taken));
    return taken;
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
    this.#release();
  }
}
