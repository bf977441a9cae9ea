import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { ReadModels } from "../../../projections/mod.ts";
import type { LoopLag } from "./loop_lag.ts";

/** What other parts count: the name ends in the unit, as Prometheus asks. */
export interface MetricSources {
  /** Numbers by metric name without the prefix `millrace_`. */
  readonly counts: () => Readonly<Record<string, number>>;
  readonly readModels: Pick<ReadModels, "status">;
  readonly loopLag: Pick<LoopLag, "histogram">;
}

/** Prometheus text of the process, the edges and the projections. */
export function platformMetrics(sources: MetricSources): () => Promise<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  removeBlindMetrics(registry);
  registry.registerMetric(sources.loopLag.histogram);
  const lag = new Gauge({
    name: "millrace_projection_lag_positions",
    help: "Positions between a projection and the end of the log",
    labelNames: ["projection"],
    registers: [registry],
  });
  const red = new Gauge({
    name: "millrace_projection_red",
    help: "1 while a projection stands still",
    labelNames: ["projection"],
    registers: [registry],
  });
  const up = new Gauge({
    name: "millrace_engine_up",
    help: "1 while an engine that runs elsewhere answers",
    labelNames: ["role", "engine"],
    registers: [registry],
  });
  const waiting = new Gauge({
    name: "millrace_projection_waiting",
    help: "1 while a projection waits for its engine, and goes on by itself",
    labelNames: ["projection"],
    registers: [registry],
  });
  const expired = new Gauge({
    name: "millrace_engine_expired_points",
    help: "Points that an engine refused since the start, being older than it keeps",
    labelNames: ["role", "engine"],
    registers: [registry],
  });
  const counted = new Map<string, (value: number) => void>();
  return async () => {
    for (const { name, lag: behind, state, engine } of await sources.readModels.status()) {
      lag.set({ projection: name }, behind);
      red.set({ projection: name }, state === "red" ? 1 : 0);
      waiting.set({ projection: name }, state === "waiting" ? 1 : 0);
      if (engine === undefined) continue;
      const labels = { role: engine.role, engine: engine.name };
      up.set(labels, engine.state === "up" ? 1 : 0);
      expired.set(labels, engine.expired ?? 0);
    }
    for (const [name, value] of Object.entries(sources.counts())) {
      let set = counted.get(name);
      if (set === undefined) counted.set(name, set = metric(registry, name));
      set(value);
    }
    return await registry.metrics();
  };
}

/**
 * prom-client asks node:perf_hooks how late the event loop is. Deno's answer stays at microseconds
 * while the loop stands still, and so does prom-client's own timer, which it sets when it is asked.
 */
function removeBlindMetrics(registry: Registry): void {
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith("nodejs_eventloop_lag")) registry.removeSingleMetric(name);
  }
}

/** A counter if the name says so, else a gauge; both show the number that they are given. */
function metric(registry: Registry, name: string): (value: number) => void {
  const options = {
    name: `millrace_${name}`,
    help: name.replaceAll("_", " "),
    registers: [registry],
  };
  if (!name.endsWith("_total")) {
    const gauge = new Gauge(options);
    return (value) => gauge.set(value);
  }
  const counter = new Counter(options);
  return (value) => {
    counter.reset();
    counter.inc(value);
  };
}
