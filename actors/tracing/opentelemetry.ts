import {
  type Context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import { withoutSecrets } from "../platform/mod.ts";
import { isSampled, traceIdsOf, traceparentOf } from "./traceparent.ts";
import type { Span, SpanStart, Tracing } from "./tracing.ts";

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  consumer: SpanKind.CONSUMER,
} as const;

/** Through the provider that Deno exports from; what the API registers is for Deno's own spans. */
export function denoTracing(): Tracing {
  const tracer = Deno.telemetry.tracerProvider.getTracer("millrace") as Tracer;
  return { start: (name, start = {}) => startSpan(tracer, { ...start, name }) };
}

function startSpan(
  tracer: Tracer,
  { name, parent, kind = "internal", attributes, startMs }: SpanStart & { readonly name: string },
): Span {
  const span = tracer.startSpan(name, {
    kind: KINDS[kind],
    ...(attributes === undefined ? {} : { attributes }),
    ...(startMs === undefined ? {} : { startTime: startMs }),
  }, contextOf(parent));
  const { traceId, spanId, traceFlags } = span.spanContext();
  const traceparent = traceparentOf({ traceId, spanId, flags: traceFlags });
  return {
    traceparent,
    isSampled: isSampled(traceparent),
    set: (more) => void span.setAttributes(more),
    end(error) {
      if (error !== undefined) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: withoutSecrets(error) });
      }
      span.end();
    },
  };
}

function contextOf(parent: string | undefined): Context {
  const ids = parent === undefined ? undefined : traceIdsOf(parent);
  if (ids === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, flags: traceFlags } = ids;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
