import { silentLogger } from "../../../actors/mod.ts";
import {
  type InfluxSettings,
  InfluxTimeSeries,
  influxTimeSeriesQueries,
  type MeasuredMessage,
} from "../../../projections/mod.ts";
import {
  documentMessage,
  message,
  number,
  START_US,
  unreadableMessage,
} from "../../projections/measurements/contract/checking.ts";
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

/** Closed whatever happens. */
export async function using(
  open: OpenedInflux,
  run: (open: OpenedInflux) => Promise<void>,
): Promise<void> {
  try {
    await run(open);
  } finally {
    await open.close();
  }
}

/** Every kind of message, with records of one time, and some that come late. */
export const LOG: readonly MeasuredMessage[] = [
  message(1, [{ value: number(1) }, { value: number(2), sum: 3 }]),
  documentMessage(2, [{ a: 1 }, { a: 1 }]),
  unreadableMessage(3),
  message(4, [{ value: number(4) }, { timeUs: START_US - 1, value: number(5) }]),
  message(4, [{ timeUs: START_US - 1, value: number(6) }], { index: 1 }),
];

/** A bucket that nothing else uses. */
export function freshBucket(): string {
  return `b-${crypto.randomUUID()}`;
}
