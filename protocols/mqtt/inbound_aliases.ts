import { MqttError, type PublishHead, ReasonCode } from "./codec/mod.ts";

/** The aliases that a client gave its topics, for one connection [MQTT5-3.3.2-7]. */
export class InboundAliases {
  readonly #topics = new Map<number, Uint8Array>();
  readonly #maximum: number;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** Puts the topic that the alias stands for into `head`, or learns it. Throws MqttError. */
  resolve(head: PublishHead, alias: number): void {
    // [MQTT5-3.3.2-9] [MQTT5-3.2.2-17] [MQTT5-3.3.2-12]
    if (alias > this.#maximum) {
      throw new MqttError(
        `Cannot take topic alias '${alias}': at most ${this.#maximum} are taken`,
        ReasonCode.topicAliasInvalid,
      );
    }
    if (head.topicStart < head.topicEnd) {
      this.#topics.set(alias, head.topicSource.slice(head.topicStart, head.topicEnd));
      return;
    }
    const topic = this.#topics.get(alias);
    if (topic === undefined) {
      throw new MqttError(
        `Cannot take topic alias '${alias}': it was given no topic`,
        ReasonCode.protocolError,
      );
    }
    head.topicSource = topic;
    head.topicStart = 0;
    head.topicEnd = topic.length;
  }
}
