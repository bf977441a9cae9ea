import { type Attributes, isSampled, type Span, type Tracing } from "../../../actors/mod.ts";

export interface KeptSpan {
  readonly name: string;
  readonly traceparent: string;
  readonly parent: string | undefined;
  attributes: Attributes;
  ended: boolean;
  error: string | undefined;
}

/** Tracing that keeps its spans, for parts that are looked at alone; they count up from 1. */
export class KeptSpans implements Tracing {
  readonly spans: KeptSpan[] = [];
  /** False as a sampler says that leaves out what begins a trace. */
  samplesRoots = true;

  start(
    name: string,
    { parent, attributes = {} }: { readonly parent?: string | undefined; attributes?: Attributes } =
      {},
  ): Span {
    const number = this.spans.length + 1;
    const traceId = parent?.split("-")[1] ?? String(number).padStart(32, "0");
    const flags = parent === undefined && !this.samplesRoots ? "00" : "01";
    const traceparent = `00-${traceId}-${String(number).padStart(16, "0")}-${flags}`;
    const kept: KeptSpan = {
      name,
      traceparent,
      parent,
      attributes,
      ended: false,
      error: undefined,
    };
    this.spans.push(kept);
    return {
      traceparent,
      isSampled: isSampled(traceparent),
      set: (more) => void (kept.attributes = { ...kept.attributes, ...more }),
      end(error) {
        kept.ended = true;
        kept.error = error;
      },
    };
  }
}
