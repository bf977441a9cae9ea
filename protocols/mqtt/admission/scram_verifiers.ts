import { TransientError } from "../../../actors/mod.ts";
import type { AccessIndex } from "../../../projections/mod.ts";
import {
  SCRAM_DERIVATIONS_MAX,
  SCRAM_ITERATIONS,
  SCRAM_VERIFIERS_MAX,
  SCRAM_WAITING_MAX,
} from "../limits.ts";
import { deriveVerifier, type ScramVerifier } from "./scram/mod.ts";
import type { ThingKeys } from "./thing_keys.ts";

/** A verifier, and the key that it is of. */
export interface ThingVerifier extends ScramVerifier {
  /** Absent if no thing has the name. */
  readonly keyHash: string | undefined;
}

/**
 * Verifiers of SCRAM by the names that clients give. A name that no thing has gets one too, made
 * the same way and kept the same way, which nothing can prove: neither the answers nor their times
 * tell a stranger which things there are.
 */
export class ScramVerifiers {
  readonly #ground: { readonly access: AccessIndex; readonly thingKeys: ThingKeys };
  /** By name and key, the one that was not asked for longest first. */
  readonly #kept = new Map<string, ThingVerifier>();
  readonly #underWay = new Map<string, Promise<ThingVerifier>>();
  readonly #waiting: (() => void)[] = [];
  readonly #nobodysKey = crypto.randomUUID();
  #deriving = 0;

  constructor(ground: { readonly access: AccessIndex; readonly thingKeys: ThingKeys }) {
    this.#ground = ground;
  }

  /** Throws TransientError while too many are made, or the key of the thing cannot be read yet. */
  async verifierOf(name: string): Promise<ThingVerifier> {
    // The hash is the version of the key: a key that is changed leaves its verifier behind.
    const keyHash = this.#ground.access.thing(name)?.keyHash;
    const place = `${keyHash ?? ""} ${name}`;
    const kept = this.#kept.get(place);
    if (kept !== undefined) {
      this.#keep(place, kept);
      return kept;
    }
    const underWay = this.#underWay.get(place);
    if (underWay !== undefined) return await underWay;
    if (this.#waiting.length >= SCRAM_WAITING_MAX) {
      throw new TransientError(`Cannot derive a verifier: ${SCRAM_WAITING_MAX} others wait for it`);
    }
    const derived = this.#inTurn(() => this.#derive(name, keyHash));
    this.#underWay.set(place, derived);
    try {
      const verifier = await derived;
      this.#keep(place, verifier);
      return verifier;
    } finally {
      this.#underWay.delete(place);
    }
  }

  async #derive(name: string, keyHash: string | undefined): Promise<ThingVerifier> {
    const { thingKeys } = this.#ground;
    // Also asked for a name that no thing has: it must take as long.
    const found = await thingKeys.keyOf(name);
    if (keyHash !== undefined && found?.hash !== keyHash) {
      throw new TransientError("Cannot derive a verifier: the key is not known here yet");
    }
    const key = keyHash === undefined ? this.#nobodysKey : found!.key;
    const salt = thingKeys.saltOf(name);
    return { keyHash, ...await deriveVerifier(key, { salt, iterations: SCRAM_ITERATIONS }) };
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#deriving >= SCRAM_DERIVATIONS_MAX) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#deriving++;
    try {
      return await work();
    } finally {
      // Whoever is next takes the place over.
      const next = this.#waiting.shift();
      if (next === undefined) this.#deriving--;
      else next();
    }
  }

  #keep(place: string, verifier: ThingVerifier): void {
    this.#kept.delete(place);
    this.#kept.set(place, verifier);
    if (this.#kept.size <= SCRAM_VERIFIERS_MAX) return;
    const [oldest] = this.#kept.keys();
    this.#kept.delete(oldest!);
  }
}
