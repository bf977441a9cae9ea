import type {
  MeasuredMessage,
  Reading,
  SeriesQuestion,
  TimeSeriesQueries,
  TimeSeriesStore,
} from "../../../../projections/mod.ts";

export interface OpenedTimeSeries {
  readonly store: TimeSeriesStore;
  readonly queries: TimeSeriesQueries;
  close(): Promise<void>;
}

/** It can be closed and opened again on what it kept. */
export interface LastingTimeSeries extends OpenedTimeSeries {
  reopened(): Promise<OpenedTimeSeries>;
}

/** Registers one case of the contract, on a time series of its own. */
export type Check<T extends OpenedTimeSeries = OpenedTimeSeries> = (
  says: string,
  run: (opened: T) => Promise<void>,
) => void;

export function checking<T extends OpenedTimeSeries>(
  name: string,
  open: () => Promise<T>,
): Check<T> {
  return (says, run) =>
    Deno.test(`${name}: ${says}`, async () => {
      const opened = await open();
      try {
        await run(opened);
      } finally {
        await opened.close();
      }
    });
}

export const DOMAIN = "d0000000-0000-4000-8000-000000000001";
export const CHANNEL = "c0000000-0000-4000-8000-000000000001";
export const THING = "70000000-0000-4000-8000-000000000001";
export const OTHER_THING = "70000000-0000-4000-8000-000000000002";
/** The first of January 2026, which is also the beginning of an hour. */
export const START_US = Date.UTC(2026, 0, 1) * 1_000;
export const SECOND_US = 1_000_000;

type Point = Extract<Reading, { kind: "points" }>["points"][number];

/** A number at the start, unless told otherwise. */
export function point(more: Partial<Point> = {}): Point {
  return {
    record: 0,
    name: "temperature",
    unit: "Cel",
    timeUs: START_US,
    updateTime: 0,
    value: { kind: "number", value: 1 },
    ...more,
  };
}

export function number(value: number): Point["value"] {
  return { kind: "number", value };
}

/** One message at a place in the log; its records are numbered as they stand. */
export function message(
  position: number,
  points: readonly Partial<Point>[],
  more: Partial<MeasuredMessage> = {},
): MeasuredMessage {
  return {
    ...head(position),
    reading: { kind: "points", points: points.map((each, record) => point({ record, ...each })) },
    ...more,
  };
}

export function documentMessage(
  position: number,
  documents: readonly object[],
  more: Partial<MeasuredMessage> = {},
): MeasuredMessage {
  return { ...head(position), reading: { kind: "documents", documents }, ...more };
}

export function unreadableMessage(
  position: number,
  more: Partial<MeasuredMessage> = {},
): MeasuredMessage {
  return { ...head(position), reading: { kind: "unreadable" }, ...more };
}

function head(position: number): Omit<MeasuredMessage, "reading"> {
  return {
    domainId: DOMAIN,
    channelId: CHANNEL,
    subtopic: "",
    publisher: THING,
    protocol: "mqtt",
    receivedUs: START_US,
    position,
    index: 0,
  };
}

/** Everything of the channel, oldest first. */
export function asking(more: Partial<SeriesQuestion> = {}): SeriesQuestion {
  return {
    domainId: DOMAIN,
    channelId: CHANNEL,
    direction: "asc",
    offset: 0,
    limit: 100,
    ...more,
  };
}

/** The numbers that a question finds, in its order. */
export async function values(
  { queries }: OpenedTimeSeries,
  more: Partial<SeriesQuestion> = {},
): Promise<readonly (number | undefined)[]> {
  const { rows } = await queries.messages(asking(more));
  return rows.map(({ value }) => value);
}
