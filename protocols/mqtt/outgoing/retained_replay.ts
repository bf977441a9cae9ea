import type { Logger } from "../../../actors/mod.ts";
import type {
  AccessIndex,
  RetainedMessage,
  RetainedMessages,
  SubscriptionTerms,
} from "../../../projections/mod.ts";
import type { ProtocolVersion } from "../codec/mod.ts";
import { RETAINED_CHANNELS_AHEAD } from "../limits.ts";
import type { PublishFrames } from "./publish_frames.ts";
import type { Outbound } from "./outbound.ts";
import type { Sending, Track } from "./sending.ts";
import type { MessageFilter } from "../topics.ts";

/** A filter that was granted, and is owed its retained messages. */
export interface Owed {
  readonly filter: string;
  readonly meaning: MessageFilter;
  readonly terms: SubscriptionTerms;
  /** Position of the log behind which messages come live, and so are not sent as retained ones. */
  readonly until: number;
}

/** Where the subscriptions of a session are looked up. */
interface Filters {
  has(filter: string): boolean;
  /** The channels that a filter comes to now. */
  channels(filter: string): readonly string[];
}

interface ReplayGround {
  readonly version: ProtocolVersion;
  readonly isDurable: boolean;
  readonly thingId: string;
  readonly access: AccessIndex;
  readonly retained: RetainedMessages;
  readonly frames: PublishFrames;
  readonly outbound: Outbound;
  readonly subscriptions: Filters;
  readonly logger: Logger;
  readonly onFailure: () => void;
}

/** A channel whose first page was asked for. */
interface Reading {
  readonly channelId: string;
  readonly pages: AsyncIterator<readonly RetainedMessage[]>;
  readonly first: Promise<IteratorResult<readonly RetainedMessage[]>>;
}

/**
 * Sends retained messages to the new subscriptions of one session, one filter after the other and
 * one channel after the other, a page at a time: the next one is read when the client has taken this
 * one. Live messages wait meanwhile: one that is newer must not be overtaken by what was retained
 * before it.
 */
export class RetainedReplay {
  readonly #ground: ReplayGround;
  readonly #owed: Owed[] = [];
  #running = false;

  constructor(ground: ReplayGround) {
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

  async #replay(owed: Owed): Promise<void> {
    const channels = this.#ground.subscriptions.channels(owed.filter);
    const ahead: Reading[] = [];
    let begun = 0;
    for (let at = 0; at < channels.length; at++) {
      for (; begun < channels.length && begun < at + RETAINED_CHANNELS_AHEAD; begun++) {
        ahead.push(this.#begin(channels[begun]!, owed));
      }
      await this.#send(ahead.shift()!, owed);
      if (this.#ground.outbound.isClosed) return;
    }
  }

  #begin(channelId: string, { meaning, until }: Owed): Reading {
    const wanted = { filter: meaning.subtopicFilter, until };
    const pages = this.#ground.retained.matching(channelId, wanted)[Symbol.asyncIterator]();
    const first = pages.next();
    // It is waited for when its turn comes, and may have failed before.
    first.catch(() => {});
    return { channelId, pages, first };
  }

  async #send({ channelId, pages, first }: Reading, owed: Owed): Promise<void> {
    const { outbound } = this.#ground;
    const isWanted = () => this.#isWanted(channelId, owed);
    for (let turn = await first; turn.done !== true; turn = await pages.next()) {
      for (const message of turn.value) {
        const { bytes, qos, sending } = this.#rendered(message, owed);
        // [MQTT-3.10.4-2] [MQTT5-3.10.4-2]: while it waited the filter may have been withdrawn.
        while (isWanted() && !outbound.sendHeld(bytes, qos, sending)) await outbound.room();
      }
      if (!isWanted()) return;
    }
  }

  /** False once the filter was unsubscribed, or the right to read the channel was taken away. */
  #isWanted(channelId: string, { filter }: Owed): boolean {
    const { outbound, subscriptions, access, thingId } = this.#ground;
    return !outbound.isClosed && subscriptions.has(filter) &&
      access.maySubscribe(thingId, channelId);
  }

  #rendered(
    message: RetainedMessage,
    { meaning: { form }, terms: { maximumQos, identifier } }: Owed,
  ): { readonly bytes: Uint8Array; readonly qos: 0 | 1 | 2; readonly sending: Sending } {
    const { version, frames, isDurable } = this.#ground;
    const qos = message.qos < maximumQos ? message.qos : maximumQos;
    // [MQTT-3.3.1-6] [MQTT-3.3.1-8] [MQTT-3.8.4-3]: to a new subscription, retain is 1.
    const look = { version, form, qos, retain: true };
    const { bytes, expiry } = frames.frame(message, {
      ...look,
      comesOnce: true,
      ...(identifier === undefined ? {} : { identifiers: [identifier] }),
    });
    const sending = {
      ...(expiry === undefined ? {} : { expiry }),
      ...(isDurable ? { track: trackOf(message, look) } : {}),
    };
    return { bytes, qos, sending };
  }
}

function trackOf(
  { channelId, place, receivedUs }: RetainedMessage,
  { form, qos, retain }: Pick<Track, "form" | "qos" | "retain">,
): Track {
  return { form, channelId, lane: undefined, place, receivedMs: receivedUs / 1_000, qos, retain };
}
