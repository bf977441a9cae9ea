import assert from "node:assert/strict";

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** A WebSocket client that frames as it is told to (RFC 6455, section 5.2). */
export class RawWebSocket {
  readonly #connection: Deno.TcpConn;
  #bytes = new Uint8Array(0);

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** The answer's head, and the client if the WebSocket is open. */
  static async open(
    port: number,
    headers: Readonly<Record<string, string>> = { "sec-websocket-protocol": "mqtt" },
  ): Promise<{ readonly head: string; readonly socket: RawWebSocket }> {
    const socket = new RawWebSocket(await Deno.connect({ hostname: "127.0.0.1", port }));
    const asked = {
      host: `127.0.0.1:${port}`,
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      "sec-websocket-version": "13",
      ...headers,
    };
    const lines = Object.entries(asked).map(([name, value]) => `${name}: ${value}\r\n`);
    await socket.#write(new TextEncoder().encode(`GET /mqtt HTTP/1.1\r\n${lines.join("")}\r\n`));
    let head = "";
    while (!head.endsWith("\r\n\r\n")) {
      head += new TextDecoder().decode(await socket.#taken(1));
    }
    return { head, socket };
  }

  /** A masked frame; the last of its message unless told otherwise. */
  async send(opcode: number, payload: Uint8Array, { isLast = true } = {}): Promise<void> {
    const length = payload.length < 126
      ? [0x80 | payload.length]
      : [0x80 | 126, payload.length >> 8, payload.length & 0xff];
    assert.ok(payload.length < 65_536);
    const mask = crypto.getRandomValues(new Uint8Array(4));
    const masked = payload.map((byte, index) => byte ^ mask[index % 4]!);
    const first = (isLast ? 0x80 : 0) | opcode;
    await this.#write(new Uint8Array([first, ...length, ...mask, ...masked]));
  }

  /** The next frame; undefined once the connection is closed. */
  async next(): Promise<Frame | undefined> {
    const head = await this.#taken(2);
    if (head.length < 2) return undefined;
    let length = head[1]! & 0x7f;
    if (length === 126) {
      const [high, low] = await this.#taken(2);
      length = high! << 8 | low!;
    } else if (length === 127) {
      const large = await this.#taken(8);
      length = Number(new DataView(large.buffer).getBigUint64(0));
    }
    return { opcode: head[0]! & 0x0f, payload: await this.#taken(length) };
  }

  close(): void {
    this.#connection.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  /** Fewer bytes if the connection ends before. */
  async #taken(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const chunk = new Uint8Array(65_536);
    while (this.#bytes.length < count) {
      const read = await this.#connection.read(chunk).catch(() => null);
      if (read === null) break;
      const joined = new Uint8Array(this.#bytes.length + read);
      joined.set(this.#bytes);
      joined.set(chunk.subarray(0, read), this.#bytes.length);
      this.#bytes = joined;
    }
    const taken = this.#bytes.slice(0, count);
    this.#bytes = this.#bytes.slice(count);
    return taken;
  }
}
