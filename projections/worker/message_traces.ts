import {
  decodeMessageBatch,
  decodeProperties,
  isSampled,
  type Message,
  type RecordedEvent,
  type Span,
  TRACEPARENT,
  type Tracing,
} from "../../actors/mod.ts";
import type { WatchSlice } from "../runner/mod.ts";

/** Batches whose contexts are remembered until all projections had them; the oldest go first. */
export const BATCHES_MAX = 4_096;
/** Messages of one slice that are traced: the cost of a slice stays what its writes are. */
export const TRACED_PER_SLICE_MAX = 64;
/** Older messages come from a rebuild or a long absence: their traces were closed long ago. */
export const TRACED_AGE_MS_MAX = 10 * 60_000;
/** Version of batches in which no message has properties (actors/message/format.ts). */
const WITHOUT_PROPERTIES = 1;

/** A message whose way is traced: its place in its batch, and the context to go on from. */
export interface TracedMessage {
  readonly index: number;
  readonly traceparent: string;
}

/**
 * Shows how each projection takes messages that are traced. The context comes from the edge where
 * that runs in this process; else it is the one that the publisher sent, which is stored with the
 * message.
 */
export class MessageTraces {
  readonly #tracing: Tracing;
  readonly #nowMs: () => number;
  readonly #batches = new Map<string, readonly TracedMessage[]>();

  constructor(tracing: Tracing, nowMs: () => number) {
    this.#tracing = tracing;
    this.#nowMs = nowMs;
  }

  get batches(): number {
    return this.#batches.size;
  }

  /** The edge is about to store a batch, as the event of this id. */
  expect(eventId: string, messages: readonly TracedMessage[]): void {
    this.#batches.set(eventId, messages);
    if (this.#batches.size > BATCHES_MAX) {
      this.#batches.delete(this.#batches.keys().next().value!);
    }
  }

  readonly watch: WatchSlice = ({ name }, events) => {
    const traced = events.flatMap((event) => this.#tracedIn(event));
    if (traced.length === 0) return undefined;
    const spans = traced.slice(0, TRACED_PER_SLICE_MAX).map(({ event, index, traceparent }) =>
      this.#tracing.start(`project ${name}`, {
        parent: traceparent,
        attributes: {
          "millrace.projection": name,
          "millrace.position": event.position,
          "millrace.message_index": index,
        },
      })
    );
    let writes: readonly Span[] = [];
    return {
      projected: () => {
        writes = spans.map(({ traceparent }) =>
          this.#tracing.start(`write ${name}`, { parent: traceparent })
        );
      },
      written: (error) => {
        for (const span of writes) span.end(error);
        for (const span of spans) span.end(error);
      },
    };
  };

  #tracedIn(
    event: RecordedEvent,
  ): readonly (TracedMessage & { readonly event: RecordedEvent })[] {
    if (event.type !== "MessagesPublished") return [];
    const told = this.#batches.get(event.id) ?? this.#stored(event);
    return told.map((message) => ({ ...message, event }));
  }

  #stored({ data, metadata }: RecordedEvent): readonly TracedMessage[] {
    if (!(data instanceof Uint8Array) || data[0] === WITHOUT_PROPERTIES) return [];
    if (this.#nowMs() - metadata.recordedAtMs > TRACED_AGE_MS_MAX) return [];
    return decodeMessageBatch(data).messages.flatMap((message) => {
      const traceparent = traceparentIn(message);
      return isSampled(traceparent) ? [{ index: message.index, traceparent }] : [];
    });
  }
}

function traceparentIn({ properties }: Message): string | undefined {
  if (properties === undefined) return undefined;
  const { userProperties = [] } = decodeProperties(properties);
  return userProperties.find(([name]) => name === TRACEPARENT)?.[1];
}
