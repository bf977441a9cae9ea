import { EngineUnreachable, type Logger } from "../../actors/mod.ts";
import type { HttpApp } from "./route.ts";

export interface HttpServer {
  /** As clients use it. */
  readonly url: string;
  /** Stops accepting, lets requests finish for a while, then ends them. */
  close(timeoutMs: number): Promise<void>;
}

/** Serves the app; throws EngineUnreachable, naming the port, if it is taken. */
export function serveHttp(
  app: HttpApp,
  options: { readonly hostname: string; readonly port: number; readonly logger: Logger },
): HttpServer {
  const { hostname, port } = options;
  const ended = new AbortController();
  try {
    const server = Deno.serve({
      hostname,
      port,
      signal: ended.signal,
      onListen: () => {},
      onError(error) {
        options.logger.error("request failed", { error: String(error) });
        return new Response(null, { status: 500 });
      },
    }, (request, connection) => {
      const peer = connection.remoteAddr as Deno.NetAddr;
      return app.fetch(request, {
        get remoteAddress() {
          return `${peer.hostname}:${peer.port}`;
        },
      });
    });
    return {
      url: `http://${hostname}:${server.addr.port}`,
      async close(timeoutMs) {
        const late = Promise.withResolvers<void>();
        const timer = setTimeout(late.resolve, timeoutMs);
        await Promise.race([server.shutdown(), late.promise]);
        clearTimeout(timer);
        ended.abort();
      },
    };
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AddrInUse)) throw cause;
    throw new EngineUnreachable(
      `Cannot listen on ${hostname}:${port}: the port is taken, choose another --http-port`,
      { cause },
    );
  }
}
