import type {
  LiveMatch,
  LiveMessage,
  LiveSubscriber,
  SubscriptionTerms,
} from "../../../projections/mod.ts";
import type { ProtocolVersion } from "../codec/mod.ts";
import { Lane } from "./lane.ts";
import type { Outbound } from "./outbound.ts";
import type { PublishFrame, PublishFrames, PublishLook } from "./publish_frames.ts";
import type { ReadMessage, Sending, SharedHanding, Track } from "./sending.ts";
import type { SharedMember } from "./shared_members.ts";
import type { TopicForm } from "../topics.ts";

/** What a session's deliveries stand on. */
export interface DeliveryGround {
  readonly version: ProtocolVersion;
  /** The connections of the session: what they published carries their ids. */
  readonly ownIds: ReadonlySet<string>;
  readonly frames: PublishFrames;
  readonly outbound: Outbound;
  /** True for a session that outlives its connection: its lanes are kept. */
  readonly isDurable: boolean;
  /** Lets the log bring what there was no room for. */
  readonly fallBack: (lane: Lane) => void;
}

/** How a message is to look for the subscriptions that want it. */
interface Wanted extends PublishLook {
  /** Names the frame that subscribers share. */
  readonly key: string;
}

/** By QoS: what names the frame that plain subscriptions share in `LiveMessage.rendered`. */
const RENDERED_KEYS = { 4: renderedKeys(4), 5: renderedKeys(5) };

function renderedKeys(version: ProtocolVersion): Record<TopicForm, readonly string[]> {
  const keys = (form: TopicForm) => [0, 1, 2].map((qos) => `mqtt ${version} ${form} ${qos}`);
  return { "channels": keys("channels"), "/channels": keys("/channels"), "m": keys("m") };
}

/** By QoS: what plain subscriptions want, the same for all of them. */
const PLAINLY = { 4: plainly(4), 5: plainly(5) };

// [MQTT-3.3.1-9] [MQTT5-3.3.1-12]: to a subscription that existed before, retain is 0.
function plainly(version: ProtocolVersion): Record<TopicForm, readonly Wanted[]> {
  const wanted = (form: TopicForm) =>
    RENDERED_KEYS[version][form].map((key, qos): Wanted => ({
      version,
      form,
      qos: qos as 0 | 1 | 2,
      retain: false,
      key,
    }));
  return { "channels": wanted("channels"), "/channels": wanted("/channels"), "m": wanted("m") };
}

/** A message as one session is to get it. */
interface Rendered {
  readonly bytes: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly sending: Sending;
}

const NOTHING_SPECIAL: Sending = {};

interface Placed {
  readonly wanted: Wanted;
  /** Absent where nothing needs to be known of the channel. */
  readonly lane: Lane | undefined;
}

/** Hands messages to one session, under one form of topics: a copy for each [MQTT5-3.3.4-5]. */
export class Delivery implements LiveSubscriber, SharedMember {
  readonly form: TopicForm;
  readonly #ground: DeliveryGround;
  readonly #keys: readonly string[];
  readonly #plainly: readonly Wanted[];
  /** By channel: all that a durable session listens to, and those that read the log. */
  readonly lanes = new Map<string, Lane>();

  constructor(form: TopicForm, ground: DeliveryGround) {
    this.form = form;
    this.#ground = ground;
    this.#keys = RENDERED_KEYS[ground.version][form];
    this.#plainly = PLAINLY[ground.version][form];
  }

  get window(): number {
    return this.#ground.outbound.client.receiveMaximum;
  }

  get isReady(): boolean {
    return this.#ground.outbound.isReady;
  }

  room(): Promise<void> {
    return this.#ground.outbound.room();
  }

  underWay(): Iterable<SharedHanding> {
    return this.#ground.outbound.sharedUnderWay();
  }

  deliverShared(message: LiveMessage, terms: SubscriptionTerms, shared?: SharedHanding): void {
    const { version, frames, outbound, isDurable } = this.#ground;
    const qos = Math.min(message.qos, terms.maximumQos) as 0 | 1 | 2; // [MQTT5-4.8.2-3]
    const retain = terms.retainAsPublished === true && message.retain;
    const { bytes, expiry } = frames.frame(message, {
      version,
      form: this.form,
      qos,
      retain,
      ...(terms.identifier === undefined ? {} : { identifiers: [terms.identifier] }),
    });
    // [MQTT5-4.8.2-4]: QoS 2 that was begun stays with this member; QoS 1 goes to another.
    const stays = isDurable && qos === 2 && message.place !== undefined;
    const isTaken = outbound.send(bytes, qos, {
      ...(expiry === undefined ? {} : { expiry }),
      ...(shared === undefined ? {} : { shared }),
      ...(stays ? { track: trackOf(message, { form: this.form, qos, retain }) } : {}),
    });
    if (!isTaken) shared?.onUndelivered();
  }

  // [MQTT-4.5.0-1] [MQTT-3.3.5-1] [MQTT5-4.5.0-1]: the live feed calls once for all filters of one
  // form that match.
  deliver(message: LiveMessage, match: LiveMatch): void {
    const { place } = message;
    if (place === undefined) return this.#deliverNow(message, match);
    let lane = this.lanes.get(message.channelId);
    if (lane === undefined) {
      if (!this.#ground.isDurable) return this.#deliverNow(message, match);
      lane = this.#laneAt(message);
    } else if (lane.isReading) {
      lane.seen = [place.position, place.index];
      return;
    } else if (!lane.isNew(place.position, place.index)) return;
    const wanted = this.#wanted(message, match);
    if (wanted !== undefined && !this.#send(message, { wanted, lane })) {
      return this.#fallBack(lane, place);
    }
    lane.handed(place.position, place.index);
    // It has caught up, and without a journal nobody asks any more how far it is.
    if (!this.#ground.isDurable) this.lanes.delete(message.channelId);
  }

  /** A message that the log brought, as this session gets it; undefined if it does not. */
  fromLog(message: LiveMessage, match: LiveMatch, lane: Lane): ReadMessage | undefined {
    const position = message.place!.position;
    // Older messages than a subscription come only from here.
    const areAllSince = match.terms.every(({ since }) => since === undefined || since < position);
    const wanted = match.plain && areAllSince
      ? this.#plain(message, match)
      : this.#wantedByTerms(message, match.terms);
    if (wanted === undefined || wanted.qos === 0) return undefined;
    return this.#rendered(message, { wanted, lane }) as ReadMessage;
  }

  /** The frame of a message that a connection before this one had sent. */
  again(message: LiveMessage, look: Pick<PublishLook, "qos" | "retain">): PublishFrame {
    const { version, frames } = this.#ground;
    return frames.frame(message, { ...look, version, form: this.form });
  }

  #deliverNow(message: LiveMessage, match: LiveMatch): void {
    const wanted = this.#wanted(message, match);
    if (wanted === undefined || this.#send(message, { wanted, lane: undefined })) return;
    if (message.place !== undefined) this.#fallBack(this.#laneAt(message), message.place);
  }

  /** Lets the log bring the message at `place`, and what comes behind it. */
  #fallBack(lane: Lane, { position, index }: NonNullable<LiveMessage["place"]>): void {
    lane.seen = [position, index];
    this.#ground.fallBack(lane);
  }

  #laneAt({ channelId, place, receivedUs }: LiveMessage): Lane {
    const { position, index } = place!;
    const lane = new Lane({
      form: this.form,
      channelId,
      next: [position, index],
      sinceMs: receivedUs / 1_000,
    });
    this.lanes.set(channelId, lane);
    return lane;
  }

  #wanted(message: LiveMessage, match: LiveMatch): Wanted | undefined {
    if (match.plain) return this.#plain(message, match);
    return this.#wantedByTerms(message, match.terms);
  }

  #plain(message: LiveMessage, { maximumQos }: LiveMatch): Wanted {
    return this.#plainly[message.qos < maximumQos ? message.qos : maximumQos]!;
  }

  #wantedByTerms(
    message: LiveMessage,
    terms: readonly SubscriptionTerms[],
  ): Wanted | undefined {
    const own = this.#ground.ownIds.has(message.origin.correlationId);
    const position = message.place?.position ?? Infinity; // QoS 0 is not stored yet, so it is new
    let maximumQos = -1;
    let retain = false;
    const identifiers: number[] = [];
    for (const term of terms) {
      if (own && term.noLocal === true) continue; // [MQTT5-3.8.3-3]
      if (term.since !== undefined && position <= term.since) continue;
      if (term.maximumQos > maximumQos) maximumQos = term.maximumQos; // [MQTT5-3.3.4-2]
      if (term.retainAsPublished === true && message.retain) retain = true; // [MQTT5-3.3.1-13]
      if (term.identifier !== undefined) identifiers.push(term.identifier); // [MQTT5-3.3.4-3] [MQTT5-3.3.4-4]
    }
    if (maximumQos < 0) return undefined;
    const qos = Math.min(message.qos, maximumQos) as 0 | 1 | 2; // [MQTT-3.8.4-6] [MQTT5-3.8.4-8]
    const named = identifiers.length === 0 ? "" : ` ${identifiers.join()}`;
    const key = `${this.#keys[qos]}${retain ? " retain" : ""}${named}`;
    const { version } = this.#ground;
    return { version, form: this.form, qos, retain, identifiers, key };
  }

  /** False if there is no room for it. */
  #send(message: LiveMessage, how: Placed): boolean {
    const { wanted } = how;
    const { outbound, isDurable } = this.#ground;
    const shared = message.rendered.get(wanted.key);
    if (shared !== undefined && !isDurable) return outbound.send(shared, wanted.qos);
    const { bytes, sending } = this.#rendered(message, how);
    return outbound.send(bytes, wanted.qos, sending);
  }

  #rendered(
    message: LiveMessage,
    { wanted, lane }: Placed,
  ): Rendered {
    const { isDurable, frames } = this.#ground;
    const { qos, retain } = wanted;
    const sending: Sending = isDurable && lane !== undefined
      ? { track: trackOf(message, { form: lane.form, qos, retain, lane }) }
      : NOTHING_SPECIAL;
    const shared = message.rendered.get(wanted.key);
    if (shared !== undefined) return { bytes: shared, qos, sending };
    // [MQTT-3.3.2-3] [MQTT5-3.3.2-3]: the form of the filter gives a topic that the filter matches.
    const { bytes, expiry } = frames.frame(message, wanted);
    // What expires is changed for each subscriber when it goes out, so it is not shared.
    if (expiry !== undefined) return { bytes, qos, sending: { expiry, ...sending } };
    message.rendered.set(wanted.key, bytes);
    return { bytes, qos, sending };
  }
}

function trackOf(
  message: LiveMessage,
  { form, qos, retain, lane }: {
    readonly form: TopicForm;
    readonly qos: 0 | 1 | 2;
    readonly retain: boolean;
    readonly lane?: Lane;
  },
): Track {
  const { position, index } = message.place!;
  const { channelId, receivedUs } = message;
  return {
    form,
    channelId,
    lane,
    place: [position, index],
    receivedMs: receivedUs / 1_000,
    qos,
    retain,
  };
}
