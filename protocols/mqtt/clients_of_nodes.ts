import { createHash } from "node:crypto";
import {
  type DurableSessionKey,
  jsonMessage,
  type Logger,
  readJsonMessage,
  type Requests,
  TransientError,
} from "../../actors/mod.ts";
import { KEEP_MS_MAX } from "./limits.ts";
import type { DelayedWills } from "./keeping/mod.ts";
import type { OpenSessions } from "./open_sessions.ts";

/** Hexadecimal digits of the name under which a node answers for a client. */
const NAME_DIGITS = 32;
/** Hexadecimal digits of the time in a UUIDv7. */
const UUID_TIME_DIGITS = 12;
const text = new TextEncoder();

interface Ground {
  readonly requests: Requests;
  readonly sessions: Pick<OpenSessions, "inTurn" | "takeOver">;
  readonly delayedWills: Pick<DelayedWills, "returned" | "isWaiting">;
  readonly logger: Logger;
}

/** A client that this node answers for. */
interface Held {
  readonly key: DurableSessionKey;
  /** UUIDv7: of two connections the one with the higher id is the newer. */
  connectionId: string;
  readonly end: Promise<() => void>;
  /** Another node has a newer connection. */
  isYielding: boolean;
}

interface Claim {
  readonly connectionId: string;
  readonly cleanStart: boolean;
}

/** The answer to a claim that was under way while the client came again. */
const NEWER = "newer";
/** Who only asks wants to know which connection the client has. */
const WHO = "who";

/**
 * One client, one connection, whichever node it comes to [MQTT-3.1.4-2] [MQTT5-3.1.4-3]. A node
 * answers for its clients, under a name for each; so a CONNECT is told at once that nobody has the
 * client, or waits until the node that has it has ended the connection and stored its session. Where
 * two nodes take one client in the same instant, the newer connection stays.
 */
export class ClientsOfNodes {
  readonly #ground: Ground;
  readonly #held = new Map<string, Held>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** Clients that this node answers for. */
  get count(): number {
    return this.#held.size;
  }

  /**
   * Makes this node the one that answers for the client. True if another node had it, whose
   * connection is over then, and stored. Throws TransientError if that node does not say so in time, or
   * the client came to it after it came here.
   */
  async claim(key: DurableSessionKey, claim: Claim): Promise<boolean> {
    const name = nameOf(key);
    const known = this.#held.get(name);
    if (known !== undefined) {
      known.connectionId = claim.connectionId;
      known.isYielding = false;
      return false;
    }
    const { requests } = this.#ground;
    const told = await requests.ask(name, jsonMessage(claim), { timeoutMs: KEEP_MS_MAX });
    if (told !== undefined && new TextDecoder().decode(told) === NEWER) {
      throw new TransientError("Cannot take the client: it has a newer connection at another node");
    }
    const { connectionId } = claim;
    const held: Held = { key, connectionId, end: this.#answerFor(name), isYielding: false };
    this.#held.set(name, held);
    await held.end;
    // Another node may have asked before this one could answer.
    requests.tell(name, jsonMessage(claim));
    return told !== undefined;
  }

  /**
   * Id of the connection that the client has, or had last at a node that publishes its will later;
   * undefined if no node has it. Throws TransientError if a node does not say so in time.
   */
  async holder(key: DurableSessionKey): Promise<string | undefined> {
    const name = nameOf(key);
    const known = this.#held.get(name);
    if (known !== undefined) return known.connectionId;
    const told = await this.#ground.requests.ask(name, text.encode(WHO), {
      timeoutMs: KEEP_MS_MAX,
    });
    return told === undefined ? undefined : new TextDecoder().decode(told);
  }

  /** Whether this is the connection that the client has, and none that is newer is known of. */
  has(key: DurableSessionKey, connectionId: string): boolean {
    const held = this.#held.get(nameOf(key));
    return held?.connectionId === connectionId && !held.isYielding;
  }

  /** The connection is over and stored: whoever has the client next need not ask. */
  release(key: DurableSessionKey, connectionId: string): void {
    const name = nameOf(key);
    const held = this.#held.get(name);
    if (held?.connectionId !== connectionId || this.#ground.delayedWills.isWaiting(key)) return;
    this.#letGo(name, held);
  }

  async #answerFor(name: string): Promise<() => void> {
    const { requests } = this.#ground;
    const ends = await Promise.all([
      requests.answer(name, (question) => this.#answer(name, question)),
      requests.listen(name, (message) => this.#heard(name, readJsonMessage<Claim>(message))),
    ]);
    return () => ends.forEach((end) => end());
  }

  async #answer(name: string, question: Uint8Array): Promise<Uint8Array> {
    const connectionId = this.#held.get(name)?.connectionId ?? "";
    if (new TextDecoder().decode(question) === WHO) return text.encode(connectionId);
    const claim = readJsonMessage<Claim>(question);
    if (isOvertaken(claim, connectionId)) return text.encode(NEWER);
    return text.encode(await this.#yield(name, claim) ? connectionId : NEWER);
  }

  /** Another node has the client from now on; false if it came to this one again meanwhile. */
  async #yield(name: string, claim: Claim): Promise<boolean> {
    const { sessions, delayedWills } = this.#ground;
    const asked = this.#held.get(name);
    if (asked === undefined) return true;
    asked.isYielding = true;
    return await sessions.inTurn(asked.key, async () => {
      const held = this.#held.get(name);
      if (held === undefined) return true;
      if (isOvertaken(claim, held.connectionId)) return false;
      await sessions.takeOver(held.key);
      delayedWills.returned(held.key, { resumed: !claim.cleanStart });
      this.#letGo(name, held);
      return true;
    });
  }

  #heard(name: string, claim: Claim): void {
    const held = this.#held.get(name);
    if (held === undefined || held.connectionId === claim.connectionId) return;
    const { requests, logger } = this.#ground;
    const { connectionId } = held;
    if (claim.connectionId < connectionId) {
      return requests.tell(name, jsonMessage({ connectionId, cleanStart: false }));
    }
    this.#yield(name, claim).catch((error: unknown) =>
      logger.error("session not handed over", { ...held.key, error: String(error) })
    );
  }

  #letGo(name: string, held: Held): void {
    if (this.#held.get(name) === held) this.#held.delete(name);
    const { logger } = this.#ground;
    held.end.then((end) => end()).catch((error: unknown) =>
      logger.warn("node cannot stop answering for a client", { error: String(error) })
    );
  }
}

/**
 * A claim takes no longer than that: where ids are further apart the clocks of two nodes are, and
 * whoever claims is the newer one.
 */
function isOvertaken({ connectionId }: Claim, heldId: string): boolean {
  return heldId > connectionId && timeOf(heldId) - timeOf(connectionId) <= KEEP_MS_MAX;
}

/** The instant that a UUIDv7 begins with, in milliseconds since the Unix epoch. */
function timeOf(id: string): number {
  return Number.parseInt(id.replaceAll("-", "").slice(0, UUID_TIME_DIGITS), 16);
}

/** Ids are free text; a name must not be. */
function nameOf({ thingId, clientId }: DurableSessionKey): string {
  const digest = createHash("sha256").update(`${thingId} ${clientId}`).digest("hex");
  return `client.${digest.slice(0, NAME_DIGITS)}`;
}
