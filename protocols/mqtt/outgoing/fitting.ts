import type { Clock } from "../../../actors/mod.ts";
import type { ClientTerms, Sending } from "./sending.ts";
import { OutboundAliases } from "./outbound_aliases.ts";

/** Makes of each PUBLISH what one client is to get of it. */
export class Fitting {
  readonly #client: ClientTerms;
  readonly #clock: Clock;
  readonly #aliases: OutboundAliases | undefined;

  constructor(client: ClientTerms, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    const { topicAliasMaximum } = client;
    this.#aliases = topicAliasMaximum > 0 ? new OutboundAliases(topicAliasMaximum) : undefined;
  }

  /**
   * With the seconds that it has left [MQTT5-3.3.2-6] and an alias; undefined for what the client must
   * not get: too late, or too large [MQTT5-3.1.2-25]. In the order of sending, because of the aliases.
   */
  fitted(frame: Uint8Array, { expiry }: Sending): Uint8Array | undefined {
    const { packetBytesMax } = this.#client;
    if (frame.length > packetBytesMax) return undefined;
    let bytes = frame;
    if (expiry !== undefined) {
      const leftMs = expiry.untilMs - this.#clock.nowMs();
      if (leftMs <= 0) return undefined;
      if (expiry.at !== undefined) {
        bytes = frame.slice();
        new DataView(bytes.buffer).setUint32(expiry.at, Math.ceil(leftMs / 1_000));
      }
    }
    return this.#aliases === undefined ? bytes : this.#aliases.shortened(bytes, packetBytesMax);
  }
}
