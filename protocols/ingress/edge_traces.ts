import {
  isSampled,
  isTraceparent,
  type MailboxSection,
  type SectionOutcome,
  type Span,
  type Tracing,
} from "../../actors/mod.ts";
import type { TracedMessage } from "../../projections/mod.ts";
import type { PublishRoute } from "./ingress.ts";
import { TRACED_PER_BATCH_MAX } from "./limits.ts";

export interface EdgeTracing {
  readonly tracing: Tracing;
  /** Of messages that came without a context, every so many-th begins a trace; 0 for none. */
  readonly every: number;
  /** Told before the event of this id is stored, with the contexts to go on from. */
  readonly expectTraced: (eventId: string, messages: readonly TracedMessage[]) => void;
}

/** A traced message in an open batch. */
export interface Received {
  readonly index: number;
  readonly span: Span;
}

interface Committing {
  readonly received: Span;
  readonly commit: Span;
}

/**
 * Traces messages from the edge until they are durable. Each has a trace of its own, complete with the
 * commit of the batch that it shares with others.
 */
export class EdgeTraces {
  readonly #options: EdgeTracing;
  readonly #committing = new Map<string, readonly Committing[]>();
  #untilDue: number;
  /** Counted for /metrics: messages that were to be traced and were one too many in their batch. */
  dropped = 0;

  constructor(options: EdgeTracing) {
    this.#options = options;
    this.#untilDue = options.every;
  }

  /** `traced` holds those of the batch that the message joins. */
  received(
    route: PublishRoute,
    { traceparent, index, traced }: {
      readonly traceparent: string | undefined;
      readonly index: number;
      readonly traced: Received[];
    },
  ): void {
    const wanted = isTraceparent(traceparent) ? isSampled(traceparent) : this.#isDue();
    if (!wanted) return;
    if (traced.length >= TRACED_PER_BATCH_MAX) {
      this.dropped++;
      return;
    }
    const { publisher, protocol, correlationId } = route.origin;
    const span = this.#options.tracing.start("receive", {
      kind: "consumer",
      parent: traceparent,
      attributes: {
        "network.protocol.name": protocol,
        "millrace.channel_id": route.channelId,
        "millrace.thing_id": publisher,
        "millrace.correlation_id": correlationId,
      },
    });
    if (span.isSampled) traced.push({ index, span });
    else span.end();
  }

  /** The batch goes to the mailbox as this section. */
  committing(section: MailboxSection, traced: readonly Received[]): void {
    if (traced.length === 0) return;
    const { eventId, messageCount, batch } = section;
    const committing = traced.map(({ span }) => ({
      received: span,
      commit: this.#options.tracing.start("commit", {
        parent: span.traceparent,
        attributes: {
          "millrace.event_id": eventId,
          "messaging.batch.message_count": messageCount,
          "millrace.batch_bytes": batch.length,
        },
      }),
    }));
    this.#committing.set(eventId, committing);
    this.#options.expectTraced(
      eventId,
      committing.map(({ commit }, at) => ({
        index: traced[at]!.index,
        traceparent: commit.traceparent,
      })),
    );
  }

  committed({ eventId }: MailboxSection, { position, rejection }: SectionOutcome): void {
    const committing = this.#committing.get(eventId);
    if (committing === undefined) return;
    this.#committing.delete(eventId);
    for (const { received, commit } of committing) {
      if (position > 0) commit.set({ "millrace.position": position });
      commit.end(rejection?.message);
      received.end(rejection?.message);
    }
  }

  #isDue(): boolean {
    if (this.#options.every === 0 || --this.#untilDue > 0) return false;
    this.#untilDue = this.#options.every;
    return true;
  }
}
