import { TransientError } from "../../../actors/mod.ts";
import type {
  Aggregation,
  DocumentRow,
  Page,
  SeriesQuestion,
  SeriesRow,
  TimeSeriesQueries,
} from "../time_series_store.ts";
import {
  channelConditions,
  type Conditions,
  during,
  paramsJson,
  seriesConditions,
  type Window,
  windowOf,
  withValues,
} from "./conditions.ts";
import type { InfluxSeries } from "./connection.ts";
import { LAST_SERIES_MAX } from "./limits.ts";
import { DOCUMENTS, POINTS, UNREADABLE } from "./lines.ts";
import { exactPage, type Placed, type Source } from "./pages.ts";
import {
  type Cells,
  cellsOf,
  documentRow,
  type LongTexts,
  microsecondsOf,
  ORIGIN_TAGS,
  PART_FIELDS,
  placed,
  type PlacedCells,
  POINT_FIELDS,
  SERIES_TAGS,
  seriesRow,
} from "./rows.ts";
import type { InfluxTimeSeries } from "./store.ts";
import { textOf } from "./texts.ts";

/** Asks one statement, of which only `conditions` hold what a caller said. */
type Ask = (statement: string, params: string) => Promise<readonly InfluxSeries[]>;

interface Asked {
  readonly ask: Ask;
  readonly longTexts: LongTexts;
}

/** Answers from the bucket that the store fills. */
export function influxTimeSeriesQueries(
  { connection, local }: InfluxTimeSeries,
): TimeSeriesQueries {
  const asked: Asked = {
    ask: (statement, params) => connection.ask(statement, params),
    longTexts: (tag) => local.longText(tag),
  };
  return {
    messages: (question) => messages(asked, question),
    aggregates: (question, how) => aggregates(asked, { ...question, ...how }),
    documents: (question, format) => documents(asked, { ...question, format }),
    lastValues: (question) => lastValues(asked, question),
    unreadable(domainId, channelId) {
      const from = `"${UNREADABLE}"`;
      return counted(asked.ask, {
        what: `count("place") FROM ${from}`,
        conditions: channelConditions(domainId, channelId),
        window: windowOf({}),
      });
    },
  };
}

async function messages(
  { ask, longTexts }: Asked,
  question: SeriesQuestion,
): Promise<Page<SeriesRow>> {
  const conditions = withValues(seriesConditions(question), question);
  const columns = quoted([...POINT_FIELDS, ...SERIES_TAGS]);
  const source = placedSource(ask, { question, conditions, columns, measurement: POINTS });
  const { total, rows } = await paged(source, question);
  return { total, rows: rows.map((row) => seriesRow(question.channelId, row, longTexts)) };
}

async function documents(
  { ask, longTexts }: Asked,
  { name: _, format, ...question }: SeriesQuestion & { readonly format: string },
): Promise<Page<DocumentRow>> {
  const conditions = seriesConditions(question, format === "json" ? {} : { format });
  const columns = quoted(["place", ...PART_FIELDS, ...ORIGIN_TAGS]);
  const source = placedSource(ask, { question, conditions, columns, measurement: DOCUMENTS });
  const { total, rows } = await paged(source, question);
  return { total, rows: rows.map((row) => documentRow(question.channelId, row, longTexts)) };
}

/** One page and the total; a window that ends before it begins holds nothing. */
async function paged<R extends Placed>(
  source: Source<R>,
  question: SeriesQuestion,
  window: Window = windowOf(question),
): Promise<Page<R>> {
  if (window.fromNs >= window.toNs) return { total: 0, rows: [] };
  const [total, rows] = await Promise.all([
    source.count(window),
    exactPage(source, { ...question, window }),
  ]);
  return { total, rows };
}

function placedSource(
  ask: Ask,
  { question, conditions, columns, measurement }: {
    readonly question: SeriesQuestion;
    readonly conditions: Conditions;
    readonly columns: string;
    readonly measurement: string;
  },
): Source<PlacedCells> {
  const from = `FROM "${measurement}"`;
  return {
    async rows(window, { limit, offset }) {
      const answer = await ask(
        `SELECT ${columns} ${from} WHERE ${during(conditions, window)} ` +
          `ORDER BY time ${way(question)} LIMIT ${limit} OFFSET ${offset}`,
        paramsJson(conditions),
      );
      return cellsOf(answer).map(placed);
    },
    count: (window) => counted(ask, { what: `count("place") ${from}`, conditions, window }),
    compareTied: (a, b) => compared(a.place, b.place),
  };
}

async function counted(
  ask: Ask,
  { what, conditions, window }: {
    readonly what: string;
    readonly conditions: Conditions;
    readonly window: Window;
  },
): Promise<number> {
  if (window.fromNs >= window.toNs) return 0;
  const answer = await ask(
    `SELECT ${what} WHERE ${during(conditions, window)}`,
    paramsJson(conditions),
  );
  return countIn(answer);
}

/** InfluxQL answers nothing at all where it counts nothing. */
function countIn(answer: readonly InfluxSeries[]): number {
  return (cellsOf(answer)[0]?.["count"] ?? 0) as number;
}

const FUNCTIONS: Readonly<Record<Aggregation, string>> = {
  MAX: "max",
  MIN: "min",
  AVG: "mean",
  SUM: "sum",
  COUNT: "count",
};

/** Longer than all times are from the epoch, so that of longer intervals there are but two. */
const INTERVAL_US_MAX = 9_100_000_000_000_000;

/** What an interval is grouped by; the path tells apart subtopics that look the same with dots. */
const GROUP_TAGS = [...SERIES_TAGS, "path"] as const;

interface AggregatedCells extends Placed {
  readonly series: string;
  readonly cells: Cells;
}

async function aggregates(
  { ask, longTexts }: Asked,
  { intervalUs: askedUs, ...question }: SeriesQuestion & {
    readonly aggregation: Aggregation;
    readonly intervalUs: number;
  },
): Promise<Page<SeriesRow>> {
  const every = { intervalUs: Math.min(askedUs, INTERVAL_US_MAX) };
  const conditions = withValues(seriesConditions(question), question);
  const params = paramsJson(conditions);
  const tags = quoted(GROUP_TAGS);
  const asked = windowOf(question);
  // A condition on the time of intervals would reach the points inside, and cut intervals short.
  const intervals = (window: Window) =>
    `(SELECT ${FUNCTIONS[question.aggregation]}("value") AS "value" FROM "${POINTS}" ` +
    `WHERE ${during(conditions, pointsOf(window, asked, every))} ` +
    `GROUP BY time(${every.intervalUs}u), ${tags} fill(none))`;
  const source: Source<AggregatedCells> = {
    async rows(window, { limit, offset }) {
      const answer = await ask(
        `SELECT "value", ${tags} FROM ${intervals(window)} ` +
          `ORDER BY time ${way(question)} LIMIT ${limit} OFFSET ${offset}`,
        params,
      );
      return cellsOf(answer).map((cells) => ({
        us: microsecondsOf(cells["time"] as string),
        series: seriesName(cells),
        cells,
      }));
    },
    async count(window) {
      const statement = `SELECT count("value") FROM ${intervals(window)}`;
      return countIn(await ask(statement, params));
    },
    compareTied: (a, b) => compared(a.series, b.series),
  };
  const fromNs = asked.fromNs - aboveNs(asked.fromNs, every);
  const { total, rows } = await paged(source, question, { ...asked, fromNs });
  const begin = ({ us }: Placed) => us < 0 && askedUs > every.intervalUs ? -askedUs : us;
  return {
    total,
    rows: rows.map((row) => seriesRow(question.channelId, { ...row, us: begin(row) }, longTexts)),
  };
}

/** Of all points asked for, those whose intervals begin in the window. */
function pointsOf(
  window: Window,
  asked: Window,
  every: { readonly intervalUs: number },
): Window {
  const fromNs = window.fromNs + aboveNs(-window.fromNs, every);
  const toNs = window.toNs + aboveNs(-window.toNs, every);
  return {
    fromNs: fromNs > asked.fromNs ? fromNs : asked.fromNs,
    toNs: toNs < asked.toNs ? toNs : asked.toNs,
  };
}

/** Nanoseconds since the interval began. */
function aboveNs(ns: bigint, { intervalUs }: { readonly intervalUs: number }): bigint {
  const everyNs = BigInt(intervalUs) * 1_000n;
  return ((ns % everyNs) + everyNs) % everyNs;
}

function way({ direction }: SeriesQuestion): "ASC" | "DESC" {
  return direction === "asc" ? "ASC" : "DESC";
}

/** Tags hold no NUL, so none of them can run into the next. */
function seriesName(cells: Cells): string {
  return GROUP_TAGS.map((tag) => cells[tag] ?? "").join("\0");
}

/** By name, publisher, subtopic as it was, protocol and unit. */
function seriesOrder(cells: Cells, longTexts: LongTexts): string {
  const text = (tag: string) => textOf((cells[tag] ?? "") as string, longTexts);
  const subtopic = text("path") || text("subtopic").replaceAll(".", "/");
  return [text("name"), text("publisher"), subtopic, text("protocol"), text("unit")].join("\0");
}

async function lastValues(
  { ask, longTexts }: Asked,
  question: SeriesQuestion,
): Promise<readonly SeriesRow[]> {
  const conditions = seriesConditions(question);
  const fields = quoted(POINT_FIELDS.filter((field) => field !== "place"));
  const answer = await ask(
    `SELECT last("place") AS "place", ${fields} FROM "${POINTS}" ` +
      `WHERE ${during(conditions, windowOf({}))} ` +
      `GROUP BY ${quoted([...GROUP_TAGS, "more"])} SLIMIT ${LAST_SERIES_MAX + 1}`,
    paramsJson(conditions),
  );
  if (answer.length > LAST_SERIES_MAX) {
    throw new TransientError(
      `Cannot tell the last values of more than ${LAST_SERIES_MAX} series: ask by name or publisher`,
    );
  }
  const newest = new Map<string, PlacedCells>();
  for (const row of cellsOf(answer).map(placed)) {
    const series = seriesName(row.cells);
    const known = newest.get(series);
    if (
      known === undefined || known.us < row.us || (known.us === row.us && known.place < row.place)
    ) {
      newest.set(series, row);
    }
  }
  return [...newest.values()]
    .map((row) => ({ row, order: seriesOrder(row.cells, longTexts) }))
    .toSorted((a, b) => compared(a.order, b.order))
    .slice(question.offset, question.offset + question.limit)
    .map(({ row }) => seriesRow(question.channelId, row, longTexts));
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function quoted(columns: readonly string[]): string {
  return columns.map((column) => `"${column}"`).join(", ");
}
