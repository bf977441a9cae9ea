/**
 * What devices measured, as time series.
 *
 * Main path: the projection opens each message batch, reads its payloads as SenML (RFC 8428) or
 * JSON, and the store takes points and documents; the readers ask `TimeSeriesQueries`.
 *
 * `time_series_store.ts` is the port. A payload that cannot be read is counted and never fails the
 * projection: its bytes stay in the log.
 */
export { type MeasuredMessage, measurementsProjection } from "./measurements.ts";
export { NESTING_MAX, RECORDS_MAX } from "./limits.ts";
export { type Reading, readPayload, validatePayload } from "./payload.ts";
export { type InfluxSettings, InfluxTimeSeries, influxTimeSeriesQueries } from "./influxdb/mod.ts";
export { SqliteTimeSeries, sqliteTimeSeriesQueries } from "./sqlite/mod.ts";
export * from "./time_series_store.ts";
