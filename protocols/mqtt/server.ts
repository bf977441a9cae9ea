import { UsageError } from "../../actors/mod.ts";
import { authorityOf, listenError } from "../listening.ts";
import { type ByteStream, serveConnection } from "./connection.ts";
import { ReasonCode } from "./codec/mod.ts";
import { type MqttCounters, newCounters } from "./counters.ts";
import { PublishFrames } from "./delivery.ts";
import type { MqttGround, MqttServerGround } from "./ground.ts";
import { MQTT_LIMITS, type MqttLimits } from "./limits.ts";
import { OpenSessions } from "./open_sessions.ts";
import { RefusedConnects } from "./refused_connects.ts";
import type { Peer } from "./peer.ts";
import type { MqttSession } from "./session.ts";
import { SharedGroups } from "./shared_groups.ts";

/** Wait after a failed accept (no file descriptors left, say) before the next one. */
const ACCEPT_RETRY_MS = 100;

/** Accepts connections and serves them. */
export class MqttServer {
  readonly #ground: MqttGround;
  readonly #sessions = new Set<MqttSession>();
  readonly #connections = new Set<Promise<void>>();
  #listener: Deno.TcpListener | undefined;
  #accepting: Promise<void> | undefined;
  #waiting = 0;
  #closing = false;

  constructor(ground: MqttServerGround, limits: Partial<MqttLimits> = {}) {
    const counters = newCounters();
    this.#ground = {
      ...ground,
      limits: { ...MQTT_LIMITS, ...limits },
      counters,
      sessions: new OpenSessions(ground.access),
      shared: new SharedGroups(ground.liveFeed),
      frames: new PublishFrames(ground.access),
      refusedConnects: new RefusedConnects({ ...ground, counters }),
    };
  }

  get counters(): Readonly<MqttCounters> {
    return this.#ground.counters;
  }

  /** Where `listen` listens. */
  get address(): { readonly hostname: string; readonly port: number } {
    if (this.#listener === undefined) {
      throw new UsageError("Cannot tell the address: not listening");
    }
    const { hostname, port } = this.#listener.addr;
    return { hostname, port };
  }

  /** Port 0 takes a free one. Throws EngineUnreachable or UsageError, naming the flag to change. */
  listen({ hostname, port }: { readonly hostname: string; readonly port: number }): void {
    try {
      this.#listener = Deno.listen({ hostname, port });
    } catch (cause) {
      throw listenError(cause, { hostname, port, portFlag: "--mqtt-port" });
    }
    this.#accepting = this.#accept(this.#listener);
  }

  /** Serves a connection that came another way (TLS, WebSocket), under the same bounds. */
  attach(stream: ByteStream, peer: Peer): void {
    const { counters, limits } = this.#ground;
    const full = counters.connectionsOpen >= limits.connectionsMax ||
      this.#waiting >= limits.connectionsWaitingMax;
    if (full || this.#closing) {
      counters.connectionsTurnedAway++;
      stream.close();
      return;
    }
    const connection = this.#serve(stream, peer);
    this.#connections.add(connection);
    void connection.then(() => this.#connections.delete(connection));
  }

  /** Stops accepting and reading, acknowledges what becomes durable, then ends all connections. */
  async close({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    this.#closing = true;
    this.#listener?.close();
    this.#listener = undefined;
    await this.#accepting;
    const late = Promise.withResolvers<void>();
    const cancel = this.#ground.clock.schedule(timeoutMs, late.resolve);
    await Promise.race([
      Promise.all([...this.#sessions].map((session) => session.drain())),
      late.promise,
    ]);
    for (const session of [...this.#sessions]) {
      session.end("the server stops", { reasonCode: ReasonCode.serverShuttingDown });
    }
    await Promise.all(this.#connections);
    cancel();
    this.#ground.refusedConnects.flush();
    this.#ground.sessions.close();
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    while (!this.#closing) {
      try {
        const connection = await listener.accept();
        connection.setNoDelay(true);
        // MQTT's own keep alive may be 0, and then only TCP notices a peer that lost its power.
        connection.setKeepAlive(true);
        this.attach(connection, {
          remoteAddress: authorityOf(connection.remoteAddr),
          transport: "tcp",
        });
      } catch (error) {
        if (this.#closing) return;
        this.#ground.logger.error("mqtt connection not accepted", { error: String(error) });
        await new Promise<void>((resolve) => {
          this.#ground.clock.schedule(ACCEPT_RETRY_MS, resolve);
        });
      }
    }
  }

  async #serve(stream: ByteStream, peer: Peer): Promise<void> {
    const { counters } = this.#ground;
    counters.connectionsAccepted++;
    counters.connectionsOpen++;
    this.#waiting++;
    let session: MqttSession | undefined;
    let isOpen = false;
    await serveConnection(stream, {
      ground: this.#ground,
      peer,
      onStarted: (started) => this.#sessions.add(session = started),
      onOpened: () => {
        isOpen = true;
        this.#waiting--;
      },
    });
    if (session !== undefined) this.#sessions.delete(session);
    if (!isOpen) this.#waiting--;
    counters.connectionsOpen--;
  }
}
