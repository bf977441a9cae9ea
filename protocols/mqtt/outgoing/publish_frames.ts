import { encodeProperties, expirySecondsOf, mediaTypeOf } from "../../../actors/mod.ts";
import type { AccessIndex, LiveMessage } from "../../../projections/mod.ts";
import { type ProtocolVersion, textBytes, writePublish } from "../codec/mod.ts";
import { subscriptionIdentifiers } from "./delivery_properties.ts";
import { FrameRoom } from "./frame_room.ts";
import type { Expiry } from "./sending.ts";
import type { TopicForm } from "../topics.ts";
import { deliveryTopic } from "../translate.ts";

/** Topics whose bytes are remembered, of one form, before the memory is cleared. */
const TOPICS_REMEMBERED_MAX = 10_000;
/** Media types whose property block is remembered. */
const MEDIA_TYPES_REMEMBERED_MAX = 1_000;

/** What of a message a PUBLISH is made of. */
export type Publishable = Pick<
  LiveMessage,
  "channelId" | "subtopic" | "payload" | "properties" | "receivedUs" | "contentKind" | "contentType"
>;

/** How a PUBLISH is to look. */
export interface PublishLook {
  readonly version: ProtocolVersion;
  readonly form: TopicForm;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly identifiers?: readonly number[];
  /** One of many topics that come once: to remember them would push out those that come again. */
  readonly comesOnce?: true;
}

export interface PublishFrame {
  /** Part of a larger buffer: to be copied by whoever keeps it for long. */
  readonly bytes: Uint8Array;
  /** Absent if the message never expires. */
  readonly expiry?: Expiry;
}

/** Turns messages into PUBLISH frames; remembers the bytes of topics that come again and again. */
export class PublishFrames {
  readonly #access: AccessIndex;
  readonly #topics = new Map<TopicForm, Map<string, Map<string, Uint8Array>>>();
  readonly #mediaTypes = new Map<string, Uint8Array | undefined>();
  readonly #room = new FrameRoom();
  #remembered = 0;

  constructor(access: AccessIndex) {
    this.#access = access;
  }

  frame(message: Publishable, look: PublishLook): PublishFrame {
    const { version, form, qos, retain, identifiers = NO_IDENTIFIERS } = look;
    const { payload } = message;
    const topic = look.comesOnce === true
      ? textBytes(deliveryTopic(message, form, this.#access))
      : this.#topicBytes(message, form);
    const expirySeconds = expirySecondsOf(message.properties);
    const untilMs = message.receivedUs / 1_000 + (expirySeconds ?? 0) * 1_000;
    if (version === 4) {
      const bytes = writePublish(topic, { qos, retain, payload }, this.#room.take);
      return expirySeconds === undefined ? { bytes } : { bytes, expiry: { untilMs } };
    }
    const properties = this.#properties(message, identifiers);
    const bytes = writePublish(topic, { qos, retain, payload, properties }, this.#room.take);
    if (expirySeconds === undefined) return { bytes };
    // The expiry is the first property of the block, after its identifier.
    return {
      bytes,
      expiry: { untilMs, at: bytes.length - payload.length - properties.length + 1 },
    };
  }

  #properties(message: Publishable, identifiers: readonly number[]): Uint8Array {
    const block = message.properties ?? this.#mediaType(mediaTypeOf(message)) ?? NO_PROPERTIES;
    if (identifiers.length === 0) return block;
    const added = subscriptionIdentifiers(identifiers);
    const all = new Uint8Array(block.length + added.length);
    all.set(block);
    all.set(added, block.length);
    return all;
  }

  /** What came by another protocol has a media type and nothing else to tell. */
  #mediaType(contentType: string): Uint8Array | undefined {
    if (contentType === "") return undefined;
    if (!this.#mediaTypes.has(contentType)) {
      if (this.#mediaTypes.size >= MEDIA_TYPES_REMEMBERED_MAX) this.#mediaTypes.clear();
      this.#mediaTypes.set(contentType, encodeProperties({ contentType }));
    }
    return this.#mediaTypes.get(contentType);
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

const NO_PROPERTIES = new Uint8Array(0);
const NO_IDENTIFIERS: readonly number[] = [];
