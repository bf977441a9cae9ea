import type { Logger } from "../../../actors/mod.ts";
import type {
  RetainedMessage,
  RetainedMessages,
  SubscriptionTerms,
} from "../../../projections/mod.ts";
import type { ProtocolVersion } from "../codec/mod.ts";
import type { PublishFrames } from "./publish_frames.ts";
import type { Outbound } from "./outbound.ts";
import type { Track } from "./sending.ts";
import type { MessageFilter } from "../topics.ts";

/** Channels that one session asks for retained messages at once. */
const CHANNELS_AT_ONCE = 32;

/** A filter that was granted, and is owed its retained messages. */
export interface Owed {
  readonly filter: string;
  readonly meaning: MessageFilter;
  readonly terms: SubscriptionTerms;
}

/** Where the subscriptions of a session are looked up. */
interface Filters {
  /** The channels that a filter comes to now. */
  channels(filter: string): readonly string[];
}

/**
 * Sends retained messages to the new subscriptions of one session, one filter after the other. Live
 * messages wait meanwhile: one that is newer must not be overtaken by what was retained before it.
 */
export class RetainedReplay {
  readonly #ground: {
    readonly version: ProtocolVersion;
    readonly isDurable: boolean;
    readonly retained: RetainedMessages;
    readonly frames: PublishFrames;
    readonly outbound: Outbound;
    readonly subscriptions: Filters;
    readonly logger: Logger;
    readonly onFailure: () => void;
  };
  readonly #owed: Owed[] = [];
  #running = false;

  constructor(
    ground: {
      readonly version: ProtocolVersion;
      readonly isDurable: boolean;
      readonly retained: RetainedMessages;
      readonly frames: PublishFrames;
      readonly outbound: Outbound;
      readonly subscriptions: Filters;
      readonly logger: Logger;
      readonly onFailure: () => void;
    },
  ) {
    this.#ground = ground;
  }

  /** Filters that have not got all their retained messages yet. */
  get pending(): number {
    return this.#owed.length;
  }

  add(owed: Owed): void {
    this.#owed.push(owed);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    const { outbound, logger, onFailure } = this.#ground;
    this.#running = true;
    outbound.hold();
    try {
      for (let owed = this.#owed[0]; owed !== undefined; owed = this.#owed[0]) {
        await this.#replay(owed);
        this.#owed.shift();
      }
    } catch (error) {
      logger.error("retained messages not read", { error: String(error) });
      onFailure();
    } finally {
      this.#running = false;
      outbound.unhold();
    }
  }

  async #replay({ filter, meaning, terms }: Owed): Promise<void> {
    const { version, retained, frames, outbound, subscriptions } = this.#ground;
    const { maximumQos, identifier } = terms;
    const identifiers = identifier === undefined ? {} : { identifiers: [identifier] };
    // As of now: access may have been taken away, or the filter unsubscribed, since it was granted.
    const channels = subscriptions.channels(filter);
    for (let at = 0; at < channels.length && !outbound.isClosed; at += CHANNELS_AT_ONCE) {
      const found = await Promise.all(
        channels.slice(at, at + CHANNELS_AT_ONCE).map((channelId) =>
          retained.matching(channelId, meaning.subtopicFilter)
        ),
      );
      for (const message of found.flat()) {
        const qos = message.qos < maximumQos ? message.qos : maximumQos;
        // [MQTT-3.3.1-6] [MQTT-3.3.1-8] [MQTT-3.8.4-3]: to a new subscription, retain is 1.
        const look = { version, form: meaning.form, qos, retain: true, ...identifiers };
        const { bytes, expiry } = frames.frame(message, look);
        await outbound.sendHeld(bytes, qos, {
          ...(expiry === undefined ? {} : { expiry }),
          ...(this.#ground.isDurable ? { track: trackOf(message, look) } : {}),
        });
      }
    }
  }
}

function trackOf(
  { channelId, place, receivedUs }: RetainedMessage,
  { form, qos, retain }: Pick<Track, "form" | "qos" | "retain">,
): Track {
  return { form, channelId, lane: undefined, place, receivedMs: receivedUs / 1_000, qos, retain };
}
