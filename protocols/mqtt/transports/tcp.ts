import { authorityOf, listenError } from "../../listening.ts";
import type { Listening, PortGround } from "./listening.ts";

/** Wait after a failed accept (no file descriptors left, say) before the next one. */
const ACCEPT_RETRY_MS = 100;

/** Port 0 takes a free one. Throws EngineUnreachable or UsageError, naming the flag to change. */
export function listenTcp(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  ground: PortGround,
): Listening {
  try {
    return accepting(Deno.listen({ hostname, port }), ground);
  } catch (cause) {
    throw listenError(cause, { hostname, port, portFlag: "--mqtt-port" });
  }
}

function accepting(listener: Deno.TcpListener, ground: PortGround): Listening {
  let stopped = false;
  const accept = async (): Promise<void> => {
    while (!stopped) {
      try {
        acceptOne(await listener.accept(), ground);
      } catch (error) {
        if (stopped) return;
        ground.logger.error("mqtt connection not accepted", { error: String(error) });
        await new Promise<void>((resolve) => ground.clock.schedule(ACCEPT_RETRY_MS, resolve));
      }
    }
  };
  const accepted = accept();
  const { hostname, port } = listener.addr;
  return {
    address: { hostname, port },
    async stop() {
      stopped = true;
      listener.close();
      await accepted;
    },
  };
}

function acceptOne(connection: Deno.TcpConn, { onConnection }: PortGround): void {
  connection.setNoDelay(true);
  // MQTT's own keep alive may be 0, and then only TCP notices a peer that lost its power.
  connection.setKeepAlive(true);
  const remoteAddress = authorityOf(connection.remoteAddr);
  onConnection(connection, { remoteAddress, transport: "tcp" });
}
