import type { ReadModelFile } from "../../read_model/mod.ts";
import {
  COMPARISONS,
  type DocumentRow,
  type Page,
  type SeriesQuestion,
  type SeriesRow,
  type TimeSeriesQueries,
} from "../time_series_store.ts";
import { VALUE_KINDS } from "./store.ts";

type SqlValue = string | number;

interface Conditions {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

export function sqliteTimeSeriesQueries(file: ReadModelFile): TimeSeriesQueries {
  return {
    messages: (question) => messages(file, question),
    aggregates: (question, how) => aggregates(file, { ...question, ...how }),
    documents: (question, format) => documents(file, { ...question, format }),
    lastValues(question) {
      const series = seriesConditions(question);
      const rows = file.statement(
        `SELECT ${POINT_COLUMNS}, ${SERIES_COLUMNS} FROM series s ${OF_CHANNEL}
         JOIN points p ON p.channel_key = s.channel_key AND p.time_us = s.last_time_us
           AND p.position = s.last_position AND p.message = s.last_index AND p.record = s.last_record
         WHERE c.domain_id = ? AND c.channel_id = ? ${series.sql}
         ORDER BY s.name, s.publisher, s.subtopic, s.protocol, s.unit LIMIT ? OFFSET ?`,
      ).all(
        question.domainId,
        question.channelId,
        ...series.values,
        question.limit,
        question.offset,
      );
      return rows.map((row) => seriesRow(question.channelId, row));
    },
    unreadable(domainId, channelId) {
      const row = file.statement(
        `SELECT count(*) AS total FROM unreadable WHERE channel_key =
           (SELECT key FROM channels WHERE domain_id = ? AND channel_id = ?)`,
      ).get(domainId, channelId)!;
      return row["total"] as number;
    },
  };
}

/** Texts are read as bytes: node:sqlite ends a text at its first NUL, which names and subtopics lack. */
const UNIT = "CAST(s.unit AS BLOB) AS unit";
const SERIES_COLUMNS = `s.publisher, s.subtopic, s.protocol, s.name, ${UNIT}`;
const POINT_COLUMNS = `p.time_us, p.kind, p.sum, p.update_time,
  CASE p.kind WHEN 2 THEN CAST(p.value AS BLOB) ELSE p.value END AS value`;
const decoder = new TextDecoder();
const OF_CHANNEL = "JOIN channels c ON c.key = s.channel_key";

function messages(file: ReadModelFile, question: SeriesQuestion): Page<SeriesRow> {
  const series = seriesConditions(question);
  const points = pointConditions(question);
  const channel = [question.domainId, question.channelId];
  const from = `FROM points p JOIN series s ON s.key = p.series_key
    WHERE p.channel_key = (SELECT key FROM channels WHERE domain_id = ? AND channel_id = ?)
    ${series.sql} ${points.sql}`;
  // Without a condition on points the series know how many they have.
  const total = points.sql === ""
    ? file.statement(
      `SELECT coalesce(sum(s.points), 0) AS total FROM series s ${OF_CHANNEL}
       WHERE c.domain_id = ? AND c.channel_id = ? ${series.sql}`,
    ).get(...channel, ...series.values)!
    : file.statement(`SELECT count(*) AS total ${from}`)
      .get(...channel, ...series.values, ...points.values)!;
  const way = question.direction === "asc" ? "ASC" : "DESC";
  const rows = file.statement(
    `SELECT ${POINT_COLUMNS}, ${SERIES_COLUMNS} ${from}
     ORDER BY p.time_us ${way}, p.position ${way}, p.message ${way}, p.record ${way}
     LIMIT ? OFFSET ?`,
  ).all(
    ...channel,
    ...series.values,
    ...points.values,
    question.limit,
    question.offset,
  );
  return {
    total: total["total"] as number,
    rows: rows.map((row) => seriesRow(question.channelId, row)),
  };
}

function aggregates(
  file: ReadModelFile,
  question: SeriesQuestion & {
    readonly aggregation: "MAX" | "MIN" | "AVG" | "SUM" | "COUNT";
    readonly intervalUs: number;
  },
): Page<SeriesRow> {
  const series = seriesConditions(question);
  const points = pointConditions(question);
  const interval = question.intervalUs;
  const buckets = `
    SELECT (p.time_us - ((p.time_us % ?) + ?) % ?) AS time_us, s.name, s.publisher, s.subtopic,
      s.protocol, ${UNIT}, ${question.aggregation}(p.value) AS value, 1 AS kind
    FROM points p JOIN series s ON s.key = p.series_key
    WHERE p.channel_key = (SELECT key FROM channels WHERE domain_id = ? AND channel_id = ?)
      AND p.kind = 1 ${series.sql} ${points.sql}
    GROUP BY 1, s.key`;
  const values = [
    interval,
    interval,
    interval,
    question.domainId,
    question.channelId,
    ...series.values,
    ...points.values,
  ];
  const total = file.statement(`SELECT count(*) AS total FROM (${buckets})`).get(...values)!;
  const way = question.direction === "asc" ? "ASC" : "DESC";
  const rows = file.statement(
    `${buckets} ORDER BY 1 ${way}, s.name, s.key LIMIT ? OFFSET ?`,
  ).all(...values, question.limit, question.offset);
  return {
    total: total["total"] as number,
    rows: rows.map((row) => seriesRow(question.channelId, row)),
  };
}

function documents(
  file: ReadModelFile,
  question: SeriesQuestion & { readonly format: string },
): Page<DocumentRow> {
  const parts: string[] = [];
  const values: SqlValue[] = [question.domainId, question.channelId];
  const add = (part: string, value: SqlValue | undefined) => {
    if (value === undefined) return;
    parts.push(`AND ${part}`);
    values.push(value);
  };
  add("format = ?", question.format === "json" ? undefined : question.format);
  add("replace(subtopic, '/', '.') = ?", question.subtopic?.replaceAll("/", "."));
  add("publisher = ?", question.publisher);
  add("protocol = ?", question.protocol);
  add("created_us >= ?", question.fromUs);
  add("created_us < ?", question.toUs);
  const from = `FROM documents
    WHERE channel_key = (SELECT key FROM channels WHERE domain_id = ? AND channel_id = ?)
    ${parts.join(" ")}`;
  const total = file.statement(`SELECT count(*) AS total ${from}`).get(...values)!;
  const way = question.direction === "asc" ? "ASC" : "DESC";
  const rows = file.statement(
    `SELECT * ${from} ORDER BY created_us ${way}, position ${way}, message ${way}, record ${way}
     LIMIT ? OFFSET ?`,
  ).all(...values, question.limit, question.offset);
  return {
    total: total["total"] as number,
    rows: rows.map((row) => ({
      channel: question.channelId,
      created: (row["created_us"] as number) * 1_000,
      ...shownSubtopic(row["subtopic"] as string),
      publisher: row["publisher"] as string,
      protocol: row["protocol"] as string,
      payload: JSON.parse(row["payload"] as string) as object,
    })),
  };
}

function seriesConditions(question: SeriesQuestion): Conditions {
  const parts: string[] = [];
  const values: SqlValue[] = [];
  const add = (column: string, value: string | undefined) => {
    if (value === undefined) return;
    parts.push(`AND s.${column} = ?`);
    values.push(value);
  };
  add("publisher", question.publisher);
  add("protocol", question.protocol);
  add("name", question.name);
  if (question.subtopic !== undefined) {
    parts.push("AND replace(s.subtopic, '/', '.') = ?");
    values.push(question.subtopic.replaceAll("/", "."));
  }
  return { sql: parts.join(" "), values };
}

function pointConditions(question: SeriesQuestion): Conditions {
  const parts: string[] = [];
  const values: SqlValue[] = [];
  const add = (part: string, ...bound: readonly SqlValue[]) => {
    parts.push(`AND ${part}`);
    values.push(...bound);
  };
  if (question.v !== undefined) {
    add(`p.kind = 1 AND p.value ${COMPARISONS[question.comparator ?? "eq"]} ?`, question.v);
  }
  if (question.vs !== undefined) add("p.kind = 2 AND p.value = ?", question.vs);
  if (question.vb !== undefined) add("p.kind = 3 AND p.value = ?", Number(question.vb));
  if (question.vd !== undefined) add("p.kind = 4 AND p.value = ?", question.vd);
  if (question.fromUs !== undefined) add("p.time_us >= ?", question.fromUs);
  if (question.toUs !== undefined) add("p.time_us < ?", question.toUs);
  return { sql: parts.join(" "), values };
}

function seriesRow(channel: string, row: Record<string, unknown>): SeriesRow {
  const value = row["value"];
  const unit = decoder.decode(row["unit"] as Uint8Array);
  const sum = row["sum"] as number | null | undefined;
  const updateTime = row["update_time"] as number | null | undefined;
  return {
    channel,
    ...shownSubtopic(row["subtopic"] as string),
    publisher: row["publisher"] as string,
    protocol: row["protocol"] as string,
    name: row["name"] as string,
    ...(unit === "" ? {} : { unit }),
    time: (row["time_us"] as number) / 1e6,
    ...(updateTime === null || updateTime === undefined ? {} : { update_time: updateTime }),
    ...valueFields(VALUE_KINDS[row["kind"] as number], value),
    ...(sum === null || sum === undefined ? {} : { sum }),
  };
}

function valueFields(
  kind: typeof VALUE_KINDS[number] | undefined,
  value: unknown,
): Partial<SeriesRow> {
  switch (kind) {
    case "number":
      return { value: value as number };
    case "text":
      return { string_value: decoder.decode(value as Uint8Array) };
    case "boolean":
      return { bool_value: value === 1 };
    case "data":
      return { data_value: value as string };
    default:
      return {};
  }
}

/** Mainflux writes subtopics with dots. */
function shownSubtopic(subtopic: string): { readonly subtopic?: string } {
  return subtopic === "" ? {} : { subtopic: subtopic.replaceAll("/", ".") };
}
