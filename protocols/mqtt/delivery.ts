import { encodeProperties, expirySecondsOf, mediaTypeOf } from "../../actors/mod.ts";
import type {
  AccessIndex,
  LiveMatch,
  LiveMessage,
  LiveSubscriber,
  SubscriptionTerms,
} from "../../projections/mod.ts";
import { type ProtocolVersion, textBytes, writePublish } from "./codec/mod.ts";
import { subscriptionIdentifiers } from "./delivery_properties.ts";
import type { Expiry, Outbound } from "./outbound.ts";
import type { SharedMember } from "./shared_groups.ts";
import type { TopicForm } from "./topics.ts";
import { deliveryTopic } from "./translate.ts";

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
}

export interface PublishFrame {
  readonly bytes: Uint8Array;
  /** Absent if the message never expires. */
  readonly expiry?: Expiry;
}

/** Turns messages into PUBLISH frames; remembers the bytes of topics that come again and again. */
export class PublishFrames {
  readonly #access: AccessIndex;
  readonly #topics = new Map<TopicForm, Map<string, Map<string, Uint8Array>>>();
  readonly #mediaTypes = new Map<string, Uint8Array | undefined>();
  #remembered = 0;

  constructor(access: AccessIndex) {
    this.#access = access;
  }

  frame(message: Publishable, look: PublishLook): PublishFrame {
    const { version, form, qos, retain, identifiers = [] } = look;
    const { payload } = message;
    const topic = this.#topicBytes(message, form);
    const expirySeconds = expirySecondsOf(message.properties);
    const untilMs = message.receivedUs / 1_000 + (expirySeconds ?? 0) * 1_000;
    if (version === 4) {
      const bytes = writePublish(topic, { qos, retain, payload });
      return expirySeconds === undefined ? { bytes } : { bytes, expiry: { untilMs } };
    }
    const properties = this.#properties(message, identifiers);
    const bytes = writePublish(topic, { qos, retain, payload, properties });
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

/** Hands live messages to one session, under one form of topics. */
export class Delivery implements LiveSubscriber, SharedMember {
  readonly #to: {
    readonly version: ProtocolVersion;
    /** The connection's own id: what it published carries it. */
    readonly sessionId: string;
    readonly frames: PublishFrames;
    readonly outbound: Outbound;
  };
  readonly #form: TopicForm;
  readonly #keys: readonly string[];

  constructor(
    form: TopicForm,
    to: {
      readonly version: ProtocolVersion;
      readonly sessionId: string;
      readonly frames: PublishFrames;
      readonly outbound: Outbound;
    },
  ) {
    this.#form = form;
    this.#to = to;
    this.#keys = [0, 1, 2].map((qos) => `mqtt ${to.version} ${form} ${qos}`);
  }

  get isReady(): boolean {
    return this.#to.outbound.isReady;
  }

  deliverShared(message: LiveMessage, terms: SubscriptionTerms, onUndelivered: () => void): void {
    const { version, frames, outbound } = this.#to;
    const qos = Math.min(message.qos, terms.maximumQos) as 0 | 1 | 2; // [MQTT5-4.8.2-3]
    const { bytes, expiry } = frames.frame(message, {
      version,
      form: this.#form,
      qos,
      retain: terms.retainAsPublished === true && message.retain,
      ...(terms.identifier === undefined ? {} : { identifiers: [terms.identifier] }),
    });
    outbound.send(bytes, qos, {
      ...(expiry === undefined ? {} : { expiry }),
      ...(qos === 0 ? {} : { onUndelivered }),
    });
  }

  // [MQTT-4.5.0-1] [MQTT-3.3.5-1]: the live feed calls once for all filters of one form that match.
  deliver(message: LiveMessage, match: LiveMatch): void {
    if (!match.plain) return this.#deliverByTerms(message, match.terms);
    const qos = message.qos < match.maximumQos ? message.qos : match.maximumQos;
    // [MQTT-3.3.1-9] [MQTT5-3.3.1-12]: to a subscription that existed before, retain is 0.
    this.#send(message, { qos, retain: false, key: this.#keys[qos]! });
  }

  #deliverByTerms(message: LiveMessage, terms: readonly SubscriptionTerms[]): void {
    const own = message.origin.correlationId === this.#to.sessionId;
    let maximumQos = -1;
    let retain = false;
    const identifiers: number[] = [];
    for (const term of terms) {
      if (own && term.noLocal === true) continue; // [MQTT5-3.8.3-3]
      if (term.maximumQos > maximumQos) maximumQos = term.maximumQos; // [MQTT5-3.3.4-2]
      if (term.retainAsPublished === true && message.retain) retain = true; // [MQTT5-3.3.1-13]
      if (term.identifier !== undefined) identifiers.push(term.identifier); // [MQTT5-3.3.4-3] [MQTT5-3.3.4-4]
    }
    if (maximumQos < 0) return;
    const qos = Math.min(message.qos, maximumQos) as 0 | 1 | 2;
    const key = `${this.#keys[qos]}${retain ? " retain" : ""} ${identifiers.join()}`;
    this.#send(message, { qos, retain, identifiers, key });
  }

  #send(
    message: LiveMessage,
    look: Pick<PublishLook, "qos" | "retain" | "identifiers"> & { readonly key: string },
  ): void {
    const { version, frames, outbound } = this.#to;
    const shared = message.rendered.get(look.key);
    if (shared !== undefined) return outbound.send(shared, look.qos);
    // [MQTT-3.3.2-3]: the form of the filter gives a topic that the filter matches.
    const { bytes, expiry } = frames.frame(message, { ...look, version, form: this.#form });
    // What expires is changed for each subscriber when it goes out, so it is not shared.
    if (expiry !== undefined) return outbound.send(bytes, look.qos, { expiry });
    message.rendered.set(look.key, bytes);
    outbound.send(bytes, look.qos);
  }
}
