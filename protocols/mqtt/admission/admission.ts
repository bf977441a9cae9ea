import type { Clock } from "../../../actors/mod.ts";
import { addressOf } from "./address.ts";
import type { MqttCounters } from "../counters.ts";
import type { MqttLimits } from "../limits.ts";
import { TokenBuckets } from "./token_buckets.ts";
import type { ConnectRefusal } from "../translate.ts";

/** What the connections of one server share. */
interface Shared {
  readonly counters: MqttCounters;
  /** By address; undefined where CONNECTs may come as fast as they like. */
  readonly connects: TokenBuckets | undefined;
  readonly ofAddress: Places;
  readonly ofThing: Places;
}

/** Who may connect: how often from one address, and how many at once from it and as one thing. */
export class Admission {
  readonly #shared: Shared;

  constructor(
    { clock, limits, counters }: {
      readonly clock: Clock;
      readonly limits: MqttLimits;
      readonly counters: MqttCounters;
    },
  ) {
    const { connectsPerSecondMax: perSecond } = limits;
    this.#shared = {
      counters,
      connects: perSecond === 0 ? undefined : new TokenBuckets({ clock, perSecond }),
      ofAddress: new Places(limits.connectionsPerAddressMax),
      ofThing: new Places(limits.connectionsPerThingMax),
    };
  }

  /** A connection that holds no place yet. */
  arrival(remoteAddress: string): Arrival {
    return new Arrival(addressOf(remoteAddress), this.#shared);
  }
}

/** The places that one connection holds, from its CONNECT to its end. There is one for each. */
export class Arrival {
  readonly #address: string;
  readonly #shared: Shared;
  #isCounted = false;
  #thingId: string | undefined;
  #isGone = false;

  constructor(address: string, shared: Shared) {
    this.#address = address;
    this.#shared = shared;
  }

  /** Its CONNECT has come. */
  fromAddress(): ConnectRefusal | undefined {
    const { connects, counters, ofAddress } = this.#shared;
    if (connects?.of(this.#address).take() === false) {
      counters.connectsPastRate++;
      const reason = "too many connects a second from this address";
      return { kind: "connectRateExceeded", reason };
    }
    this.#isCounted = ofAddress.take(this.#address);
    return this.#isCounted ? undefined : this.#tooMany("this address", ofAddress);
  }

  /** It has proved to be a thing. One that takes over a connection gets the place of that. */
  asThing(
    thingId: string,
    { takesOver }: { readonly takesOver: boolean },
  ): ConnectRefusal | undefined {
    const { ofThing } = this.#shared;
    // The proof of a client that has gone may still be looked at.
    if (this.#isGone) return undefined;
    if (!ofThing.take(thingId, { beyond: takesOver })) return this.#tooMany("the thing", ofThing);
    this.#thingId = thingId;
    return undefined;
  }

  leave(): void {
    this.#isGone = true;
    const { ofAddress, ofThing } = this.#shared;
    if (this.#isCounted) ofAddress.leave(this.#address);
    if (this.#thingId !== undefined) ofThing.leave(this.#thingId);
  }

  #tooMany(whose: string, { max }: Places): ConnectRefusal {
    this.#shared.counters.connectsPastQuota++;
    return { kind: "tooManyConnections", reason: `${whose} has ${max} connections` };
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

  take(name: string, { beyond = false }: { readonly beyond?: boolean } = {}): boolean {
    if (this.max === 0) return true;
    const taken = this.#taken.get(name) ?? 0;
    if (taken >= this.max && !beyond) return false;
    this.#taken.set(name, taken + 1);
    return true;
  }

  leave(name: string): void {
    if (this.max === 0) return;
    const left = (this.#taken.get(name) ?? 0) - 1;
    if (left > 0) this.#taken.set(name, left);
    else this.#taken.delete(name);
  }
}
