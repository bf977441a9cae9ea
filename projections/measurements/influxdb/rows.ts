import type { DocumentRow, SeriesRow } from "../time_series_store.ts";
import type { InfluxSeries } from "./connection.ts";
import { PARTS_MAX } from "./limits.ts";
import { partField } from "./lines.ts";
import type { Placed } from "./pages.ts";
import { textOf } from "./texts.ts";

/** A row of an answer by the names of its columns; absent is null. */
export type Cells = Readonly<Record<string, unknown>>;

/** A row whose ties its place in the log decides. */
export interface PlacedCells extends Placed {
  readonly place: string;
  readonly cells: Cells;
}

export type LongTexts = (tag: string) => string | undefined;

/** Columns that a point is shown from. */
export const ORIGIN_TAGS = ["publisher", "subtopic", "protocol"] as const;
export const SERIES_TAGS = [...ORIGIN_TAGS, "name", "unit"] as const;
export const POINT_FIELDS = [
  "place",
  "value",
  "stringValue",
  "boolValue",
  "dataValue",
  "sum",
  "updateTime",
] as const;
export const PART_FIELDS: readonly string[] = Array.from(
  { length: PARTS_MAX },
  (_, i) => partField(i),
);

/** All rows of an answer; its tags stand beside the columns. */
export function cellsOf(series: readonly InfluxSeries[]): Cells[] {
  return series.flatMap(({ tags = {}, columns, values }) =>
    values.map((row) => ({
      ...tags,
      ...Object.fromEntries(columns.map((column, i) => [column, row[i]])),
    }))
  );
}

export function placed(cells: Cells): PlacedCells {
  return { us: microsecondsOf(cells["time"] as string), place: cells["place"] as string, cells };
}

/** Of an instant as influxd writes it, with up to nine digits behind the second, rounded down. */
export function microsecondsOf(instant: string): number {
  const [second, fraction = ""] = instant.slice(0, -1).split(".");
  return Date.parse(`${second}Z`) * 1_000 + Number(fraction.slice(0, 6).padEnd(6, "0"));
}

export function seriesRow(
  channel: string,
  { us, cells }: { readonly us: number; readonly cells: Cells },
  longTexts: LongTexts,
): SeriesRow {
  const text = (key: string) => textOf((cells[key] ?? "") as string, longTexts);
  const { subtopic, unit } = { subtopic: text("subtopic"), unit: text("unit") };
  const shown = (name: string, value: unknown) =>
    value === null || value === undefined ? {} : { [name]: value };
  return {
    channel,
    ...(subtopic === "" ? {} : { subtopic }),
    publisher: text("publisher"),
    protocol: text("protocol"),
    name: text("name"),
    ...(unit === "" ? {} : { unit }),
    time: us / 1e6,
    ...shown("update_time", cells["updateTime"]),
    ...shown("value", cells["value"]),
    ...shown("string_value", cells["stringValue"]),
    ...shown("bool_value", cells["boolValue"]),
    ...shown("data_value", cells["dataValue"]),
    ...shown("sum", cells["sum"]),
  };
}

export function documentRow(
  channel: string,
  { us, cells }: PlacedCells,
  longTexts: LongTexts,
): DocumentRow {
  const text = (key: string) => textOf((cells[key] ?? "") as string, longTexts);
  const subtopic = text("subtopic");
  const payload = PART_FIELDS.map((part) => cells[part] ?? "").join("");
  return {
    channel,
    created: us * 1_000,
    ...(subtopic === "" ? {} : { subtopic }),
    publisher: text("publisher"),
    protocol: text("protocol"),
    payload: JSON.parse(payload) as object,
  };
}
