/**
 * How the way of a message is shown to those who collect traces.
 *
 * Main path: whoever begins something starts a span under the context that it was given, passes the
 * span's own context on as a `traceparent`, and ends the span; Deno exports it (docs/adr/0018).
 *
 * Off unless the environment says otherwise: then there is no `Tracing`, and nobody asks for one.
 * No attribute holds what a client sent beside ids: a span goes where no one has access checked.
 */
export type { Attributes, Span, SpanStart, Tracing } from "./tracing.ts";
export { isSampled, isTraceparent, TRACEPARENT } from "./traceparent.ts";
export { openTracing } from "./opening.ts";
