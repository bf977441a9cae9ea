/** Named as OpenTelemetry's semantic conventions name them, or under `millrace.`. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  /** A `traceparent`; without one the span begins a trace. */
  readonly parent?: string | undefined;
  /** Where the span's work came from; `internal` unless told. */
  readonly kind?: "internal" | "server" | "consumer";
  readonly attributes?: Attributes;
  /** Milliseconds since the Unix epoch; now unless told. */
  readonly startMs?: number;
}

/** A piece of work that takes time. */
export interface Span {
  /** For spans below it. */
  readonly traceparent: string;
  /** False if the sampler left it out: then spans below it are not worth their while. */
  readonly isSampled: boolean;
  set(attributes: Attributes): void;
  /** With what went wrong, if something did. Only the first call counts. */
  end(error?: string): void;
}

export interface Tracing {
  start(name: string, start?: SpanStart): Span;
}
