import { collectDefaultMetrics, type Metric, Registry } from "prom-client";
import type { BucketCounts } from "../../../actors/mod.ts";
import type { ReadModels } from "../../../projections/mod.ts";
import type { HttpGround } from "../ground.ts";
import {
  type Labelled,
  type Measured,
  type MetricName,
  METRICS,
  type MetricValue,
} from "./catalogue.ts";
import { engineStatuses } from "./engines.ts";
import type { LoopLag } from "./loop_lag.ts";

export type MetricValues = { readonly [name in MetricName]?: MetricValue };

/** Who counts what; each is asked anew for every answer. */
export interface MetricSources {
  readonly counts: () => MetricValues;
  readonly readModels: Pick<ReadModels, "status">;
  readonly engines: HttpGround["engines"];
  readonly version: string;
  readonly loopLag: Pick<LoopLag, "histogram">;
}

/** Prometheus text of the process, the engines, the edges and the projections. */
export function platformMetrics(sources: MetricSources): () => Promise<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  removeBlindMetrics(registry);
  registry.registerMetric(sources.loopLag.histogram);
  let shown: MetricValues = {};
  for (const name of Object.keys(METRICS) as MetricName[]) {
    if (`millrace_${name}` === LOOP_LAG) continue;
    // The registry asks of a metric only what is here, which its type does not say.
    registry.registerMetric(new ShownMetric(name, () => shown[name]) as unknown as Metric);
  }
  return async () => {
    shown = {
      ...sources.counts(),
      ...await engineValues(sources.engines),
      ...await projectionValues(sources.readModels),
      build_info: [{ labels: { version: sources.version }, value: 1 }],
    };
    return await registry.metrics();
  };
}

const LOOP_LAG = "millrace_event_loop_lag_seconds";

const BLIND = /^nodejs_(eventloop_lag|active_)/;

/**
 * prom-client asks node:perf_hooks how late the event loop is. Deno's answer stays at microseconds
 * while the loop stands still, and so does prom-client's own timer, which it sets when it is asked.
 * Of handles and requests it counts those of node's API, of which the platform has hardly any.
 */
function removeBlindMetrics(registry: Registry): void {
  for (const { name } of registry.getMetricsAsArray()) {
    if (BLIND.test(name)) registry.removeSingleMetric(name);
  }
}

async function engineValues(engines: HttpGround["engines"]): Promise<MetricValues> {
  const { eventStore, mailbox, timeSeries } = await engineStatuses(engines);
  const statuses = Object.entries({ event_store: eventStore, mailbox, time_series: timeSeries });
  return {
    engine_up: statuses.map(([port, { engine, version, state }]) => ({
      labels: { port, engine, version },
      value: state === "up" ? 1 : 0,
    })),
    engine_lag: statuses.flatMap(([port, { lag }]) =>
      lag === undefined ? [] : [{ labels: { port }, value: lag }]
    ),
    mailbox_frames_waiting: mailbox.lag ?? 0,
  };
}

async function projectionValues(readModels: Pick<ReadModels, "status">): Promise<MetricValues> {
  const statuses = await readModels.status();
  const of = (value: (status: typeof statuses[number]) => number) =>
    statuses.map((status) => ({ labels: { projection: status.name }, value: value(status) }));
  return {
    projection_lag_positions: of(({ lag }) => lag),
    projection_lag_seconds: of(({ lagSeconds }) => lagSeconds),
    projection_events_total: of(({ events }) => events),
    projection_red: of(({ state }) => state === "red" ? 1 : 0),
    projection_waiting: of(({ state }) => state === "waiting" ? 1 : 0),
  };
}

interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A metric that is counted elsewhere: the registry's own would have to be told of every change. */
class ShownMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly #value: () => MetricValue | undefined;

  constructor(name: MetricName, value: () => MetricValue | undefined) {
    this.name = `millrace_${name}`;
    this.help = METRICS[name].help;
    this.type = METRICS[name].type;
    this.#value = value;
  }

  get(): { name: string; help: string; type: string; values: readonly Sample[] } {
    const { name, help, type } = this;
    const value = this.#value() ?? [];
    const labelled: readonly Labelled[] = isMeasured(value) ? [{ labels: {}, value }] : value;
    const values = labelled.flatMap(({ labels, value }): readonly Sample[] =>
      typeof value === "number" ? [{ labels, value }] : bucketSamples(name, { labels, value })
    );
    return { name, help, type, values };
  }
}

function isMeasured(value: MetricValue): value is Measured {
  return !Array.isArray(value);
}

function bucketSamples(
  name: string,
  { labels, value }: { readonly labels: Labelled["labels"]; readonly value: BucketCounts },
): readonly Sample[] {
  let below = 0;
  const buckets = value.counts.map((count, at) => {
    const le = value.bounds[at] ?? "+Inf";
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: below += count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: value.sum },
    { metricName: `${name}_count`, labels, value: value.count },
  ];
}
