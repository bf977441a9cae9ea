import type { Peer } from "../sockets/mod.ts";
import { openedOne } from "./counters.ts";
import type { HttpGround } from "./ground.ts";
import { WEBSOCKET_IDLE_SECONDS, WEBSOCKETS_MAX } from "./limits.ts";
import { HttpProblem } from "./problem.ts";
import { type PeerBindings, remoteAddressOf } from "./request.ts";
import type { HttpApp, HttpContext, RouteGroup } from "./route.ts";

/** A path at which clients speak something else than HTTP. */
export interface WebSocketPath {
  readonly path: string;
  readonly summary: string;
  /** Subprotocols (RFC 6455, section 1.9); the client must offer one of them. */
  readonly protocols: readonly string[];
  /** Called when the WebSocket is open. */
  readonly onOpened: (socket: WebSocket, peer: Peer) => void;
}

/** Opens WebSockets at a path, for whoever speaks its subprotocols. */
export function webSocketRoute(served: WebSocketPath): RouteGroup {
  const { path, summary } = served;
  return (app: HttpApp, { logger, counters: { webSockets } }: HttpGround) => {
    app.get(path, (context) => {
      const protocol = chosenProtocol(context, served);
      if (webSockets.open >= WEBSOCKETS_MAX) {
        throw new HttpProblem(503, `Cannot open another WebSocket: ${WEBSOCKETS_MAX} are open`);
      }
      const { socket, response } = upgraded(context, protocol);
      const peer = peerOf(context);
      const counted = openedOne(webSockets);
      socket.onopen = () => served.onOpened(socket, peer);
      // Listeners, because what speaks on the socket sets the handlers. A socket that never opened
      // closes as well.
      socket.addEventListener("close", counted);
      socket.addEventListener("error", (event) => {
        logger.debug("websocket broke", { error: (event as ErrorEvent).message });
      });
      return response;
    });
    app.openAPIRegistry.registerPath({
      method: "get",
      path,
      tags: [path.split("/")[1]!],
      summary,
      responses: { 101: { description: "the WebSocket is open" } },
    });
  };
}

function chosenProtocol(context: HttpContext, { path, protocols }: WebSocketPath): string {
  if (context.req.header("upgrade")?.toLowerCase() !== "websocket") {
    throw new HttpProblem(426, `Cannot serve '${path}' by HTTP alone: a WebSocket is needed`, {
      headers: { upgrade: "websocket" },
    });
  }
  // RFC 6455, section 4.2.2.
  if (context.req.header("sec-websocket-version") !== "13") {
    throw new HttpProblem(426, "Cannot open the WebSocket: its version must be 13", {
      headers: { "sec-websocket-version": "13" },
    });
  }
  const offered = (context.req.header("sec-websocket-protocol") ?? "").split(",")
    .map((each) => each.trim());
  const chosen = protocols.find((each) => offered.includes(each));
  if (chosen !== undefined) return chosen;
  throw new HttpProblem(
    400,
    `Cannot open the WebSocket: Sec-WebSocket-Protocol must offer ${
      protocols.map((each) => `'${each}'`).join(" or ")
    }`,
    "Sec-WebSocket-Protocol",
  );
}

function upgraded(context: HttpContext, protocol: string): Deno.WebSocketUpgrade {
  try {
    const upgrade = Deno.upgradeWebSocket(context.req.raw, {
      idleTimeout: WEBSOCKET_IDLE_SECONDS,
    });
    // Named here, because Deno finds it only in lists with a blank after each comma.
    upgrade.response.headers.set("sec-websocket-protocol", protocol);
    return upgrade;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new HttpProblem(400, `Cannot open the WebSocket: ${error.message}`);
  }
}

function peerOf(context: HttpContext): Peer {
  const { tls } = context.env as PeerBindings;
  const remoteAddress = remoteAddressOf(context);
  if (tls === undefined) return { remoteAddress, transport: "websocket" };
  return { remoteAddress, transport: "websocket over tls", tls };
}
