import { SqliteTimeSeries, sqliteTimeSeriesQueries } from "../../../../projections/mod.ts";
import {
  type LastingTimeSeries,
  lastingTimeSeriesContract,
  type OpenedTimeSeries,
  timeSeriesContract,
} from "../time_series_contract.ts";

timeSeriesContract("sqlite time series", () => Promise.resolve(opened(":memory:")));
lastingTimeSeriesContract("sqlite time series", openInFile);

function opened(folder: string): OpenedTimeSeries {
  const store = new SqliteTimeSeries(folder);
  return { store, queries: sqliteTimeSeriesQueries(store.file), close: () => store.close() };
}

async function openInFile(): Promise<LastingTimeSeries> {
  const folder = await Deno.makeTempDir();
  let now = opened(folder);
  return {
    ...now,
    async reopened() {
      await now.close();
      return now = opened(folder);
    },
    async close() {
      await now.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
