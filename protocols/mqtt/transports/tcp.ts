import { authorityOf, listenError } from "../../listening.ts";
import type { Listening, PortGround } from "./listening.ts";
import { behindProxy } from "./proxied.ts";

/** Wait after a failed accept (no file descriptors left, say) before the next one. */
const ACCEPT_RETRY_MS = 100;
/** Failures in a row of which one is logged: every 10 s while there is no file descriptor left. */
const ACCEPT_FAILURES_LOGGED = 100;

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
  let failures = 0;
  const accept = async (): Promise<void> => {
    while (!stopped) {
      try {
        acceptOne(await listener.accept(), ground);
        failures = 0;
      } catch (error) {
        if (stopped) return;
        if (failures++ % ACCEPT_FAILURES_LOGGED === 0) {
          // Most often the limit of open files, which is the operator's to raise.
          ground.logger.error("mqtt connections not accepted", { error: String(error), failures });
        }
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

function acceptOne(connection: Deno.TcpConn, ground: PortGround): void {
  connection.setNoDelay(true);
  // MQTT's own keep alive may be 0, and then only TCP notices a peer that lost its power.
  connection.setKeepAlive(true);
  const { remoteAddr } = connection;
  if (ground.proxies.has(remoteAddr.hostname)) {
    void acceptProxied(connection, ground);
    return;
  }
  ground.onConnection(connection, { remoteAddress: authorityOf(remoteAddr), transport: "tcp" });
}

async function acceptProxied(connection: Deno.TcpConn, ground: PortGround): Promise<void> {
  const { clock, logger, counters, onConnection } = ground;
  const { remoteAddr } = connection;
  try {
    const { stream, source = remoteAddr } = await behindProxy(connection, clock);
    onConnection(stream, { remoteAddress: authorityOf(source), transport: "tcp" });
  } catch (error) {
    counters.handshakesFailed++;
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn("connection of a proxy refused", { proxy: authorityOf(remoteAddr), reason });
    closeQuietly(connection);
  }
}

/** It may be closed already, by its peer or because it was late. */
function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
