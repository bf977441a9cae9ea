/** What a header or user property is called that holds a context (W3C Trace Context, section 3.2). */
export const TRACEPARENT = "traceparent";

/** Version, trace id, parent id, flags; a later version may have more behind them. */
const FORM = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const SAMPLED = 1;

export interface TraceIds {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

/** Undefined for what is none: then it is as if nothing had been sent (section 4.3). */
export function traceIdsOf(traceparent: string): TraceIds | undefined {
  const [, traceId, spanId, flags] = FORM.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

export function traceparentOf({ traceId, spanId, flags }: TraceIds): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, "0")}`;
}

export function isTraceparent(text: string | undefined): text is string {
  return text !== undefined && traceIdsOf(text) !== undefined;
}

/** Whether it is a context, and its sender asks for spans to be recorded. */
export function isSampled(traceparent: string | undefined): traceparent is string {
  if (traceparent === undefined) return false;
  return ((traceIdsOf(traceparent)?.flags ?? 0) & SAMPLED) !== 0;
}
