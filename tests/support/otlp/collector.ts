/** A span as it arrived, with what tests look at. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** 2 is an error (OTLP, `Status.StatusCode`). */
  readonly statusCode: number;
}

export interface Collector {
  /** For the platform that is to send here. */
  readonly env: Readonly<Record<string, string>>;
  readonly spans: readonly CollectedSpan[];
  /** Everything that came, as it came: of all signals. */
  readonly texts: readonly string[];
  close(): Promise<void>;
}

interface SentValue {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}

interface SentSpan extends Omit<CollectedSpan, "attributes" | "startNs" | "endNs" | "statusCode"> {
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: SentValue }[];
  readonly status?: { readonly code?: number };
}

/** Takes OTLP by HTTP and JSON (OpenTelemetry Protocol 1.x, section OTLP/HTTP), as Deno exports it. */
export function startCollector(): Collector {
  const spans: CollectedSpan[] = [];
  const texts: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const text = await request.text();
    texts.push(text);
    if (new URL(request.url).pathname === "/v1/traces") spans.push(...spansIn(text));
    return new Response("{}", { headers: { "content-type": "application/json" } });
  });
  return {
    env: {
      OTEL_DENO: "true",
      OTEL_DENO_TRACING: "false",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    },
    spans,
    texts,
    close: () => server.shutdown(),
  };
}

function spansIn(text: string): readonly CollectedSpan[] {
  const { resourceSpans } = JSON.parse(text) as {
    readonly resourceSpans: readonly {
      readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
    }[];
  };
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map(({ startTimeUnixNano, endTimeUnixNano, attributes, status, ...span }) => ({
      ...span,
      startNs: BigInt(startTimeUnixNano),
      endNs: BigInt(endTimeUnixNano),
      statusCode: status?.code ?? 0,
      attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)])),
    }));
}

function valueOf(value: SentValue): string | number | boolean {
  const { stringValue, intValue, doubleValue, boolValue } = value;
  return stringValue ?? doubleValue ?? boolValue ?? Number(intValue);
}
