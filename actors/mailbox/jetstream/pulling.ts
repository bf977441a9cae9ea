import type { Msg, Subscription } from "@nats-io/nats-core";
import { createInbox, nanos } from "@nats-io/nats-core";
import { DRAIN_MS_MAX, PULL_HEARTBEAT_MS, PULL_MS } from "./limits.ts";
import type { NatsLink } from "./link.ts";

/** Times of a lost answer. */
const STALE_MS = 2 * PULL_HEARTBEAT_MS + 500;

const encoder = new TextEncoder();
const PULL = encoder.encode(
  JSON.stringify({ batch: 1, expires: nanos(PULL_MS), idle_heartbeat: nanos(PULL_HEARTBEAT_MS) }),
);
const NAK = encoder.encode("-NAK");

/** A delivered message; what says the server about it stands in its reply subject. */
export interface Delivery {
  readonly message: Msg;
  /** Place in the stream. */
  readonly sequence: number;
  /** The server counts every delivery of a consumer, repeats too. */
  readonly delivery: number;
}

export type Pulled =
  | { readonly is: "frame"; readonly delivery: Delivery }
  /** Nothing came; the consumer may be gone, or the line was cut. */
  | { readonly is: "silent" }
  | { readonly is: "none" };

/**
 * Asks for one message at a time. The client's own consumer would do, but for its end: it throws away
 * what the server sends until it hears of it, and the next owner of the partition would wait for that
 * frame.
 */
export class PullLine {
  readonly #link: NatsLink;
  readonly #subject: string;
  readonly #inbox = createInbox();
  readonly #subscription: Subscription;
  #asked = 0;
  #waiting: ((pulled: Pulled) => void) | undefined;
  #stale: ReturnType<typeof setTimeout> | undefined;

  constructor(link: NatsLink, { stream, consumer }: {
    readonly stream: string;
    readonly consumer: string;
  }) {
    this.#link = link;
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    this.#subscription = link.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        // Only a subject that the user may not listen to comes as an error.
        if (error !== null) this.#settle({ is: "silent" });
        else this.#received(message);
      },
    });
  }

  /** The next message: one call at a time. */
  next(): Promise<Pulled> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#asked++;
      this.#watch();
      this.#link.connection.publish(this.#subject, PULL, {
        reply: `${this.#inbox}.${this.#asked}`,
      });
    });
  }

  /** Gives up the call that waits, when the line broke or the consumer ends. */
  interrupt(): void {
    this.#settle({ is: "silent" });
  }

  /** Ends; what the server sent before it knew goes back to it, to be given to the next owner at once. */
  async end(): Promise<void> {
    this.#waiting = undefined;
    clearTimeout(this.#stale);
    if (this.#link.connection.isClosed()) return;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, DRAIN_MS_MAX);
    const drained = (async () => {
      await this.#subscription.drain();
      await this.#link.connection.flush();
    })();
    // A line that breaks meanwhile takes the subscription with it.
    await Promise.race([drained.catch(() => {}), late.promise]);
    clearTimeout(timer);
  }

  #received(message: Msg): void {
    const delivery = deliveryOf(message);
    if (delivery === undefined) {
      if (message.subject !== `${this.#inbox}.${this.#asked}`) return;
      if (message.headers?.code === 100) this.#watch();
      else this.#settle({ is: message.headers?.code === 408 ? "none" : "silent" });
      return;
    }
    if (this.#waiting === undefined) message.respond(NAK);
    else this.#settle({ is: "frame", delivery });
  }

  #watch(): void {
    clearTimeout(this.#stale);
    this.#stale = setTimeout(() => this.#settle({ is: "silent" }), STALE_MS);
  }

  #settle(pulled: Pulled): void {
    clearTimeout(this.#stale);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(pulled);
  }
}

/**
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<delivery>.<time>.<pending>`; later servers put
 * a domain and an account before the stream, and something random behind.
 */
export function deliveryOf(message: Msg): Delivery | undefined {
  const tokens = message.reply?.split(".") ?? [];
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK" || tokens.length < 9) return undefined;
  const at = tokens.length === 9 ? 5 : 7;
  return { message, sequence: Number(tokens[at]), delivery: Number(tokens[at + 1]) };
}
