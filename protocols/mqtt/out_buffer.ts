import type { PacketTap } from "./recorder/mod.ts";
import { ACK_BYTES, setPacketId, writeAck } from "./codec/mod.ts";

/** Where bytes go: a socket, or in tests whatever takes bytes. */
export interface ByteSink {
  /** May take fewer bytes than given; resolves with their count. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Bytes of the first buffer of a connection. */
const FIRST_BYTES = 256;
/** Writes in a row that used little of a buffer, after which it is given back. */
const SMALL_WRITES = 8;

/**
 * Collects what goes to one connection and writes it in one piece: once per turn of the event loop,
 * and while one write is under way everything else waits for its end.
 */
export class OutBuffer {
  readonly #sink: ByteSink;
  readonly #onFailure: (error: unknown) => void;
  readonly #onFlushed: (bytes: number) => void;
  #bytes = new Uint8Array(0);
  #spare = new Uint8Array(0);
  #length = 0;
  #flyingBytes = 0;
  #running = false;
  #closed = false;
  #sealed = false;
  #smallWrites = 0;
  #idleWaiters: (() => void)[] = [];
  /** Told what goes out, and by the session what comes in; undefined unless its thing is recorded. */
  tap: PacketTap | undefined;

  constructor(
    sink: ByteSink,
    options: {
      readonly onFailure: (error: unknown) => void;
      /** Called after each write, when there is room again. */
      readonly onFlushed: (bytes: number) => void;
    },
  ) {
    this.#sink = sink;
    this.#onFailure = options.onFailure;
    this.#onFlushed = options.onFlushed;
  }

  /** Bytes that the socket has not taken yet. */
  get pendingBytes(): number {
    return this.#length + this.#flyingBytes;
  }

  append(frame: Uint8Array): void {
    if (this.#closed || this.#sealed) return;
    this.#reserve(frame.length);
    this.#bytes.set(frame, this.#length);
    this.#length += frame.length;
  }

  /** Appends a shared PUBLISH frame of QoS 1 or 2 under a packet id of this connection. */
  appendPublish(frame: Uint8Array, packetId: number): void {
    if (this.#closed || this.#sealed) return;
    const at = this.#length;
    this.append(frame);
    setPacketId(this.#bytes, at, packetId);
  }

  /** Appends PUBACK, PUBREC, PUBREL, PUBCOMP or UNSUBACK, by its first byte. */
  appendAck(first: number, packetId: number): void {
    if (this.#closed || this.#sealed) return;
    this.#reserve(ACK_BYTES);
    writeAck(this.#bytes, { at: this.#length, first, packetId });
    this.#length += ACK_BYTES;
  }

  /** Resolves when nothing waits any more, or nothing can be written any more. */
  idle(): Promise<void> {
    if (!this.#running) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** What waits still goes out, and nothing more [MQTT5-3.14.4-1]. */
  seal(): void {
    this.#sealed = true;
  }

  /** Drops what waits; whatever is appended from now on goes nowhere. */
  close(): void {
    this.#closed = true;
    this.#length = 0;
    this.#bytes = this.#spare = new Uint8Array(0);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2, FIRST_BYTES));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    if (this.#running) return;
    this.#running = true;
    queueMicrotask(() => this.#run());
  }

  async #run(): Promise<void> {
    try {
      while (this.#length > 0) await this.#writeAll();
    } catch (error) {
      this.close();
      this.#onFailure(error);
    } finally {
      this.#running = false;
      this.#flyingBytes = 0;
      for (const resolve of this.#idleWaiters.splice(0)) resolve();
    }
  }

  async #writeAll(): Promise<void> {
    const bytes = this.#bytes;
    const length = this.#length;
    this.#bytes = this.#spare;
    this.#spare = bytes;
    this.#length = 0;
    this.#flyingBytes = length;
    this.tap?.sent(bytes.subarray(0, length));
    for (let at = 0; at < length && !this.#closed;) {
      const taken = await this.#sink.write(bytes.subarray(at, length));
      at += taken;
      this.#flyingBytes = length - at;
    }
    this.#giveBack(length);
    this.#onFlushed(length);
  }

  // A burst may have left large buffers behind: a quiet connection must cost little memory.
  #giveBack(written: number): void {
    if (written * 8 > this.#spare.length) this.#smallWrites = 0;
    else this.#smallWrites++;
    if (this.#smallWrites < SMALL_WRITES) return;
    this.#smallWrites = 0;
    this.#spare = new Uint8Array(0);
    if (this.#length === 0) this.#bytes = new Uint8Array(0);
  }
}
