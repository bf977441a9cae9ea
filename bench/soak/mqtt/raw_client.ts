import { Buffer } from "node:buffer";
import mqttPacket from "mqtt-packet";

export type Packet = mqttPacket.Packet;
/** Of CONNECT: 4 is MQTT 3.1.1. */
export type Version = 4 | 5;

const READ_BYTES = 64 * 1024;
/** Packets that nobody asked for yet. */
const HEARD_MAX = 100;

/**
 * A connection that does what it is told: sends any bytes, stops reading, goes without a word. What
 * comes goes to `onPacket` if it is set, else it waits to be asked for by `answer`.
 */
export class RawClient {
  onPacket: ((packet: Packet) => void) | undefined;
  /** Settled when the connection is over, whoever ended it. */
  readonly ended: Promise<void>;
  #isOver = false;
  readonly #socket: Deno.TcpConn;
  readonly #version: Version;
  readonly #heard: Packet[] = [];
  #told = Promise.withResolvers<void>();
  #mayRead: PromiseWithResolvers<void> | undefined;
  #unsent: Uint8Array[] = [];
  #isSending = false;

  private constructor(socket: Deno.TcpConn, version: Version) {
    this.#socket = socket;
    this.#version = version;
    this.ended = this.#readAll();
  }

  static async open(port: number, version: Version): Promise<RawClient> {
    const socket = await Deno.connect({ hostname: "127.0.0.1", port });
    socket.setNoDelay(true);
    return new RawClient(socket, version);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  send(...packets: readonly (Packet | Uint8Array)[]): void {
    if (this.#isOver) return;
    const options = { protocolVersion: this.#version };
    for (const packet of packets) {
      this.#unsent.push(
        packet instanceof Uint8Array ? packet : mqttPacket.generate(packet, options),
      );
    }
    if (!this.#isSending) void this.#sendAll();
  }

  /** The next packet; undefined if none came in time, or none can come any more. */
  async answer(withinMs: number): Promise<Packet | undefined> {
    if (this.#heard.length === 0 && !this.#isOver) await within(withinMs, this.#told.promise);
    return this.#heard.shift();
  }

  /** Whether the other side ends the connection in that time. */
  async endsWithin(ms: number): Promise<boolean> {
    await within(ms, this.ended);
    return this.#isOver;
  }

  /** At most one more buffer is taken from the socket. */
  stopReading(): void {
    this.#mayRead ??= Promise.withResolvers();
  }

  readOn(): void {
    this.#mayRead?.resolve();
    this.#mayRead = undefined;
  }

  /** Closes the socket, without DISCONNECT. */
  vanish(): void {
    this.readOn();
    if (this.#isOver) return;
    this.#over();
    this.#socket.close();
  }

  #over(): void {
    this.#isOver = true;
    this.#told.resolve();
  }

  async #readAll(): Promise<void> {
    const parser = mqttPacket.parser({ protocolVersion: this.#version });
    parser.on("packet", (packet) => this.#take(packet));
    parser.on("error", () => this.vanish());
    const buffer = new Uint8Array(READ_BYTES);
    try {
      for (;;) {
        await this.#mayRead?.promise;
        const length = await this.#socket.read(buffer);
        if (length === null || this.#isOver) break;
        parser.parse(Buffer.from(buffer.subarray(0, length)));
      }
    } catch {
      // Reset by the other side or closed by this one: both are its end.
    }
    this.vanish();
  }

  #take(packet: Packet): void {
    if (this.#isOver) return;
    if (this.onPacket !== undefined) return this.onPacket(packet);
    if (this.#heard.length < HEARD_MAX) this.#heard.push(packet);
    this.#told.resolve();
    this.#told = Promise.withResolvers();
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    // What is said in one turn goes out as one write.
    await Promise.resolve();
    try {
      while (this.#unsent.length > 0) {
        const bytes = Buffer.concat(this.#unsent);
        this.#unsent = [];
        for (let at = 0; at < bytes.length;) at += await this.#socket.write(bytes.subarray(at));
      }
    } catch {
      // The reader sees the end of the connection too, and tells it.
    }
    this.#isSending = false;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function within(ms: number, promise: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
