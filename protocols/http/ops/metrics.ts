import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { ReadModels } from "../../../projections/mod.ts";

/** What other parts count: the name ends in the unit, as Prometheus asks. */
export interface MetricSources {
  /** Numbers by metric name without the prefix `millrace_`. */
  readonly counts: () => Readonly<Record<string, number>>;
  readonly readModels: Pick<ReadModels, "status">;
}

/** Prometheus text of the process, the edges and the projections. */
export function platformMetrics(sources: MetricSources): () => Promise<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
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
  const counted = new Map<string, Gauge>();
  return async () => {
    for (const { name, lag: behind, state } of await sources.readModels.status()) {
      lag.set({ projection: name }, behind);
      red.set({ projection: name }, state === "red" ? 1 : 0);
    }
    for (const [name, value] of Object.entries(sources.counts())) {
      let gauge = counted.get(name);
      if (gauge === undefined) {
        gauge = new Gauge({
          name: `millrace_${name}`,
          help: name.replaceAll("_", " "),
          registers: [registry],
        });
        counted.set(name, gauge);
      }
      gauge.set(value);
    }
    return await registry.metrics();
  };
}
