import type { AccessIndex, LiveMessage, LiveSubscriber } from "../../projections/mod.ts";
import { textBytes, writePublish } from "./codec/mod.ts";
import type { Outbound } from "./outbound.ts";
import type { TopicForm } from "./topics.ts";
import { deliveryTopic } from "./translate.ts";

/** Topics whose bytes are remembered, of one form, before the memory is cleared. */
const TOPICS_REMEMBERED_MAX = 10_000;

/** Turns messages into PUBLISH frames; remembers the bytes of topics that come again and again. */
export class PublishFrames {
  readonly #access: AccessIndex;
  readonly #topics = new Map<TopicForm, Map<string, Map<string, Uint8Array>>>();
  #remembered = 0;

  constructor(access: AccessIndex) {
    this.#access = access;
  }

  frame(
    message: Pick<LiveMessage, "channelId" | "subtopic" | "payload">,
    options: { readonly form: TopicForm; readonly qos: 0 | 1 | 2; readonly retain: boolean },
  ): Uint8Array {
    const { qos, retain } = options;
    const topic = this.#topicBytes(message, options.form);
    return writePublish(topic, { qos, retain, payload: message.payload });
  }

  #topicBytes(
    message: Pick<LiveMessage, "channelId" | "subtopic">,
    form: TopicForm,
  ): Uint8Array {
    const known = this.#topics.get(form)?.get(message.channelId)?.get(message.subtopic);
    if (known !== undefined) return known;
    if (this.#remembered >= TOPICS_REMEMBERED_MAX) {
      this.#topics.clear();
      this.#remembered = 0;
    }
    const bytes = textBytes(deliveryTopic(message, form, this.#access));
    let channels = this.#topics.get(form);
    if (channels === undefined) this.#topics.set(form, channels = new Map());
    let subtopics = channels.get(message.channelId);
    if (subtopics === undefined) channels.set(message.channelId, subtopics = new Map());
    subtopics.set(message.subtopic, bytes);
    this.#remembered++;
    return bytes;
  }
}

/** Hands live messages to one session, under one form of topics. */
export class Delivery implements LiveSubscriber {
  readonly #form: TopicForm;
  readonly #keys: readonly string[];
  readonly #frames: PublishFrames;
  readonly #outbound: Outbound;

  constructor(
    form: TopicForm,
    to: { readonly frames: PublishFrames; readonly outbound: Outbound },
  ) {
    this.#form = form;
    this.#keys = RENDERED_KEYS[form];
    this.#frames = to.frames;
    this.#outbound = to.outbound;
  }

  // [MQTT-4.5.0-1] [MQTT-3.3.5-1]: the live feed calls once for all filters of one form that match.
  deliver(message: LiveMessage, maximumQos: 0 | 1 | 2): void {
    const qos = message.qos < maximumQos ? message.qos : maximumQos;
    const key = this.#keys[qos]!;
    let frame = message.rendered.get(key);
    if (frame === undefined) {
      // [MQTT-3.3.2-3]: the form of the filter gives a topic that the filter matches.
      // [MQTT-3.3.1-9]: to a subscription that existed before, retain is 0.
      frame = this.#frames.frame(message, { form: this.#form, qos, retain: false });
      message.rendered.set(key, frame);
    }
    this.#outbound.send(frame, qos);
  }
}

/** By QoS: what names the kind of a shared frame in `LiveMessage.rendered`. */
const RENDERED_KEYS: { readonly [form in TopicForm]: readonly string[] } = {
  "channels": renderedKeys("channels"),
  "/channels": renderedKeys("/channels"),
  "m": renderedKeys("m"),
};

function renderedKeys(form: TopicForm): readonly string[] {
  return [0, 1, 2].map((qos) => `mqtt 3.1.1 ${form} ${qos}`);
}
