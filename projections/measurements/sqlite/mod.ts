/**
 * The time series in one SQLite file.
 *
 * Main path: `SqliteTimeSeries` writes the points and documents of a page in one transaction;
 * `sqliteTimeSeriesQueries` answers the readers from the same file.
 *
 * Points are never updated. What names a series is interned once, with its count and newest point.
 */
export { sqliteTimeSeriesQueries } from "./queries.ts";
export { SqliteTimeSeries } from "./store.ts";
