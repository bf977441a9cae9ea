import {
  lastingTimeSeriesContract,
  timeSeriesContract,
} from "../../projections/measurements/time_series_contract.ts";
import { startInfluxd } from "../../support/influxd/mod.ts";
import { freshBucket, opened, openedInFile } from "./opened.ts";

const influxd = await startInfluxd();

timeSeriesContract(
  "influxdb time series",
  () => Promise.resolve(opened(influxd.settings(freshBucket()))),
);
lastingTimeSeriesContract(
  "influxdb time series",
  () => openedInFile(influxd.settings(freshBucket())),
);

// Each case leaves a bucket behind: the server ends with all of them.
Deno.test.afterAll(() => influxd.close());
