import { type EngineStatus, systemClock } from "../../platform/mod.ts";
import { checkAppend, checkStreamLimits } from "../bounds.ts";
import type { AppendResult, EventReader, EventStore } from "../event_store.ts";
import type { EventStoreMeasures } from "../measures.ts";
import { type Upcaster, upcastingWith } from "../upcasting.ts";
import { CommitSignal } from "./commit_signal.ts";
import { type AppendRequest, SqliteEngine } from "./engine.ts";
import { SqliteReader } from "./reader.ts";
import { ALL_SCAVENGED } from "./scavenger.ts";
import { openForReading } from "./schema.ts";
import { Writer } from "./writer.ts";

/** Between two slices of a scavenge, which take some milliseconds of the writer each. */
const SCAVENGE_PAUSE_MS = 20;

/** The writing half, wherever it runs. */
interface WriterEnd {
  append(request: AppendRequest): Promise<AppendResult>;
  call(call: Parameters<Writer["call"]>[0]): Promise<number>;
  readonly condition: Writer["condition"];
  close(): Promise<void>;
}

export interface SqliteEventStoreOptions {
  readonly path: string;
  readonly upcasters?: readonly Upcaster[];
  /** Largest size of the file in pages of 8 KiB: a full disk for tests. */
  readonly pagesMax?: number;
  /** Filled with what the writer measures. */
  readonly measures?: EventStoreMeasures;
}

/** The log in one SQLite file, written by a worker that commits in groups. */
export async function openSqliteEventStore(options: SqliteEventStoreOptions): Promise<EventStore> {
  const writer = new Writer(options.measures);
  const { path, pagesMax } = options;
  try {
    await writer.call({ op: "open", path, ...(pagesMax === undefined ? {} : { pagesMax }) });
  } catch (error) {
    writer.terminate();
    throw error;
  }
  const committed = new CommitSignal(path);
  const reader = new SqliteReader({
    database: openForReading(path),
    path,
    nowMs: () => systemClock.nowMs(),
    upcasting: upcastingWith(options.upcasters ?? []),
    committed,
  });
  return eventStore(reader, {
    append: (request) => writer.append(request),
    call: (call) => writer.call(call),
    get condition() {
      return writer.condition;
    },
    async close() {
      // The writer closes last: it alone can copy the write-ahead log back into the file.
      committed.close();
      reader.close();
      await writer.call({ op: "close" });
      writer.terminate();
    },
  });
}

/** The same engine in the calling thread: `:memory:` for tests and the simulation. */
export function openInlineEventStore(
  options: SqliteEventStoreOptions & { readonly nowMs?: () => number },
): EventStore {
  const nowMs = options.nowMs ?? (() => systemClock.nowMs());
  const engine = new SqliteEngine({ ...options, nowMs });
  const committed = new CommitSignal();
  const reader = new SqliteReader({
    database: engine.connection,
    path: options.path,
    nowMs,
    upcasting: upcastingWith(options.upcasters ?? []),
    committed,
  });
  return eventStore(reader, inlineEnd(engine, committed));
}

/** The reading half alone, for another thread. */
export function openSqliteEventReader(
  options: SqliteEventStoreOptions,
): EventReader & { close(): void } {
  const committed = new CommitSignal(options.path);
  const reader = new SqliteReader({
    database: openForReading(options.path),
    path: options.path,
    nowMs: () => systemClock.nowMs(),
    upcasting: upcastingWith(options.upcasters ?? []),
    committed,
  });
  return {
    readStream: (stream, how) => reader.readStream(stream, how),
    firstRevision: (stream) => reader.firstRevision(stream),
    eventAt: (position) => reader.eventAt(position),
    readAll: (how) => reader.readAll(how),
    subscribeToAll: (how) => reader.subscribeToAll(how),
    lastPosition: () => reader.lastPosition(),
    grownBeyond: (position, signal) => reader.grownBeyond(position, signal),
    close() {
      committed.close();
      reader.close();
    },
  };
}

function eventStore(reader: SqliteReader, writer: WriterEnd): EventStore {
  return {
    readStream: (stream, options) => reader.readStream(stream, options),
    firstRevision: (stream) => reader.firstRevision(stream),
    eventAt: (position) => reader.eventAt(position),
    readAll: (options) => reader.readAll(options),
    subscribeToAll: (options) => reader.subscribeToAll(options),
    lastPosition: () => reader.lastPosition(),
    grownBeyond: (position, signal) => reader.grownBeyond(position, signal),
    // deno-lint-ignore require-await -- what the bounds throw becomes a rejection
    async append(stream, events, { expectedRevision }) {
      checkAppend(stream, events);
      return writer.append({ stream, events, expectedRevision });
    },
    async setStreamLimits(stream, limits) {
      checkStreamLimits(stream, limits);
      await writer.call({ op: "setStreamLimits", stream, limits });
    },
    streamLimits: (stream) => reader.streamLimits(stream),
    async softDelete(stream, { expectedRevision }) {
      await writer.call({ op: "softDelete", stream, expectedRevision });
    },
    readSnapshot: (stream) => reader.readSnapshot(stream),
    async saveSnapshot(stream, snapshot) {
      await writer.call({ op: "saveSnapshot", stream, snapshot });
    },
    async scavenge({ through }) {
      let eventsRemoved = 0;
      for (;;) {
        const removed = await writer.call({ op: "scavenge", through });
        if (removed === ALL_SCAVENGED) return { eventsRemoved };
        eventsRemoved += removed;
        // What devices wait for goes first.
        await new Promise((resolve) => setTimeout(resolve, SCAVENGE_PAUSE_MS));
      }
    },
    status: () => Promise.resolve(statusOf(reader, writer)),
    close: () => writer.close(),
  };
}

function statusOf(reader: SqliteReader, { condition }: WriterEnd): EngineStatus {
  return { engine: "sqlite", version: reader.engineVersion, ...condition };
}

function inlineEnd(engine: SqliteEngine, committed: CommitSignal): WriterEnd {
  return {
    // deno-lint-ignore require-await -- what the engine throws becomes a rejection
    async append(request) {
      const result = engine.appendGroup([request])[0]!;
      if (result instanceof Error) throw result;
      committed.notify();
      return result;
    },
    // deno-lint-ignore require-await -- what the engine throws becomes a rejection
    async call(call) {
      switch (call.op) {
        case "setStreamLimits":
          engine.setStreamLimits(call.stream, call.limits);
          return 0;
        case "softDelete":
          engine.softDelete(call.stream, call.expectedRevision);
          return 0;
        case "saveSnapshot":
          engine.saveSnapshot(call.stream, call.snapshot);
          return 0;
        case "scavenge":
          return engine.scavenge(call.through);
        case "open":
        case "close":
          return 0;
      }
    },
    condition: { state: "up", lag: 0 },
    // deno-lint-ignore require-await -- the port is asynchronous, closing is not
    async close() {
      committed.close();
      engine.close();
    },
  };
}
