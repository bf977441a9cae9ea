import type { Random } from "../../../actors/mod.ts";
import type { Device } from "../../platform.ts";
import { DurableClient, type Mood } from "./durable_client.ts";
import { type Packet, pause, type Version } from "./raw_client.ts";
import { inWords, type Scene, topicOf } from "./scene.ts";

/** Longest wait for a SUBACK, in milliseconds. */
const SUBACK_MS_MAX = 15_000;
const LOOK_MS = 50;

export interface SubscriberOptions {
  readonly name: string;
  readonly thing: Device;
  readonly version: Version;
  readonly channelId: string;
  readonly qos: 1 | 2;
  readonly moods: readonly Mood[];
  /** Told each message once for each time that it came as a new one. */
  onMessage(subtopic: string, payload: string): void;
}

/** Hears everything of one channel, wherever it was when it was said. */
export class Subscriber {
  readonly options: SubscriberOptions;
  readonly #scene: Scene;
  readonly #client: DurableClient;
  /** Packet ids of QoS 2 that were taken and not released yet: kept across connections. */
  readonly #received = new Set<number>();
  #isSubscribed = false;

  constructor(scene: Scene, options: SubscriberOptions) {
    this.options = options;
    this.#scene = scene;
    this.#client = new DurableClient(scene, {
      ...options,
      onReturn: () => {},
      beforeGoing: () => {},
      onPacket: (packet) => this.#take(packet),
    });
  }

  /** Subscribed when it resolves, for as long as the session lives. */
  async come(): Promise<void> {
    const { channelId, qos, name } = this.options;
    await this.#client.come();
    const topic = topicOf(channelId, "#");
    this.#client.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos }] });
    const lateMs = performance.now() + SUBACK_MS_MAX;
    while (!this.#isSubscribed && performance.now() < lateMs) await pause(LOOK_MS);
    if (!this.#isSubscribed) this.#scene.surprise(`${name} gets no SUBACK`);
  }

  async live(random: Random): Promise<void> {
    await this.#client.live(random, this.options.moods);
  }

  /** There until `hasAll`, or until `withinMs` are over. */
  async stayUntil(hasAll: () => boolean, withinMs: number): Promise<void> {
    const lateMs = performance.now() + withinMs;
    while (!hasAll() && performance.now() < lateMs) {
      if (!this.#client.isThere) await this.#client.come();
      await pause(LOOK_MS);
    }
  }

  end(): void {
    this.#client.go("disconnect");
  }

  #take(packet: Packet): void {
    const { name, qos } = this.options;
    switch (packet.cmd) {
      case "publish":
        return this.#hear(packet);
      case "pubrel": {
        const messageId = packet.messageId!;
        this.#received.delete(messageId);
        return this.#client.send({ cmd: "pubcomp", messageId });
      }
      case "suback":
        if (packet.granted[0] !== qos) {
          this.#scene.surprise(`${name} is granted ${packet.granted[0]}`);
        }
        this.#isSubscribed = true;
        return;
      default:
        this.#scene.surprise(`${name} gets ${inWords(packet)}`);
    }
  }

  #hear({ qos, messageId, topic, payload }: Packet & { readonly cmd: "publish" }): void {
    const isNew = qos !== 2 || !this.#received.has(messageId!);
    if (qos === 2) this.#received.add(messageId!);
    if (isNew) this.options.onMessage(topic.slice(topic.lastIndexOf("/") + 1), String(payload));
    if (qos !== 0) {
      this.#client.send({ cmd: qos === 1 ? "puback" : "pubrec", messageId: messageId! });
    }
  }
}
