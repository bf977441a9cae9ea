/**
 * Carries bytes between the port that clients know and the server behind it. A restart breaks the
 * connections here: ended from inside, HTTP/2 would say goodbye first, which a crash does not.
 */
export class Relay {
  readonly #targetPort: number;
  readonly #open = new Set<Deno.TcpConn>();
  #listener: Deno.TcpListener;
  #accepting: Promise<void>;
  readonly port: number;

  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#listener = listening(0);
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#accepting = this.#accept();
  }

  /** Nothing more is accepted, and what is connected is cut off. */
  async stop(): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) closed(connection);
    this.#open.clear();
    // The port is free only then.
    await this.#accepting;
  }

  start(): void {
    this.#listener = listening(this.port);
    this.#accepting = this.#accept();
  }

  async #accept(): Promise<void> {
    // A closed listener ends the loop.
    for await (const connection of this.#listener) {
      void this.#carry(connection);
    }
  }

  async #carry(connection: Deno.TcpConn): Promise<void> {
    const target = await Deno.connect({ hostname: "127.0.0.1", port: this.#targetPort });
    for (const end of [connection, target]) {
      // As both ends set it themselves: else bursts wait for acknowledgements that are put off.
      end.setNoDelay();
      this.#open.add(end);
    }
    await Promise.allSettled([
      connection.readable.pipeTo(target.writable),
      target.readable.pipeTo(connection.writable),
    ]);
    for (const end of [connection, target]) {
      this.#open.delete(end);
      closed(end);
    }
  }
}

function listening(port: number): Deno.TcpListener {
  return Deno.listen({ hostname: "127.0.0.1", port });
}

function closed(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    // The other side was quicker.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
