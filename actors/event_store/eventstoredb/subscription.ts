import type { AllStreamSubscription } from "@eventstore/db-client";
import { TransientError } from "../../errors.ts";
import { type LogPage, type LogReadOptions, READ_LIMIT_MAX } from "../event_store.ts";
import type { Upcasting } from "../upcasting.ts";
import { backOffMs, pause } from "../../platform/mod.ts";
import type { EsdbConnection } from "./connection.ts";
import { esdbTranslated } from "./esdb_errors.ts";
import { type EsdbEvent, esdbEvent, isOfLog, positionIn, recordedEvent } from "./esdb_event.ts";

/** Bytes that may wait for a slow reader; then the server waits too. */
const WAITING_BYTES_MAX = 1024 * 1024;

export interface SubscriptionGround {
  readonly connection: EsdbConnection;
  readonly upcasting: Upcasting;
  readonly readAll: (options: LogReadOptions) => Promise<LogPage>;
}

type Subscription = Omit<LogReadOptions, "limit"> & { readonly signal: AbortSignal };

/**
 * Pages from a position on, for ever: first reads to the end of the log, then what a subscription
 * brings. The client's subscriptions end with their connection: each time, reading goes on behind the
 * last event that was handed on, so none is missed and none comes twice.
 */
export async function* subscribed(
  { connection, upcasting, readAll }: SubscriptionGround,
  { after, streamPrefixes, signal }: Subscription,
): AsyncIterable<LogPage> {
  const over = AbortSignal.any([signal, connection.closed]);
  // Of no prefixes, none matches: there is nothing to wait for but the end.
  if (streamPrefixes?.length === 0) return await pause(2 ** 31 - 1, over);
  const where = streamPrefixes === undefined ? {} : { streamPrefixes };
  for (let reached = after, attempt = 0; !over.aborted; attempt++) {
    for (let atEnd = false; !atEnd && !over.aborted;) {
      const page = await readAll({ ...where, after: reached, limit: READ_LIMIT_MAX })
        .catch(transientAlone);
      if (page === undefined) continue;
      ({ reached, atEnd } = page);
      if (page.events.length > 0) yield page;
    }
    if (over.aborted) return;
    const inflow = new Inflow(connection.subscribe({ after: reached, ...where }), over);
    try {
      for (let taken; (taken = await inflow.taken()) !== undefined;) {
        const events = taken.map((event) => recordedEvent(event, { upcasting, stored: false }));
        reached = events.at(-1)!.position;
        attempt = 0;
        yield { events, reached, atEnd: inflow.isEmpty };
      }
    } finally {
      await inflow.end();
    }
    if (inflow.failure !== undefined) throw inflow.failure;
    await pause(backOffMs(attempt), over);
  }
}

/** A read waits for a server for long; a subscription waits for ever. */
function transientAlone(error: unknown): undefined {
  if (!(error instanceof TransientError)) throw error;
}

/** What came by a subscription and was not taken yet. */
class Inflow {
  readonly #subscription: AllStreamSubscription;
  readonly #over: AbortSignal;
  #waiting: EsdbEvent[] = [];
  #bytes = 0;
  #ended = false;
  #changed = Promise.withResolvers<void>();
  readonly #end = () => void this.end();
  failure: Error | undefined;

  constructor(subscription: AllStreamSubscription, over: AbortSignal) {
    this.#subscription = subscription;
    this.#over = over;
    over.addEventListener("abort", this.#end, { once: true });
    void this.#pump();
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** What has come meanwhile, at least one; undefined when the subscription has ended. */
  async taken(): Promise<readonly EsdbEvent[] | undefined> {
    while (this.isEmpty && !this.#ended) await this.#changed.promise;
    if (this.isEmpty || this.#over.aborted) return undefined;
    const taken = this.#waiting.splice(0, READ_LIMIT_MAX);
    this.#bytes = this.#waiting.reduce((bytes, event) => bytes + bytesOf(event), 0);
    this.#signal();
    return taken;
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#over.removeEventListener("abort", this.#end);
    this.#signal();
    await this.#subscription.unsubscribe().catch((error: unknown) => {
      // A subscription that never began needs no end.
      this.#fail(error);
    });
    this.#subscription.destroy();
  }

  async #pump(): Promise<void> {
    try {
      for await (const resolved of this.#subscription) {
        const event = esdbEvent(resolved);
        if (!isOfLog(event)) continue;
        positionIn(event);
        this.#waiting.push(event);
        this.#bytes += bytesOf(event);
        this.#signal();
        while (this.#bytes >= WAITING_BYTES_MAX && !this.#ended) await this.#changed.promise;
        if (this.#ended) break;
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#ended = true;
    this.#over.removeEventListener("abort", this.#end);
    this.#signal();
  }

  /** A server that is away is asked again; what else is wrong stays wrong. */
  #fail(cause: unknown): void {
    const error = esdbTranslated("follow the log", cause);
    if (!(error instanceof TransientError)) this.failure = error;
  }

  #signal(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

function bytesOf({ data }: EsdbEvent): number {
  return data instanceof Uint8Array ? data.length : 512;
}
