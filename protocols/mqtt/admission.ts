import type { Clock } from "../../actors/mod.ts";
import { addressOf } from "./address.ts";
import type { MqttCounters } from "./counters.ts";
import type { MqttLimits } from "./limits.ts";
import { TokenBuckets } from "./token_buckets.ts";
import type { ConnectRefusal } from "./translate.ts";

/** Who may connect: how often from one address, and how many at once from it and as one thing. */
export class Admission {
  readonly #counters: MqttCounters;
  readonly #connects: TokenBuckets | undefined;
  readonly #ofAddress: Places;
  readonly #ofThing: Places;

  constructor(
    { clock, limits, counters }: {
      readonly clock: Clock;
      readonly limits: MqttLimits;
      readonly counters: MqttCounters;
    },
  ) {
    const { connectsPerSecondMax: perSecond } = limits;
    this.#counters = counters;
    this.#connects = perSecond === 0 ? undefined : new TokenBuckets({ clock, perSecond });
    this.#ofAddress = new Places(limits.connectionsPerAddressMax);
    this.#ofThing = new Places(limits.connectionsPerThingMax);
  }

  /** A connection that holds no place yet. */
  arrival(remoteAddress: string): Arrival {
    return new Arrival(addressOf(remoteAddress), {
      connects: this.#connects,
      counters: this.#counters,
      ofAddress: this.#ofAddress,
      ofThing: this.#ofThing,
    });
  }
}

/** The places that one connection holds, from its CONNECT to its end. */
export class Arrival {
  readonly #address: string;
  readonly #ground: {
    readonly connects: TokenBuckets | undefined;
    readonly counters: MqttCounters;
    readonly ofAddress: Places;
    readonly ofThing: Places;
  };
  readonly #held: { readonly places: Places; readonly name: string }[] = [];
  #isGone = false;

  constructor(
    address: string,
    ground: {
      readonly connects: TokenBuckets | undefined;
      readonly counters: MqttCounters;
      readonly ofAddress: Places;
      readonly ofThing: Places;
    },
  ) {
    this.#address = address;
    this.#ground = ground;
  }

  /** Its CONNECT has come. */
  fromAddress(): ConnectRefusal | undefined {
    const { connects, counters, ofAddress } = this.#ground;
    if (connects?.of(this.#address).take() === false) {
      counters.connectsPastRate++;
      return {
        kind: "connectRateExceeded",
        reason: "too many connects a second from this address",
      };
    }
    if (this.#take(ofAddress, this.#address)) return undefined;
    counters.connectsPastQuota++;
    const reason = `this address has ${ofAddress.max} connections`;
    return { kind: "tooManyConnections", reason };
  }

  /** It has proved to be a thing. One that takes over a connection gets the place of that. */
  asThing(
    thingId: string,
    { takesOver }: { readonly takesOver: boolean },
  ): ConnectRefusal | undefined {
    const { counters, ofThing } = this.#ground;
    if (this.#take(ofThing, thingId, { beyond: takesOver })) return undefined;
    counters.connectsPastQuota++;
    return { kind: "tooManyConnections", reason: `the thing has ${ofThing.max} connections` };
  }

  leave(): void {
    this.#isGone = true;
    for (const { places, name } of this.#held.splice(0)) places.leave(name);
  }

  #take(places: Places, name: string, { beyond = false } = {}): boolean {
    // The proof of a client that has gone may still be looked at.
    if (this.#isGone) return true;
    if (!places.take(name, { beyond })) return false;
    this.#held.push({ places, name });
    return true;
  }
}

/** Counts who is there, by name. */
class Places {
  /** 0 where there is no limit; then nothing is counted. */
  readonly max: number;
  readonly #taken = new Map<string, number>();

  constructor(max: number) {
    this.max = max;
  }

  take(name: string, { beyond }: { readonly beyond: boolean }): boolean {
    if (this.max === 0) return true;
    const taken = this.#taken.get(name) ?? 0;
    if (taken >= this.max && !beyond) return false;
    this.#taken.set(name, taken + 1);
    return true;
  }

  leave(name: string): void {
    const left = (this.#taken.get(name) ?? 0) - 1;
    if (left > 0) this.#taken.set(name, left);
    else this.#taken.delete(name);
  }
}
