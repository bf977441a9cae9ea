import { setImmediate } from "node:timers";
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
  type Random,
  type Requests,
  silentLogger,
} from "../../../../actors/mod.ts";
import { ChannelLog, LiveFeed, type LiveMessage } from "../../../../projections/mod.ts";
import { TickingIngress } from "../../../../protocols/ingress/mod.ts";
import type { SharedHanding, SharedMember } from "../../../../protocols/mqtt/outgoing/mod.ts";
import { RemoteGroups, SharedHost } from "../../../../protocols/mqtt/sharing/mod.ts";
import { createChannel } from "../created_channel.ts";
import { CHANNEL_A, DOMAIN, THING_1 } from "../installation.ts";
import { mortal } from "../real_log.ts";
import { LossyRequests } from "./lossy_requests.ts";

export const KEY = { domainId: DOMAIN, share: "g", filter: "f", channelId: CHANNEL_A } as const;
const TURN_MS = 20;

/** What became of one message at all members. */
export interface Fate {
  readonly text: string;
  readonly qos: 1 | 2;
  acknowledged: number;
  /** Of QoS 2: on its way to a client. */
  sent: number;
}

interface Pending {
  readonly fate: Fate;
  readonly handing: SharedHanding;
}

/** A client without MQTT: it takes, and acknowledges when it is told to. */
export class SimulatedMember implements SharedMember {
  readonly window: number;
  readonly isReady = true;
  readonly heard: string[] = [];
  readonly #fates: ReadonlyMap<string, Fate>;
  #pending: Pending[] = [];
  isGone = false;

  constructor(fates: ReadonlyMap<string, Fate>, window: number) {
    this.#fates = fates;
    this.window = window;
  }

  get pending(): number {
    return this.#pending.length;
  }

  room(): Promise<void> {
    return Promise.resolve();
  }

  *underWay(): Iterable<SharedHanding> {
    for (const { handing } of this.#pending) yield handing;
  }

  deliverShared(message: LiveMessage, _terms: unknown, handing?: SharedHanding): void {
    const text = new TextDecoder().decode(message.payload);
    const fate = this.#fates.get(text);
    if (handing === undefined || fate === undefined) return;
    if (this.isGone) return handing.onUndelivered();
    this.heard.push(text);
    this.#pending.push({ fate, handing });
  }

  /** Some of what it has: of QoS 1 the client acknowledges it, of QoS 2 it goes to the client. */
  takes(which: () => boolean): void {
    const [now, later] = [[] as Pending[], [] as Pending[]];
    for (const each of this.#pending) (which() ? now : later).push(each);
    this.#pending = later;
    for (const { fate, handing } of now) {
      if (handing.qos === 2) fate.sent++;
      fate.acknowledged++;
      handing.onSettled?.();
    }
  }

  leaves(): void {
    this.isGone = true;
    for (const { handing } of this.#pending.splice(0)) handing.onUndelivered();
  }
}

export interface SimulatedNode {
  readonly requests: LossyRequests;
  readonly groups: RemoteGroups;
  readonly host: SharedHost;
  readonly isDead: { value: boolean };
  readonly members: Map<SimulatedMember, (awaySeconds?: number) => void>;
}

/** Nodes with members of one group, on one log, over lines that lose and repeat. */
export class SharingWorld {
  readonly clock = new ManualClock(Date.UTC(2026, 0, 1, 12));
  readonly fates = new Map<string, Fate>();
  readonly nodes: SimulatedNode[] = [];
  readonly #random: Random;
  readonly store: EventStore;
  readonly #liveFeed = new LiveFeed();
  readonly #requests: Requests;
  readonly #ingress: TickingIngress;
  readonly #mailbox: InProcessMailbox;
  readonly #runtime: ActorRuntime;

  private constructor(random: Random) {
    const { clock } = this;
    const ground = { clock, logger: silentLogger, newId };
    this.#random = random;
    this.store = openInlineEventStore({ path: ":memory:", nowMs: () => clock.nowMs() });
    const store = this.store;
    this.#requests = new InProcessRequests({ clock });
    this.#runtime = new ActorRuntime({ ...ground, store });
    this.#mailbox = new InProcessMailbox({ clock });
    const recorder = new MessageRecorder({ store, runtime: this.#runtime });
    for (let partition = 0; partition < PARTITIONS; partition++) {
      this.#mailbox.consume(partition, (frame) => recorder.record(frame));
    }
    this.#ingress = new TickingIngress({
      ...ground,
      mailbox: this.#mailbox,
      liveFeed: this.#liveFeed,
      retained: { remember: () => {} },
    });
  }

  static async open(random: Random): Promise<SharingWorld> {
    const world = new SharingWorld(random);
    await createChannel(world.#runtime, CHANNEL_A);
    return world;
  }

  start(): SimulatedNode {
    const { clock } = this;
    const isDead = { value: false };
    const store = mortal(this.store, { isDead, isFull: () => false, lateBy: () => 0 });
    const requests = new LossyRequests(this.#requests, { clock, random: this.#random });
    const ground = {
      requests,
      store,
      clock,
      newId,
      logger: silentLogger,
      liveFeed: this.#liveFeed,
      channelLog: new ChannelLog({ events: store, clock }),
      deliveredThrough: () => this.#ingress.deliveredThrough,
    };
    const [groups, host] = [new RemoteGroups(ground), new SharedHost(ground)];
    const node = { requests, groups, host, isDead, members: new Map() };
    this.nodes.push(node);
    return node;
  }

  kill(node: SimulatedNode): void {
    node.isDead.value = true;
    node.requests.die();
    node.groups.close();
    node.members.clear();
  }

  join(node: SimulatedNode, window = 4): SimulatedMember {
    const member = new SimulatedMember(this.fates, window);
    const terms = { maximumQos: 2 } as const;
    node.members.set(member, node.groups.join(KEY, { member, terms, subtopicFilter: "#" }));
    return member;
  }

  leave(node: SimulatedNode, member: SimulatedMember): void {
    const leave = node.members.get(member)!;
    node.members.delete(member);
    leave(0);
    member.leaves();
  }

  has(node: SimulatedNode): void {
    node.host.acquired(partitionOf(CHANNEL_A));
  }

  async hasNoMore(node: SimulatedNode): Promise<void> {
    await node.host.released(partitionOf(CHANNEL_A));
  }

  publish(qos: 1 | 2): void {
    const text = `${this.fates.size}`;
    this.fates.set(text, { text, qos, acknowledged: 0, sent: 0 });
    const source = new TextEncoder().encode(text);
    const route = this.#ingress.route(CHANNEL_A, "", {
      publisher: THING_1,
      protocol: "mqtt",
      remoteAddress: "192.0.2.1:1",
      correlationId: THING_1,
    });
    this.#ingress.publish(route, {
      source,
      start: 0,
      end: source.length,
      qos,
      retain: false,
      contentKind: "unspecified",
    });
  }

  async passes(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += TURN_MS) {
      this.clock.advance(TURN_MS);
      await new Promise((resolve) => setImmediate(() => resolve(undefined)));
    }
  }

  async close(): Promise<void> {
    for (const { groups } of this.nodes) groups.close();
    let isOver = false;
    const closing = Promise.all(
      this.nodes.filter(({ isDead }) => !isDead.value).map(({ host }) => host.close()),
    ).then(() => isOver = true);
    while (!isOver) await this.passes(TURN_MS);
    await closing;
    await this.#ingress.flush();
    await this.#mailbox.close();
    this.#runtime.close();
    await this.store.close();
  }
}
