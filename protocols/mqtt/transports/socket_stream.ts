import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { ByteStream } from "../connection.ts";

/** A socket of node:net or node:tls as what carries MQTT; nothing is read ahead of its buffer. */
export class SocketStream implements ByteStream {
  readonly #socket: Socket;
  #rest: Buffer | undefined;
  #failure: Error | undefined;
  #hasEnded = false;
  #wake: () => void = () => {};
  #refuseWrite: ((error: Error) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("readable", () => this.#wake());
    socket.on("end", () => this.#end());
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end());
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      const chunk = this.#rest ?? this.#socket.read() as Buffer | null;
      if (chunk !== null) return this.#handOver(chunk, into);
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#hasEnded) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Resolves when the socket has taken all, so that the bytes may be written over. */
  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#refuseWrite = reject;
      this.#socket.write(bytes, (error) => {
        this.#refuseWrite = undefined;
        if (error) reject(error);
        else resolve(bytes.length);
      });
    });
  }

  /** Says farewell if the peer has taken everything before; one that does not read gets none. */
  close(): void {
    if (this.#refuseWrite !== undefined) this.#socket.destroy();
    else this.#socket.end(() => this.#socket.destroy());
  }

  #handOver(chunk: Buffer, into: Uint8Array): number {
    const count = Math.min(chunk.length, into.length);
    into.set(chunk.subarray(0, count));
    this.#rest = count < chunk.length ? chunk.subarray(count) : undefined;
    return count;
  }

  #end(failure?: Error): void {
    this.#hasEnded = true;
    this.#failure ??= failure;
    this.#refuseWrite?.(this.#failure ?? new Deno.errors.BrokenPipe("the connection is closed"));
    this.#wake();
  }
}
