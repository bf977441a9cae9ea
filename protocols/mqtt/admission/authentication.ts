import { Buffer } from "node:buffer";
import { TransientError } from "../../../actors/mod.ts";
import type { AccessIndex, ThingAccess } from "../../../projections/mod.ts";
import {
  notAllowed,
  type Properties,
  ReasonCode,
  textBytes,
  wellFormed,
  writeAuth,
} from "../codec/mod.ts";
import { SCRAM_ITERATIONS, SCRAM_MESSAGE_BYTES_MAX, SCRAM_NONCE_BYTES } from "../limits.ts";
import {
  beginScram,
  type ClientFinal,
  finishScram,
  readClientFinal,
  readClientFirst,
  type ScramExchange,
  type ScramRefusal,
} from "./scram/mod.ts";
import type { ScramVerifiers, ThingVerifier } from "./scram_verifiers.ts";
import type { ThingKeys } from "./thing_keys.ts";
import type { ConnectRefusal } from "../translate.ts";

/** The one method of enhanced authentication that is offered. */
export const SCRAM_SHA_256 = "SCRAM-SHA-256";

/** What an AUTH or a CONNACK of one authentication carries [MQTT5-4.12.0-5]. */
export type AuthenticationAnswer = Required<
  Pick<Properties, "authenticationMethod" | "authenticationData">
>;

/** Whose key was proven, and what proves to the client that the server knows it. */
export interface ProvenThing {
  readonly thing: ThingAccess;
  readonly answer: AuthenticationAnswer;
}

export interface AuthenticationGround {
  readonly access: AccessIndex;
  readonly thingKeys: ThingKeys;
  readonly scramVerifiers: ScramVerifiers;
}

/** The proof was not made with the key of the thing, or there is no such thing: nobody is told which. */
const WRONG_PROOF: ConnectRefusal = {
  kind: "wrongProof",
  reason: "the proof was not made with the key of the thing",
};
const BUSY: ConnectRefusal = {
  kind: "serverBusy",
  reason: "the proof could not be checked now, it can later",
};

/** Enhanced authentication of one connection, at its CONNECT and as often as the client wants again. */
export class Authentication {
  readonly #ground: AuthenticationGround;
  readonly #packetBytesMax: number;
  #state: "idle" | "waiting" | "verifying" | "closed" = "idle";
  #exchange: ScramExchange | undefined;

  constructor(
    ground: AuthenticationGround,
    client: {
      /** Of the largest packet that the client takes. */
      readonly packetBytesMax: number;
    },
  ) {
    this.#ground = ground;
    this.#packetBytesMax = client.packetBytesMax;
  }

  /** The name that the client gave last; it proves nothing. */
  get name(): string | undefined {
    return this.#exchange?.first.name;
  }

  /** The AUTH that asks for the proof, or why there is none. Throws MqttError. */
  begin({ authenticationData }: Properties): Uint8Array | ConnectRefusal {
    if (this.#state !== "idle") {
      throw notAllowed("Cannot begin to authenticate: an authentication is under way");
    }
    const first = read(authenticationData, readClientFirst);
    if ("kind" in first) return first;
    const { thingKeys } = this.#ground;
    const nonce = crypto.getRandomValues(new Uint8Array(SCRAM_NONCE_BYTES));
    this.#exchange = beginScram(first, {
      serverNonce: Buffer.from(nonce).toString("base64"),
      salt: thingKeys.saltOf(first.name),
      iterations: SCRAM_ITERATIONS,
    });
    this.#state = "waiting";
    // [MQTT5-4.12.0-2]
    const { serverFirst } = this.#exchange;
    const auth = writeAuth(ReasonCode.continueAuthentication, answerOf(serverFirst));
    if (auth.length <= this.#packetBytesMax) return auth;
    const reason = `the AUTH has ${auth.length} bytes, the client takes ${this.#packetBytesMax}`;
    return { kind: "packetTooLarge", reason };
  }

  /** What the client's answer proves; undefined if the connection ended meanwhile. Throws MqttError. */
  finish({ authenticationData }: Properties): Promise<ProvenThing | ConnectRefusal | undefined> {
    if (this.#state !== "waiting") {
      throw notAllowed("Cannot go on to authenticate: no answer of the client is awaited");
    }
    const final = read(authenticationData, readClientFinal);
    if ("kind" in final) return Promise.resolve(final);
    this.#state = "verifying";
    return this.#verify(this.#exchange!, final);
  }

  /** The connection has ended: nothing comes of what is under way. */
  close(): void {
    this.#state = "closed";
  }

  async #verify(
    exchange: ScramExchange,
    final: ClientFinal,
  ): Promise<ProvenThing | ConnectRefusal | undefined> {
    const verifier = await this.#verifierOf(exchange.first.name);
    if (this.#state === "closed") return undefined;
    this.#state = "idle";
    if (verifier === undefined) return BUSY;
    const serverFinal = finishScram(exchange, { final, verifier });
    const thing = this.#ground.access.thing(exchange.first.name);
    // Its key may have been changed while the verifier was made.
    if (serverFinal === undefined || thing?.keyHash !== verifier.keyHash) return WRONG_PROOF;
    return thing === undefined ? WRONG_PROOF : { thing, answer: answerOf(serverFinal) };
  }

  async #verifierOf(name: string): Promise<ThingVerifier | undefined> {
    try {
      return await this.#ground.scramVerifiers.verifierOf(name);
    } catch (error) {
      if (error instanceof TransientError) return undefined;
      throw error;
    }
  }
}

function answerOf(message: string): AuthenticationAnswer {
  return { authenticationMethod: SCRAM_SHA_256, authenticationData: textBytes(message) };
}

/** What the client sends is text within bounds, or nothing. */
function read<T extends object>(
  bytes: Uint8Array | undefined,
  reader: (text: string) => T | ScramRefusal,
): T | ConnectRefusal {
  const kind = "authenticationRefused";
  if (bytes === undefined) return { kind, reason: "the AUTH or CONNECT has no data" };
  if (bytes.length > SCRAM_MESSAGE_BYTES_MAX) {
    const reason = `the message of SCRAM has more than ${SCRAM_MESSAGE_BYTES_MAX} bytes`;
    return { kind, reason };
  }
  const message = reader(wellFormed(bytes) ?? "");
  return "refused" in message ? { kind, reason: message.refused } : message;
}
