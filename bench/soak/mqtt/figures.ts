import { residentMiB } from "../../platform.ts";

/** What the platform tells of itself at one instant. */
export interface Sample {
  readonly elapsedMs: number;
  readonly residentMiB: number;
  readonly connections: number;
  /** How long the main thread was ready to run and had no CPU, since the start; NaN if unknown. */
  readonly withoutCpuMs: number;
  /** Samples of the event loop's lag at or below each bound in seconds, since the start. */
  readonly lag: ReadonlyMap<number, number>;
}

export async function sampled(
  { http, pid }: { readonly http: string; readonly pid: number },
  elapsedMs: number,
): Promise<Sample> {
  const text = await (await fetch(`${http}/metrics`)).text();
  const buckets = text.matchAll(/^millrace_event_loop_lag_seconds_bucket\{le="(.+)"\} (\d+)$/gm);
  const scheduled = await Deno.readTextFile(`/proc/${pid}/schedstat`).catch(() => "");
  return {
    elapsedMs,
    withoutCpuMs: Number(scheduled.split(" ")[1] ?? NaN) / 1e6,
    residentMiB: await residentMiB(pid),
    connections: Number(/^millrace_mqtt_connections (\d+)$/m.exec(text)?.[1] ?? NaN),
    lag: new Map([...buckets].map(([, le, count]) => [
      le === "+Inf" ? Infinity : Number(le),
      Number(count),
    ])),
  };
}

/** In milliseconds, of what happened between two samples; as Prometheus' histogram_quantile. */
export function lagBetween(
  { before, after }: { readonly before: Sample | undefined; readonly after: Sample },
  share: number,
): number {
  const counts = [...after.lag].map(([bound, count]) => ({
    bound,
    count: count - (before?.lag.get(bound) ?? 0),
  }));
  const wanted = share * (counts.at(-1)?.count ?? 0);
  let lower = { bound: 0, count: 0 };
  for (const upper of counts) {
    if (upper.count >= wanted) {
      // Nothing is known of what is past the last bound.
      if (upper.bound === Infinity) return lower.bound * 1_000;
      const part = (wanted - lower.count) / Math.max(1, upper.count - lower.count);
      return (lower.bound + (upper.bound - lower.bound) * part) * 1_000;
    }
    lower = upper;
  }
  return NaN;
}

/** Share of the time for which the main thread waited for a CPU: that lag is not of its own making. */
export function withoutCpu(
  { before, after }: { readonly before: Sample | undefined; readonly after: Sample },
): number {
  if (before === undefined) return 0;
  return (after.withoutCpuMs - before.withoutCpuMs) / (after.elapsedMs - before.elapsedMs);
}
