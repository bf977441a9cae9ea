import {
  type Context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import { UsageError } from "../errors.ts";
import { withoutSecrets } from "../platform/mod.ts";
import { isSampled, traceIdsOf, traceparentOf } from "./traceparent.ts";
import type { Span, SpanStart, Tracing } from "./tracing.ts";

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  consumer: SpanKind.CONSUMER,
} as const;

/**
 * Undefined unless `OTEL_DENO` is true. Throws UsageError where Deno would record spans of its own:
 * they show each URL as it was sent, and a client may have put a key into it.
 */
export function openTracing(env: (name: string) => string | undefined): Tracing | undefined {
  const says = (name: string, ...words: readonly string[]) => words.includes(env(name) ?? "");
  if (!says("OTEL_DENO", "true", "1") || says("OTEL_SDK_DISABLED", "true", "1")) return undefined;
  if (!says("OTEL_DENO_TRACING", "false", "0")) {
    throw new UsageError(
      `Cannot start with OTEL_DENO '${env("OTEL_DENO")}' alone: Deno's own spans would show URLs ` +
        "with what clients put into them, so set OTEL_DENO_TRACING to 'false' beside it, which " +
        "leaves the platform's spans as they are",
    );
  }
  // As the API finds it where Deno's own spans are on.
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
