import { readVarintAt, writePublish } from "../codec/mod.ts";

const TOPIC_ALIAS = 0x23;
const latin1 = new TextDecoder("latin1");

/** The aliases that a client lets the server give, for one connection [MQTT5-3.1.2-26] [MQTT5-3.3.2-11]. */
export class OutboundAliases {
  readonly #known = new Map<string, number>();
  readonly #maximum: number;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** The same PUBLISH with an alias for its topic, where there is one left and room to give it. */
  shortened(frame: Uint8Array, bytesMax: number): Uint8Array {
    const { qos, retain, topic, properties, payload } = partsOf(frame);
    const key = latin1.decode(topic);
    const known = this.#known.get(key);
    if (known === undefined && this.#known.size >= this.#maximum) return frame;
    const alias = known ?? this.#known.size + 1;
    const block = new Uint8Array(properties.length + 3);
    block.set(properties);
    block.set([TOPIC_ALIAS, alias >> 8, alias & 0xff], properties.length);
    const written = writePublish(known === undefined ? topic : NO_TOPIC, {
      qos,
      retain,
      payload,
      properties: block,
    });
    // Whoever gives an alias says the topic too, and that takes bytes. [MQTT5-3.1.2-24]
    if (written.length > bytesMax) return frame;
    if (known === undefined) this.#known.set(key, alias);
    return written;
  }
}

const NO_TOPIC = new Uint8Array(0);

/** Takes apart what `writePublish` put together for MQTT 5. */
function partsOf(frame: Uint8Array): {
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly topic: Uint8Array;
  readonly properties: Uint8Array;
  readonly payload: Uint8Array;
} {
  const qos = (frame[0]! >> 1 & 0b11) as 0 | 1 | 2;
  const body = readVarintAt(frame, 1).next;
  const topicStart = body + 2;
  const topicEnd = topicStart + (frame[body]! << 8 | frame[body + 1]!);
  const block = readVarintAt(frame, topicEnd + (qos > 0 ? 2 : 0));
  const payloadStart = block.next + block.value;
  return {
    qos,
    retain: (frame[0]! & 1) !== 0,
    topic: frame.subarray(topicStart, topicEnd),
    properties: frame.subarray(block.next, payloadStart),
    payload: frame.subarray(payloadStart),
  };
}
