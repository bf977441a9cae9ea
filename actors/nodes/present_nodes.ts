import type { Clock, Logger } from "../platform/mod.ts";
import { jsonMessage, readJsonMessage } from "./json_message.ts";
import { HELLO_MS, NODES_MAX, PRESENT_MS } from "./limits.ts";
import type { Requests } from "./requests.ts";

/** What a node says of itself. */
export interface NodeCard {
  /** A fresh id for each start. */
  readonly node: string;
  readonly roles: readonly string[];
  readonly version: string;
  /** Milliseconds since the Unix epoch, by its own clock. */
  readonly startedMs: number;
  /** Where its HTTP port is. */
  readonly http: string;
}

const NAME = "nodes";

/**
 * Which nodes are there: each says so every {@link HELLO_MS} ms, and at once when it hears of one that
 * it did not know. A node that was not heard of for {@link PRESENT_MS} ms is gone, for all that can
 * be known; nothing that must be right may stand on that.
 */
export class PresentNodes {
  readonly #ground: {
    readonly requests: Requests;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly self: NodeCard;
  };
  readonly #heard = new Map<string, { readonly card: NodeCard; atMs: number }>();
  #cancelTimer = () => {};
  #endListening = () => {};

  constructor(ground: {
    readonly requests: Requests;
    /** Must never be set back. */
    readonly clock: Clock;
    readonly logger: Logger;
    readonly self: NodeCard;
  }) {
    this.#ground = ground;
  }

  /** Resolves once it hears of others. */
  async start(): Promise<void> {
    this.#endListening = await this.#ground.requests.listen(NAME, (told) => this.#hear(told));
    this.#hello();
  }

  stop(): void {
    this.#cancelTimer();
    this.#endListening();
    this.#heard.clear();
  }

  /** Those that are there, this one among them, the longest running first. */
  get all(): readonly NodeCard[] {
    this.#forget();
    const others = [...this.#heard.values()].map(({ card }) => card);
    return [this.#ground.self, ...others].sort((a, b) =>
      a.startedMs - b.startedMs || (a.node < b.node ? -1 : 1)
    );
  }

  /** Those with a role. */
  having(role: string): readonly NodeCard[] {
    return this.all.filter(({ roles }) => roles.includes(role));
  }

  #hello(): void {
    const { requests, clock, self } = this.#ground;
    this.#cancelTimer();
    requests.tell(NAME, jsonMessage(self));
    this.#cancelTimer = clock.schedule(HELLO_MS, () => this.#hello());
  }

  #hear(told: Uint8Array): void {
    const { self, clock, logger } = this.#ground;
    const card = readJsonMessage<NodeCard>(told);
    if (card.node === self.node) return;
    const known = this.#heard.get(card.node);
    if (known !== undefined) {
      known.atMs = clock.nowMs();
      return;
    }
    this.#forget();
    if (this.#heard.size >= NODES_MAX) {
      logger.warn("node passed over: too many are there", { node: card.node, max: NODES_MAX });
      return;
    }
    this.#heard.set(card.node, { card, atMs: clock.nowMs() });
    this.#hello();
  }

  #forget(): void {
    const beforeMs = this.#ground.clock.nowMs() - PRESENT_MS;
    for (const [node, { atMs }] of this.#heard) if (atMs < beforeMs) this.#heard.delete(node);
  }
}
