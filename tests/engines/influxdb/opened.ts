import { silentLogger } from "../../../actors/mod.ts";
import {
  type InfluxSettings,
  InfluxTimeSeries,
  influxTimeSeriesQueries,
} from "../../../projections/mod.ts";
import type {
  LastingTimeSeries,
  OpenedTimeSeries,
} from "../../projections/measurements/time_series_contract.ts";

export interface OpenedInflux extends OpenedTimeSeries {
  readonly store: InfluxTimeSeries;
}

/** On the local file in `folder`, or on none that lasts. */
export function opened(settings: InfluxSettings, folder = ":memory:"): OpenedInflux {
  const end = new AbortController();
  const store = new InfluxTimeSeries(folder, settings, {
    logger: silentLogger,
    signal: end.signal,
  });
  return {
    store,
    queries: influxTimeSeriesQueries(store),
    async close() {
      end.abort();
      await store.close();
    },
  };
}

export async function openedInFile(settings: InfluxSettings): Promise<LastingTimeSeries> {
  const folder = await Deno.makeTempDir();
  let now = opened(settings, folder);
  return {
    ...now,
    async reopened() {
      await now.close();
      return now = opened(settings, folder);
    },
    async close() {
      await now.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A bucket that nothing else uses. */
export function freshBucket(): string {
  return `b-${crypto.randomUUID()}`;
}
