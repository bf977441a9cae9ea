import type { JSHandle, Page } from "playwright-core";
import { decode, type Packet } from "../test_client.ts";

/** What a page is told of the end of a WebSocket. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

interface Opened {
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  readonly received: number[];
  onReceived: () => void;
}

/** A page's own WebSocket, led from here; each call of `send` is a frame. */
export class PageSocket {
  readonly #opened: JSHandle<Opened>;

  private constructor(opened: JSHandle<Opened>) {
    this.#opened = opened;
  }

  /** Resolves when it is open, or else when it is closed. */
  static async open(
    page: Page,
    { url, protocols }: { readonly url: string; readonly protocols: readonly string[] },
  ): Promise<PageSocket> {
    return new PageSocket(
      await page.evaluateHandle(openInPage, { url, protocols: [...protocols] }),
    );
  }

  /** The subprotocol that the server has chosen; empty if none. */
  protocol(): Promise<string> {
    return this.#opened.evaluate(({ socket }) => socket.protocol);
  }

  async send(frame: Uint8Array | string): Promise<void> {
    const content = typeof frame === "string" ? frame : [...frame];
    await this.#opened.evaluate(({ socket }, content) => {
      socket.send(typeof content === "string" ? content : new Uint8Array(content));
    }, content);
  }

  /** Waits until there are so many packets, and answers all that came so far. */
  async packets(count: number, protocolVersion: 4 | 5 = 4): Promise<readonly Packet[]> {
    for (let seen = 0;;) {
      const bytes = await this.#opened.evaluate(async (opened, seen) => {
        while (opened.received.length === seen) {
          await new Promise<void>((resolve) => opened.onReceived = resolve);
        }
        return opened.received;
      }, seen);
      const packets = decode(new Uint8Array(bytes), { protocolVersion });
      if (packets.length >= count) return packets;
      seen = bytes.length;
    }
  }

  closed(): Promise<Closed> {
    return this.#opened.evaluate(({ closed }) => closed);
  }

  async close(): Promise<void> {
    await this.#opened.evaluate(({ socket }) => socket.close());
  }
}

/** In the page. */
async function openInPage(
  { url, protocols }: { readonly url: string; readonly protocols: string[] },
): Promise<Opened> {
  const socket = new WebSocket(url, protocols);
  socket.binaryType = "arraybuffer";
  const isOpen = new Promise<void>((resolve) => socket.onopen = () => resolve());
  const closed = new Promise<Closed>((resolve) => {
    socket.onclose = ({ code, reason, wasClean }) => resolve({ code, reason, wasClean });
  });
  const opened: Opened = { socket, closed, received: [], onReceived: () => {} };
  socket.onmessage = ({ data }) => {
    opened.received.push(...new Uint8Array(data));
    opened.onReceived();
  };
  await Promise.race([isOpen, closed]);
  return opened;
}
