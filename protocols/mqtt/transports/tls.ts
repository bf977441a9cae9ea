import { type Certificates, TlsFront } from "../../sockets/mod.ts";
import type { Listening, PortGround } from "./listening.ts";
import { SocketStream } from "./socket_stream.ts";

/** Port 0 takes a free one. Throws EngineUnreachable or UsageError, naming the flag to change. */
export async function listenTls(
  { hostname, port, certificates }: {
    readonly hostname: string;
    readonly port: number;
    readonly certificates: Certificates;
  },
  ground: PortGround,
): Promise<Listening> {
  const { clock, logger, counters, proxies, onConnection } = ground;
  const front = await TlsFront.open({
    hostname,
    port,
    portFlag: "--mqtts-port",
    certificates,
    clock,
    logger,
    proxies,
    onConnection: (socket, peer) => onConnection(new SocketStream(socket), peer),
    onFailure(reason) {
      counters.handshakesFailed++;
      logger.debug("mqtt connection without a handshake", { reason });
    },
  });
  return {
    address: front.address,
    // deno-lint-ignore require-await -- others have to wait for their listeners
    async stop() {
      front.stop();
    },
  };
}
