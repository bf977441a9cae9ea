/**
 * The time series in a bucket of InfluxDB 2; docs/influxdb.md says how points lie there.
 *
 * Main path: `InfluxTimeSeries` gives each record its identity (`identities.ts`), writes lines
 * (`lines.ts`) through `InfluxConnection`, then moves the checkpoint in a local file;
 * `influxTimeSeriesQueries` asks in InfluxQL, and `pages.ts` puts the answers into exact order.
 *
 * Only `InfluxConnection` knows the client. No text of a caller may become part of a query: it goes
 * along as a parameter. The token is in no error and no log line.
 */
export type { InfluxSettings } from "./connection.ts";
export { influxTimeSeriesQueries } from "./queries.ts";
export { InfluxTimeSeries } from "./store.ts";
