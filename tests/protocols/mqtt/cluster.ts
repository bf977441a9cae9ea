import {
  ActorRuntime,
  type EventStore,
  InProcessMailbox,
  InProcessRequests,
  ManualClock,
  MessageRecorder,
  newId,
  openInlineEventStore,
  partitionOf,
  PARTITIONS,
  type Requests,
  silentLogger,
} from "../../../actors/mod.ts";
import { ChannelLog, LiveFeed } from "../../../projections/mod.ts";
import { TickingIngress } from "../../../protocols/ingress/mod.ts";
import { type MqttLimits, MqttServer, SharedHost } from "../../../protocols/mqtt/mod.ts";
import { createChannel } from "./created_channel.ts";
import { CHANNEL_A, Installation } from "./installation.ts";
import { KnownSessions } from "./known_sessions.ts";
import { mortal } from "./real_log.ts";

/** Time that passes in one turn of the event loop while a test waits. */
const TURN_MS = 10;

/** One node: an edge, and a host of groups for the partitions that it has. */
export interface ClusterNode {
  readonly name: string;
  readonly server: MqttServer;
  readonly host: SharedHost;
  readonly link: NodeLink;
  /** True once its process was killed. */
  readonly isDead: { value: boolean };
}

/** A node's line to the others: it can be cut, and whoever is killed is cut for ever. */
export class NodeLink implements Requests {
  readonly #requests: Requests;
  readonly #ends: (() => void)[] = [];
  isCut = false;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  ask: Requests["ask"] = async (name, question, options) => {
    if (this.isCut) return undefined;
    const answer = await this.#requests.ask(name, question, options);
    return this.isCut ? await new Promise(() => {}) : answer;
  };

  answer: Requests["answer"] = async (name, reply) =>
    this.#ending(
      await this.#requests.answer(name, async (question) => {
        if (this.isCut) return await new Promise(() => {});
        return await reply(question);
      }),
    );

  tell: Requests["tell"] = (name, message) => {
    if (!this.isCut) this.#requests.tell(name, message);
  };

  listen: Requests["listen"] = async (name, heard) =>
    this.#ending(
      await this.#requests.listen(name, (message) => {
        if (!this.isCut) heard(message);
      }),
    );

  /** Nobody finds its answers any more. */
  die(): void {
    this.isCut = true;
    for (const end of this.#ends.splice(0)) end();
  }

  #ending(end: () => void): () => void {
    this.#ends.push(end);
    return end;
  }
}

/** Several nodes on one log, whose clock goes on while a test waits. */
export class Cluster {
  readonly clock = new ManualClock(Date.UTC(2026, 0, 1, 12));
  readonly store: EventStore;
  readonly installation: Installation;
  readonly known: KnownSessions;
  readonly liveFeed = new LiveFeed();
  readonly nodes: ClusterNode[] = [];
  readonly #ingress: TickingIngress;
  readonly #mailbox: InProcessMailbox;
  readonly #runtime: ActorRuntime;
  readonly #requests: Requests;
  readonly #limits: Partial<MqttLimits>;
  #isClosed = false;
  #ticking: Promise<void>;

  constructor(
    { limits = {}, through = (requests) => requests }: {
      readonly limits?: Partial<MqttLimits>;
      /** What becomes of questions on their way. */
      readonly through?: (requests: Requests, clock: ManualClock) => Requests;
    } = {},
  ) {
    const { clock } = this;
    const ground = { clock, logger: silentLogger, newId };
    this.#limits = limits;
    this.store = openInlineEventStore({ path: ":memory:", nowMs: () => clock.nowMs() });
    this.installation = new Installation(clock);
    this.known = new KnownSessions(this.store);
    this.#requests = through(new InProcessRequests({ clock }), clock);
    this.#runtime = new ActorRuntime({ ...ground, store: this.store });
    this.#mailbox = new InProcessMailbox({ clock });
    const recorder = new MessageRecorder({ store: this.store, runtime: this.#runtime });
    for (let partition = 0; partition < PARTITIONS; partition++) {
      this.#mailbox.consume(partition, (frame) => recorder.record(frame));
    }
    const { retained } = this.installation;
    const mailbox = this.#mailbox;
    this.#ingress = new TickingIngress({ ...ground, mailbox, liveFeed: this.liveFeed, retained });
    this.#ticking = this.#tick();
  }

  /** Nodes by their names; the first has the partition of the channel. */
  static async open(
    names: readonly string[],
    options: ConstructorParameters<typeof Cluster>[0] = {},
  ): Promise<Cluster> {
    const cluster = new Cluster(options);
    await createChannel(cluster.#runtime, CHANNEL_A);
    for (const name of names) cluster.start(name);
    cluster.nodes[0]!.host.acquired(partitionOf(CHANNEL_A));
    return cluster;
  }

  node(name: string): ClusterNode {
    return this.nodes.findLast((node) => node.name === name)!;
  }

  start(name: string): ClusterNode {
    const { clock, liveFeed } = this;
    const isDead = { value: false };
    const store = mortal(this.store, { isDead, isFull: () => false, lateBy: () => 0 });
    const link = new NodeLink(this.#requests);
    const { access, retained, thingKeys, ground: { journal } } = this.installation;
    const ingress = this.#ingress;
    const channelLog = new ChannelLog({ events: store, clock });
    const shared = { clock, logger: silentLogger, newId, store, liveFeed, channelLog };
    const server = new MqttServer({
      ...shared,
      access,
      ingress,
      retained,
      thingKeys,
      journal,
      readModels: this.known.readModels,
      requests: link,
    }, this.#limits);
    const host = new SharedHost({
      ...shared,
      requests: link,
      deliveredThrough: () => ingress.deliveredThrough,
    });
    const node = { name, server, host, link, isDead };
    this.nodes.push(node);
    return node;
  }

  /** The process is gone: nobody hears of it again, and its clients lose their connections. */
  kill(node: ClusterNode): void {
    node.isDead.value = true;
    node.link.die();
  }

  /** The partition goes from one node to the other, as at a planned stop. */
  async handOver(from: ClusterNode, to: ClusterNode): Promise<void> {
    await from.host.released(partitionOf(CHANNEL_A));
    to.host.acquired(partitionOf(CHANNEL_A));
  }

  /** Another node has the partition of one that was killed. */
  takeOver(by: ClusterNode): void {
    by.host.acquired(partitionOf(CHANNEL_A));
  }

  /** Lets time pass. */
  async passes(ms: number): Promise<void> {
    const untilMs = this.clock.nowMs() + ms;
    while (this.clock.nowMs() < untilMs) await new Promise((resolve) => setTimeout(resolve, 0));
  }

  /** Everything that was published is stored and told. */
  async settled(): Promise<void> {
    await this.#ingress.flush();
  }

  async close(): Promise<void> {
    const living = this.nodes.filter(({ isDead }) => !isDead.value);
    for (const { server } of living) await server.close({ timeoutMs: 1_000 });
    for (const { host } of living) await host.close();
    await this.#ingress.flush();
    this.#isClosed = true;
    await this.#ticking;
    await this.#mailbox.close();
    this.#runtime.close();
    await this.known.close();
    await this.store.close();
  }

  async #tick(): Promise<void> {
    while (!this.#isClosed) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.clock.advance(TURN_MS);
    }
  }
}

/** A cluster of its own for one test. */
export async function withCluster(
  names: readonly string[],
  test: (cluster: Cluster) => Promise<void>,
  options: ConstructorParameters<typeof Cluster>[0] = {},
): Promise<void> {
  const cluster = await Cluster.open(names, options);
  try {
    await test(cluster);
  } finally {
    await cluster.close();
  }
}
