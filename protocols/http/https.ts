import { connect, type Socket } from "node:net";
import type { Clock, Logger } from "../../actors/mod.ts";
import { authorityOf } from "../listening.ts";
import { type Certificates, TlsFront } from "../sockets/mod.ts";
import { HTTPS_CONNECTIONS_MAX } from "./limits.ts";
import type { HttpServer } from "./server.ts";

export interface HttpsServer {
  /** As clients use it. */
  readonly url: string;
  /** Accepts nothing more. Connections end with those of the HTTP port that they lead to. */
  stop(): void;
}

/**
 * Opens the HTTPS port: ends TLS, and leads each connection on to the HTTP port, which learns whose
 * it is. Deno.serve can neither change its certificate while it runs nor choose one by name, and
 * node:https serves a fraction of its requests. Throws EngineUnreachable or UsageError, naming the
 * flag to change.
 */
export async function serveHttps(
  http: HttpServer,
  options: {
    readonly hostname: string;
    readonly port: number;
    readonly certificates: Certificates;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): Promise<HttpsServer> {
  const { hostname, logger } = options;
  let openCount = 0;
  const front = await TlsFront.open({
    ...options,
    portFlag: "--https-port",
    onFailure: (reason) => logger.debug("https connection without a handshake", { reason }),
    onConnection(outer, peer) {
      if (openCount >= HTTPS_CONNECTIONS_MAX) {
        outer.destroy();
        return;
      }
      openCount++;
      const inner = connect({ host: reachable(http.address.hostname), port: http.address.port });
      inner.setNoDelay(true);
      inner.once("connect", () => {
        const key = authorityOf({ hostname: inner.localAddress!, port: inner.localPort! });
        // Before the first byte goes: whoever asks by this address is the peer behind TLS.
        http.relayed.set(key, peer);
        inner.once("close", () => http.relayed.delete(key));
        outer.pipe(inner).pipe(outer);
      });
      joinEnds(outer, inner, () => openCount--);
    },
  });
  return {
    url: `https://${authorityOf({ hostname, port: front.address.port })}`,
    stop: () => front.stop(),
  };
}

/** What ends one of them ends the other, once what is on its way has arrived. */
function joinEnds(outer: Socket, inner: Socket, onClosed: () => void): void {
  inner.on("error", () => outer.destroy());
  outer.on("error", () => inner.destroy());
  inner.once("close", () => outer.destroySoon());
  outer.once("close", () => {
    inner.destroySoon();
    onClosed();
  });
}

/** Where a server that listens everywhere is reached from this machine. */
function reachable(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  return hostname === "::" ? "::1" : hostname;
}
