import type { EngineStatus } from "../../../actors/mod.ts";
import { FileReadModel, type ReadModelFile } from "../../read_model/mod.ts";
import { type MeasuredMessage, measurementsProjection } from "../measurements.ts";
import type { Point, PointValue } from "../senml.ts";
import type { TimeSeriesStore } from "../time_series_store.ts";

/** Series whose key is remembered. */
const SERIES_CACHE_MAX = 100_000;

// Domain and channel, and what names a series, are interned: a point then carries small integers.
// The count and the newest value of a series stand with it, so that neither is ever searched for.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS channels (
    key INTEGER PRIMARY KEY, domain_id TEXT NOT NULL, channel_id TEXT NOT NULL,
    UNIQUE (domain_id, channel_id)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS series (
    key INTEGER PRIMARY KEY, channel_key INTEGER NOT NULL,
    publisher TEXT NOT NULL, subtopic TEXT NOT NULL, protocol TEXT NOT NULL,
    name TEXT NOT NULL, unit TEXT NOT NULL,
    points INTEGER NOT NULL DEFAULT 0,
    last_time_us INTEGER NOT NULL DEFAULT -9007199254740991,
    last_position INTEGER NOT NULL DEFAULT 0, last_index INTEGER NOT NULL DEFAULT 0,
    last_record INTEGER NOT NULL DEFAULT 0,
    UNIQUE (channel_key, name, publisher, subtopic, protocol, unit)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS points (
    channel_key INTEGER NOT NULL, time_us INTEGER NOT NULL,
    position INTEGER NOT NULL, message INTEGER NOT NULL, record INTEGER NOT NULL,
    series_key INTEGER NOT NULL, kind INTEGER NOT NULL, value ANY, sum REAL, update_time REAL,
    PRIMARY KEY (channel_key, time_us, position, message, record)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS documents (
    channel_key INTEGER NOT NULL, created_us INTEGER NOT NULL,
    position INTEGER NOT NULL, message INTEGER NOT NULL, record INTEGER NOT NULL,
    format TEXT NOT NULL, publisher TEXT NOT NULL, subtopic TEXT NOT NULL, protocol TEXT NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (channel_key, created_us, position, message, record)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS unreadable (
    channel_key INTEGER NOT NULL, position INTEGER NOT NULL, message INTEGER NOT NULL,
    PRIMARY KEY (channel_key, position, message)
  ) STRICT, WITHOUT ROWID;
`;

export const VALUE_KINDS: readonly PointValue["kind"][] = [
  "none",
  "number",
  "text",
  "boolean",
  "data",
];

interface SeriesState {
  readonly key: number;
  added: number;
  lastTimeUs: number;
  lastPosition: number;
  lastIndex: number;
  lastRecord: number;
}

/** The time series in one SQLite file. */
export class SqliteTimeSeries extends FileReadModel<MeasuredMessage> implements TimeSeriesStore {
  readonly #channels = new Map<string, number>();
  readonly #series = new Map<string, SeriesState>();
  readonly #insertPoint: ReturnType<ReadModelFile["statement"]>;

  constructor(folder: string) {
    const { name, version } = measurementsProjection;
    super(folder, { name, version, schema: SCHEMA });
    this.#insertPoint = this.file.statement(
      "INSERT OR IGNORE INTO points VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
  }

  status(): Promise<EngineStatus> {
    const row = this.file.statement("SELECT sqlite_version() AS version").get()!;
    return Promise.resolve({ engine: "sqlite", version: row["version"] as string, state: "up" });
  }

  override async apply(messages: readonly MeasuredMessage[], checkpoint: number): Promise<void> {
    try {
      await super.apply(messages, checkpoint);
    } catch (error) {
      // What the caches learned in this transaction was rolled back.
      this.#channels.clear();
      this.#series.clear();
      throw error;
    }
  }

  protected override write(messages: readonly MeasuredMessage[]): void {
    const touched = new Set<SeriesState>();
    for (const message of messages) this.#write(message, touched);
    for (const series of touched) this.#saveSeries(series);
  }

  #write(message: MeasuredMessage, touched: Set<SeriesState>): void {
    switch (message.reading.kind) {
      case "points": {
        const channelKey = this.#channel(message);
        for (const point of message.reading.points) {
          const series = this.#seriesOf(channelKey, message, point);
          if (this.#writePoint(message, { channelKey, series, point })) touched.add(series);
        }
        return;
      }
      case "documents":
        this.#writeDocuments(message, message.reading.documents);
        return;
      case "unreadable":
        this.file.statement("INSERT OR IGNORE INTO unreadable VALUES (?, ?, ?)")
          .run(this.#channel(message), message.position, message.index);
        return;
      case "opaque":
        return;
    }
  }

  #writePoint(
    message: MeasuredMessage,
    to: { readonly channelKey: number; readonly series: SeriesState; readonly point: Point },
  ): boolean {
    const { series, point } = to;
    const { value } = point;
    const written = this.#insertPoint.run(
      to.channelKey,
      point.timeUs,
      message.position,
      message.index,
      point.record,
      series.key,
      VALUE_KINDS.indexOf(value.kind),
      value.kind === "none"
        ? null
        : typeof value.value === "boolean"
        ? Number(value.value)
        : value.value,
      point.sum ?? null,
      point.updateTime === 0 ? null : point.updateTime,
    );
    if (written.changes === 0) return false;
    series.added++;
    if (point.timeUs >= series.lastTimeUs) {
      series.lastTimeUs = point.timeUs;
      series.lastPosition = message.position;
      series.lastIndex = message.index;
      series.lastRecord = point.record;
    }
    return true;
  }

  #saveSeries(series: SeriesState): void {
    this.file.statement(
      `UPDATE series SET points = points + ?, last_time_us = ?, last_position = ?, last_index = ?,
         last_record = ? WHERE key = ?`,
    ).run(
      series.added,
      series.lastTimeUs,
      series.lastPosition,
      series.lastIndex,
      series.lastRecord,
      series.key,
    );
    series.added = 0;
  }

  #writeDocuments(message: MeasuredMessage, documents: readonly object[]): void {
    const channelKey = this.#channel(message);
    const format = message.subtopic.slice(message.subtopic.lastIndexOf("/") + 1);
    const insert = this.file.statement(
      "INSERT OR IGNORE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    documents.forEach((document, record) => {
      insert.run(
        channelKey,
        message.receivedUs,
        message.position,
        message.index,
        record,
        format,
        message.publisher,
        message.subtopic,
        message.protocol,
        JSON.stringify(document),
      );
    });
  }

  #channel({ domainId, channelId }: MeasuredMessage): number {
    const name = `${domainId} ${channelId}`;
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    this.file.statement("INSERT OR IGNORE INTO channels (domain_id, channel_id) VALUES (?, ?)")
      .run(domainId, channelId);
    const key = this.file.statement(
      "SELECT key FROM channels WHERE domain_id = ? AND channel_id = ?",
    ).get(domainId, channelId)!["key"] as number;
    if (this.#channels.size >= SERIES_CACHE_MAX) this.#channels.clear();
    this.#channels.set(name, key);
    return key;
  }

  #seriesOf(channelKey: number, message: MeasuredMessage, point: Point): SeriesState {
    const { publisher, subtopic, protocol } = message;
    // Unit and subtopic are free text: the length says where one ends.
    const name = `${channelKey} ${publisher} ${protocol} ${point.name} ` +
      `${point.unit.length} ${point.unit}${subtopic}`;
    const known = this.#series.get(name);
    if (known !== undefined) return known;
    const identity = [channelKey, point.name, publisher, subtopic, protocol, point.unit];
    this.file.statement(
      `INSERT OR IGNORE INTO series (channel_key, name, publisher, subtopic, protocol, unit)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ).run(...identity);
    const row = this.file.statement(
      `SELECT * FROM series WHERE channel_key = ? AND name = ? AND publisher = ? AND subtopic = ?
         AND protocol = ? AND unit = ?`,
    ).get(...identity)!;
    const series: SeriesState = {
      key: row["key"] as number,
      added: 0,
      lastTimeUs: row["last_time_us"] as number,
      lastPosition: row["last_position"] as number,
      lastIndex: row["last_index"] as number,
      lastRecord: row["last_record"] as number,
    };
    if (this.#series.size >= SERIES_CACHE_MAX) {
      this.#series.delete(this.#series.keys().next().value!);
    }
    this.#series.set(name, series);
    return series;
  }
}
