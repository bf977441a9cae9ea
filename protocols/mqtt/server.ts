import { UsageError } from "../../actors/mod.ts";
import { type Certificates, NO_PROXIES, type Proxies } from "../sockets/mod.ts";
import {
  Admission,
  DurablePlaces,
  RefusedConnects,
  ScramVerifiers,
  TokenBuckets,
} from "./admission/mod.ts";
import { ClientsOfNodes } from "./clients_of_nodes.ts";
import type { Carried } from "./carried.ts";
import { type ByteStream, serveConnection } from "./connection.ts";
import { ReasonCode } from "./codec/mod.ts";
import { type MqttCounters, newCounters } from "./counters.ts";
import {
  CatchUpTurns,
  PublishFrames,
  type SharedGround,
  SharedGroups,
  type SharedSubscriptions,
} from "./outgoing/mod.ts";
import { RemoteGroups } from "./sharing/mod.ts";
import { AbandonedSessions, DelayedWills, ExpiredSessions } from "./keeping/mod.ts";
import type { MqttGround, MqttServerGround } from "./ground.ts";
import { MQTT_LIMITS, type MqttLimits } from "./limits.ts";
import { OpenSessions } from "./open_sessions.ts";
import { PacketRecorder } from "./recorder/mod.ts";
import type { Peer } from "./peer.ts";
import type { MqttSession } from "./session.ts";
import { type Listening, listenTcp, listenTls, WebSocketStream } from "./transports/mod.ts";

type Address = Listening["address"];

/** Accepts connections and serves them. */
export class MqttServer {
  readonly #ground: MqttGround;
  readonly #sessions = new Set<MqttSession>();
  readonly #connections = new Set<Promise<void>>();
  readonly #listeners: Listening[] = [];
  readonly #expired: ExpiredSessions;
  readonly #abandoned: AbandonedSessions;
  #waiting = 0;
  #closing = false;

  constructor(ground: MqttServerGround, smaller: Partial<MqttLimits> = {}) {
    const counters = newCounters();
    const limits = { ...MQTT_LIMITS, ...smaller };
    const turns = new CatchUpTurns();
    const startedMs = ground.clock.nowMs();
    const { publishesPerSecondMax: perSecond, durableSessionsPerThingMax } = limits;
    const startPosition = ground.ingress.deliveredThrough;
    const sessions = new OpenSessions(ground.access);
    const delayedWills = new DelayedWills(ground.clock);
    const { requests, logger } = ground;
    this.#ground = {
      ...ground,
      limits,
      counters,
      admission: new Admission({ ...ground, limits, counters }),
      durablePlaces: new DurablePlaces({ ...ground, startPosition }, durableSessionsPerThingMax),
      publishRates: perSecond === 0 ? undefined : new TokenBuckets({ ...ground, perSecond }),
      sessions,
      delayedWills,
      clients: requests && new ClientsOfNodes({ requests, sessions, delayedWills, logger }),
      shared: sharedBy({ ...ground, turns, startedMs }),
      turns,
      startPosition,
      startedMs,
      frames: new PublishFrames(ground.access),
      refusedConnects: new RefusedConnects({ ...ground, counters }),
      scramVerifiers: new ScramVerifiers(ground),
      recorder: new PacketRecorder({
        clock: ground.clock,
        onChange: () => this.#sessions.forEach((session) => session.retap()),
      }),
    };
    this.#expired = new ExpiredSessions(this.#ground);
    this.#abandoned = new AbandonedSessions(this.#ground);
  }

  get counters(): Readonly<MqttCounters> {
    return this.#ground.counters;
  }

  /** What the open connections of a thing have carried so far, by session id. */
  carriedBy(thingId: string): ReadonlyMap<string, Carried> {
    const carried = [...this.#sessions].map((session) => session.carriedFor(thingId));
    return new Map(carried.filter((each) => each !== undefined));
  }

  /** Keeps the packets of a thing for those who ask. */
  get recorder(): PacketRecorder {
    return this.#ground.recorder;
  }

  /** Where the server listened first. */
  get address(): Address {
    const [first] = this.#listeners;
    if (first === undefined) throw new UsageError("Cannot tell the address: not listening");
    return first.address;
  }

  /**
   * By TCP [MQTT-7.1.1-1] [MQTT5-4.2.0-1]. Port 0 takes a free one. Throws EngineUnreachable or
   * UsageError, naming the flag to change.
   */
  listen(at: Address & { readonly proxies?: Proxies }): Address {
    return this.#listening(listenTcp(at, this.#portGround(at)));
  }

  /** By TLS, else as {@link listen}. */
  async listenTls(
    at: Address & { readonly certificates: Certificates; readonly proxies?: Proxies },
  ): Promise<Address> {
    return this.#listening(await listenTls(at, this.#portGround(at)));
  }

  /** Discards sessions whose clients did not come back in time, from now on. */
  sweepExpired(): void {
    this.#expired.begin();
  }

  /** Ends in the log the connections that processes of before left open there, from now on. */
  endAbandoned(): void {
    void this.#abandoned.begin();
  }

  /** Serves an open WebSocket. */
  attachWebSocket(socket: WebSocket, peer: Peer): void {
    this.attach(new WebSocketStream(socket, this.#ground.clock), peer);
  }

  /** Serves a connection that came another way, under the same bounds. */
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
    await Promise.all(this.#listeners.splice(0).map((listening) => listening.stop()));
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
    await Promise.race([this.#ground.shared.settled(), late.promise]);
    this.#ground.shared.close();
    cancel();
    this.#abandoned.close();
    await this.#expired.close();
    this.#ground.refusedConnects.flush();
    this.#ground.recorder.close();
    this.#ground.delayedWills.close();
    this.#ground.sessions.close();
  }

  #listening(listening: Listening): Address {
    this.#listeners.push(listening);
    return listening.address;
  }

  #portGround({ proxies = NO_PROXIES }: { readonly proxies?: Proxies }) {
    const { clock, logger, counters } = this.#ground;
    return {
      proxies,
      clock,
      logger,
      counters,
      onConnection: (stream: ByteStream, peer: Peer) => this.attach(stream, peer),
    };
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

/** Among several nodes whoever has the partition of a channel hosts its groups. */
function sharedBy(
  ground: MqttServerGround & Omit<SharedGround, "deliveredThrough">,
): SharedSubscriptions {
  const { requests, ingress } = ground;
  const deliveredThrough = () => ingress.deliveredThrough;
  return requests === undefined
    ? new SharedGroups({ ...ground, deliveredThrough })
    : new RemoteGroups({ ...ground, requests, deliveredThrough });
}
