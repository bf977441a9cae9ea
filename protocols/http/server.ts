import type { Logger } from "../../actors/mod.ts";
import { authorityOf, listenError } from "../listening.ts";
import type { SecurePeer } from "../sockets/mod.ts";
import type { PeerBindings } from "./request.ts";
import type { HttpApp } from "./route.ts";

export interface HttpServer {
  /** As clients use it. */
  readonly url: string;
  readonly address: { readonly hostname: string; readonly port: number };
  /** Who connections come from that another port led here, by the address that they seem to come from. */
  readonly relayed: Map<string, SecurePeer>;
  /** Stops accepting, lets requests finish for a while, then ends those that stream. */
  close(timeoutMs: number): Promise<void>;
}

/** Answers that may go on for ever; the body of any other must not be touched, which would slow it. */
const STREAMED = /event-stream|ndjson|jsonl|octet-stream/;

/** What connections get to close after their streams were ended. */
const LAST_WAIT_MS = 100;

/** Serves the app; throws EngineUnreachable or UsageError, naming the flag to change. */
export function serveHttp(
  app: HttpApp,
  options: { readonly hostname: string; readonly port: number; readonly logger: Logger },
): HttpServer {
  const { hostname, port } = options;
  // Deno's own `signal` cannot follow a `shutdown`: it fails with an error that nobody can catch.
  const ending = new AbortController();
  const relayed = new Map<string, SecurePeer>();
  const handle = async (request: Request, peer: Deno.NetAddr): Promise<Response> => {
    const remoteAddress = authorityOf(peer);
    const bindings: PeerBindings = relayed.get(remoteAddress) ?? { remoteAddress };
    return endable(await app.fetch(request, bindings), ending.signal);
  };
  try {
    const server = Deno.serve({
      hostname,
      port,
      onListen: () => {},
      onError(error) {
        options.logger.error("request failed", { error: String(error) });
        return new Response(null, { status: 500 });
      },
    }, (request, connection) => handle(request, connection.remoteAddr as Deno.NetAddr));
    return {
      relayed,
      address: { hostname, port: server.addr.port },
      url: `http://${authorityOf({ hostname, port: server.addr.port })}`,
      async close(timeoutMs) {
        const timer = setTimeout(() => ending.abort(), timeoutMs);
        // A handler that never answers cannot be ended: it is left to the end of the process.
        const late = new Promise<void>((resolve) => {
          ending.signal.addEventListener("abort", () => setTimeout(resolve, LAST_WAIT_MS));
        });
        await Promise.race([server.shutdown(), late]);
        clearTimeout(timer);
      },
    };
  } catch (cause) {
    throw listenError(cause, { hostname, port, portFlag: "--http-port" });
  }
}

function endable(response: Response, signal: AbortSignal): Response {
  if (!STREAMED.test(response.headers.get("content-type") ?? "")) return response;
  if (response.body === null) return response;
  return new Response(response.body.pipeThrough(new TransformStream(), { signal }), response);
}
