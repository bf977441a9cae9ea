import { createServer, type Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer, type Server, type TLSSocket } from "node:tls";
import { type Clock, type Logger, ProtocolError } from "../../actors/mod.ts";
import { authorityOf, type Endpoint } from "../listening.ts";
import type { Certificates } from "./certificates.ts";
import { HANDSHAKE_TIMEOUT_MS, HANDSHAKES_MAX } from "./limits.ts";
import { listenOn } from "./listen_on.ts";
import type { Peer, TlsDetails } from "./peer.ts";
import { NO_PROXIES, type Proxies } from "./proxies.ts";
import { takeProxyHeader } from "./proxied_socket.ts";
import { tlsDetails } from "./tls_details.ts";

export type SecurePeer = Peer & { readonly tls: TlsDetails };

export interface TlsFrontOptions extends Endpoint {
  readonly certificates: Certificates;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The handshake is over. */
  readonly onConnection: (socket: TLSSocket, peer: SecurePeer) => void;
  /** A connection was closed without one. */
  readonly onFailure: (reason: string) => void;
  readonly handshakesMax?: number;
  /** Their connections begin with a PROXY header. */
  readonly proxies?: Proxies;
}

/** A connection until its handshake is over. */
interface Newcomer {
  readonly socket: Socket;
  /** The operating system's word, until a proxy says another. */
  remoteAddress: string;
  readonly cancelTimer: () => void;
}

/** One TLS port: certificates by the server's name, and client certificates if they are asked for. */
export class TlsFront {
  readonly #options: TlsFrontOptions;
  readonly #door: NetServer;
  readonly #tls: Server;
  /** By `address:port` of the other end, as the operating system sees it. */
  readonly #newcomers = new Map<string, Newcomer>();
  /** Those that a certificate let in. */
  readonly #certified = new Map<TLSSocket, SecurePeer>();
  readonly #stopWatching: () => void;
  #address = { hostname: "", port: 0 };

  private constructor(options: TlsFrontOptions) {
    const { certificates } = options;
    this.#options = options;
    this.#tls = createTlsServer({
      ...certificates.standard,
      minVersion: "TLSv1.2",
      requestCert: certificates.asksClients,
      // Whether a certificate is good is asked below: those who have none may have a key.
      rejectUnauthorized: false,
      SNICallback: (name, answer) => answer(null, certificates.contextFor(name)),
    }, (socket) => this.#secured(socket));
    this.#tls.on("tlsClientError", (error) => options.onFailure(error.message));
    this.#door = createServer((socket) => this.#accepted(socket));
    this.#stopWatching = certificates.onChange(() => this.#certificatesChanged());
  }

  /** Port 0 takes a free one. Throws EngineUnreachable or UsageError, naming the flag to change. */
  static async open(options: TlsFrontOptions): Promise<TlsFront> {
    const front = new TlsFront(options);
    front.#address = await listenOn(front.#door, options);
    return front;
  }

  get address(): { readonly hostname: string; readonly port: number } {
    return this.#address;
  }

  /** Accepts nothing more; connections whose handshake is over stay as they are. */
  stop(): void {
    this.#stopWatching();
    this.#door.close();
    for (const { socket } of this.#newcomers.values()) socket.destroy();
  }

  #accepted(socket: Socket): void {
    const { onFailure, clock, proxies = NO_PROXIES } = this.#options;
    const { handshakesMax = HANDSHAKES_MAX } = this.#options;
    // Without a listener, an error of one socket would end the process.
    socket.on("error", () => {});
    if (this.#newcomers.size >= handshakesMax) {
      onFailure(`${handshakesMax} handshakes are under way`);
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    const key = keyOf(socket);
    const newcomer: Newcomer = {
      socket,
      remoteAddress: key,
      cancelTimer: clock.schedule(HANDSHAKE_TIMEOUT_MS, () => {
        onFailure(`no handshake within ${HANDSHAKE_TIMEOUT_MS} ms`);
        socket.destroy();
      }),
    };
    this.#newcomers.set(key, newcomer);
    socket.once("close", () => this.#taken(key));
    if (proxies.has(socket.remoteAddress ?? "")) void this.#proxied(newcomer);
    else this.#tls.emit("connection", socket);
  }

  async #proxied(newcomer: Newcomer): Promise<void> {
    const { socket, remoteAddress } = newcomer;
    try {
      const source = await takeProxyHeader(socket);
      if (source !== undefined) newcomer.remoteAddress = authorityOf(source);
      this.#tls.emit("connection", socket);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.logger.warn("connection of a proxy refused", { proxy: remoteAddress, reason });
      this.#options.onFailure(reason);
      socket.destroy();
    }
  }

  #taken(key: string): Newcomer | undefined {
    const newcomer = this.#newcomers.get(key);
    newcomer?.cancelTimer();
    this.#newcomers.delete(key);
    return newcomer;
  }

  #secured(socket: TLSSocket): void {
    socket.on("error", () => {});
    const newcomer = this.#taken(keyOf(socket));
    if (newcomer === undefined) {
      socket.destroy();
      return;
    }
    const { remoteAddress } = newcomer;
    const tls = tlsDetails(socket, this.#options.certificates);
    const peer: SecurePeer = { remoteAddress, transport: "tls", tls };
    if (tls.certificate !== undefined && tls.certificate.refused === undefined) {
      this.#certified.set(socket, peer);
      socket.once("close", () => this.#certified.delete(socket));
    }
    this.#options.onConnection(socket, peer);
  }

  #certificatesChanged(): void {
    const { certificates, logger } = this.#options;
    this.#tls.setSecureContext({ ...certificates.standard });
    for (const [socket, { tls: { certificate }, remoteAddress }] of this.#certified) {
      if (!certificates.isRevoked(socket.getPeerCertificate())) continue;
      logger.info("client certificate revoked", { remoteAddress, subject: certificate?.subject });
      socket.destroy(new ProtocolError("Cannot go on: the client certificate was revoked"));
    }
  }
}

function keyOf({ remoteAddress = "", remotePort = 0 }: Socket): string {
  return authorityOf({ hostname: remoteAddress, port: remotePort });
}
