import { UsageError } from "../errors.ts";
import type { Tracing } from "./tracing.ts";

/**
 * Undefined unless `OTEL_DENO` is true; only then the API is loaded. Throws UsageError where Deno
 * would record spans of its own: they show each URL as it was sent, and a client may have put a key
 * into it.
 */
export async function openTracing(
  env: (name: string) => string | undefined,
): Promise<Tracing | undefined> {
  const says = (name: string, ...words: readonly string[]) => words.includes(env(name) ?? "");
  if (!says("OTEL_DENO", "true", "1") || says("OTEL_SDK_DISABLED", "true", "1")) return undefined;
  if (!says("OTEL_DENO_TRACING", "false", "0")) {
    throw new UsageError(
      `Cannot start with OTEL_DENO '${env("OTEL_DENO")}' alone: Deno's own spans would show URLs ` +
        "with what clients put into them, so set OTEL_DENO_TRACING to 'false' beside it, which " +
        "leaves the platform's spans as they are",
    );
  }
  const { denoTracing } = await import("./opentelemetry.ts");
  return denoTracing();
}
