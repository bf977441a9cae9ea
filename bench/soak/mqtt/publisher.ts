import type { Random } from "../../../actors/mod.ts";
import type { Device } from "../../platform.ts";
import { DurableClient } from "./durable_client.ts";
import { type Packet, pause, type Version } from "./raw_client.ts";
import { codeOf, inWords, type Scene, topicOf } from "./scene.ts";

/** Messages of one publisher that are not acknowledged yet. */
const WINDOW = 100;
/** How often a publisher sends what is due, in milliseconds. */
const PACE_MS = 20;
/** Longest wait for the last acknowledgements, in milliseconds. */
const SETTLED_MS_MAX = 60_000;

export interface PublisherOptions {
  readonly name: string;
  readonly thing: Device;
  readonly version: Version;
  readonly channelId: string;
  readonly qos: 1 | 2;
  readonly perSecond: number;
  /** Bytes that a message carries beside its number; 0 for SenML. */
  readonly fillerBytes: number;
}

/** Of PUBCOMP: no error of a message that was sent again, its first PUBCOMP was lost [MQTT5 3.7.2.1]. */
const PACKET_ID_NOT_FOUND = 0x92;

interface UnderWay {
  readonly number: number;
  isReceived: boolean;
  isSentAgain: boolean;
}

/** Sends messages that are numbered from 0, each until it is acknowledged as its QoS asks. */
export class Publisher {
  acknowledged = 0;
  readonly options: PublisherOptions;
  readonly #scene: Scene;
  readonly #client: DurableClient;
  /** By packet id, in the order in which they were sent first. */
  readonly #underWay = new Map<number, UnderWay>();
  readonly #filler: string;
  #next = 0;
  #lastId = 0;

  constructor(scene: Scene, options: PublisherOptions) {
    this.options = options;
    this.#scene = scene;
    this.#filler = "abcdefghi ".repeat(Math.ceil(options.fillerBytes / 10));
    this.#client = new DurableClient(scene, {
      ...options,
      onReturn: () => this.#sendAgain(),
      beforeGoing: () => {
        while (this.#underWay.size < WINDOW) this.#publish();
      },
      onPacket: (packet) => this.#take(packet),
    });
  }

  /** Messages that must have come to everybody: all numbers below it. */
  get published(): number {
    const [first] = this.#underWay.values();
    return first?.number ?? this.#next;
  }

  async come(): Promise<void> {
    await this.#client.come();
  }

  /** Publishes, comes and goes until the time is over and all is acknowledged. */
  async live(random: Random): Promise<void> {
    const living = this.#client.live(random, ["vanishes", "leaves", "is taken over by itself"]);
    let due = 0;
    for (let lastMs = performance.now(); lastMs < this.#scene.untilMs;) {
      await pause(PACE_MS);
      const nowMs = performance.now();
      due += (nowMs - lastMs) * this.options.perSecond / 1_000;
      lastMs = nowMs;
      while (due >= 1 && this.#client.isThere && this.#underWay.size < WINDOW) {
        this.#publish();
        due--;
      }
      // A publisher that was away or held up does not make up for it.
      due = Math.min(due, 1);
    }
    await living;
    const lateMs = performance.now() + SETTLED_MS_MAX;
    while (this.#underWay.size > 0 && performance.now() < lateMs) {
      if (!this.#client.isThere) await this.#client.come();
      await pause(PACE_MS);
    }
    if (this.#underWay.size > 0) {
      this.#scene.surprise(
        `${this.#underWay.size} messages of ${this.options.name} are not acknowledged`,
      );
    }
  }

  end(): void {
    this.#client.go("disconnect");
  }

  #publish(): void {
    do this.#lastId = this.#lastId % 65_535 + 1; while (this.#underWay.has(this.#lastId));
    const sent = { number: this.#next++, isReceived: false, isSentAgain: false };
    this.#underWay.set(this.#lastId, sent);
    this.#client.send(this.#packet(this.#lastId, { sent, dup: false }));
  }

  /** [MQTT-4.4.0-1] [MQTT-4.6.0-1] */
  #sendAgain(): void {
    for (const [messageId, sent] of this.#underWay) {
      sent.isSentAgain = true;
      this.#client.send(
        sent.isReceived
          ? { cmd: "pubrel", messageId }
          : this.#packet(messageId, { sent, dup: true }),
      );
    }
  }

  #packet(
    messageId: number,
    { sent, dup }: { readonly sent: UnderWay; readonly dup: boolean },
  ): Packet {
    const { name, channelId, qos } = this.options;
    const { number } = sent;
    return {
      cmd: "publish",
      topic: topicOf(channelId, name),
      payload: this.#filler === "" ? `[{"v":${number},"n":"number"}]` : `${number} ${this.#filler}`,
      qos,
      dup,
      retain: false,
      messageId,
    };
  }

  #take(packet: Packet): void {
    const { name } = this.options;
    const { messageId } = packet;
    const sent = messageId === undefined ? undefined : this.#underWay.get(messageId);
    const code = codeOf(packet);
    const isGone = packet.cmd === "pubcomp" && code === PACKET_ID_NOT_FOUND;
    const isRefused = code >= 0x80 && !(isGone && sent?.isSentAgain === true);
    if (sent === undefined || messageId === undefined || isRefused) {
      return this.#scene.surprise(`${name} gets ${inWords(packet)} for #${messageId}`);
    }
    if (packet.cmd === "pubrec") {
      sent.isReceived = true;
      return this.#client.send({ cmd: "pubrel", messageId });
    }
    if (packet.cmd !== "puback" && packet.cmd !== "pubcomp") {
      return this.#scene.surprise(`${name} gets ${inWords(packet)}`);
    }
    this.#underWay.delete(messageId);
    this.acknowledged++;
  }
}
