import type { Engine } from "../../actors/mod.ts";
import type { ReadModel } from "../runner/mod.ts";
import type { MeasuredMessage } from "./measurements.ts";

/*
 * The port of the time series. Points are identified by series, time and the place of their record
 * in the log: two records with one time are two points, and a repeat of a write doubles none. Every
 * key begins with the domain. The executable form is
 * tests/projections/measurements/time_series_contract.ts.
 */

export type Comparator = "eq" | "lt" | "le" | "gt" | "ge";

/** As SQL and InfluxQL write them. */
export const COMPARISONS: Readonly<Record<Comparator, string>> = {
  eq: "=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};

/** Mainflux's query of the messages of a channel; absent members do not filter. */
export interface SeriesQuestion {
  readonly domainId: string;
  readonly channelId: string;
  /** With `/` or `.` between levels. */
  readonly subtopic?: string;
  readonly publisher?: string;
  readonly protocol?: string;
  readonly name?: string;
  readonly v?: number;
  readonly comparator?: Comparator;
  readonly vs?: string;
  readonly vb?: boolean;
  readonly vd?: string;
  /** Microseconds since the Unix epoch, from included, to excluded. */
  readonly fromUs?: number;
  readonly toUs?: number;
  readonly direction: "asc" | "desc";
  readonly offset: number;
  /** 1..1,000. */
  readonly limit: number;
}

/** One SenML record as Mainflux's readers show it; times in seconds. */
export interface SeriesRow {
  readonly channel: string;
  readonly subtopic?: string;
  readonly publisher: string;
  readonly protocol: string;
  readonly name: string;
  readonly unit?: string;
  readonly time: number;
  readonly update_time?: number;
  readonly value?: number;
  readonly string_value?: string;
  readonly bool_value?: boolean;
  readonly data_value?: string;
  readonly sum?: number;
}

/** One JSON message; `created` in nanoseconds, as Mainflux stores it. */
export interface DocumentRow {
  readonly channel: string;
  readonly created: number;
  readonly subtopic?: string;
  readonly publisher: string;
  readonly protocol: string;
  readonly payload: object;
}

export interface Page<T> {
  /** Of all that match, exact. */
  readonly total: number;
  readonly rows: readonly T[];
}

export type Aggregation = "MAX" | "MIN" | "AVG" | "SUM" | "COUNT";

/** An engine in the same process answers at once, one behind a network later. */
export type Answer<T> = T | Promise<T>;

export interface TimeSeriesQueries {
  /** In the order of their times; those of one time in the order of the log. */
  messages(question: SeriesQuestion): Answer<Page<SeriesRow>>;
  /**
   * One row for each interval and series that holds a number; `time` is the interval's beginning,
   * and intervals are counted from the Unix epoch.
   */
  aggregates(
    question: SeriesQuestion,
    how: { readonly aggregation: Aggregation; readonly intervalUs: number },
  ): Answer<Page<SeriesRow>>;
  /** JSON messages whose last level of the subtopic is `format`; all of them for `json`. */
  documents(question: SeriesQuestion, format: string): Answer<Page<DocumentRow>>;
  /** The newest value of each series of the channel; of one time, the last in the log. */
  lastValues(question: SeriesQuestion): Answer<readonly SeriesRow[]>;
  /** Messages of the channel that declared what they were not. */
  unreadable(domainId: string, channelId: string): Answer<number>;
}

/** The writing half takes messages as the projection read them. */
export type TimeSeriesStore = ReadModel<MeasuredMessage> & Engine;
