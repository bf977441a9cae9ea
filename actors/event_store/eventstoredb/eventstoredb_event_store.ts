import { EngineUnreachable, TerminalError, TransientError, UsageError } from "../../errors.ts";
import { systemClock } from "../../platform/mod.ts";
import { checkAppend, checkStreamLimits } from "../bounds.ts";
import type { EventReader, EventStore } from "../event_store.ts";
import type { LogCopy } from "../stored_log.ts";
import { type Upcaster, upcastingWith } from "../upcasting.ts";
import { type ConnectionOptions, EsdbConnection, hostsOf } from "./connection.ts";
import { EsdbLogCopy } from "./copying.ts";
import { recordedEvent } from "./esdb_event.ts";
import { Heads } from "./heads.ts";
import { Priors } from "./priors.ts";
import { EsdbReader } from "./reader.ts";
import { refuseReserved } from "./reserved.ts";
import { Snapshots } from "./snapshots.ts";
import { StreamSettingsOfLog } from "./stream_settings.ts";
import { LogTail } from "./tail.ts";
import { EsdbWriter } from "./writer.ts";

export interface EventStoreDbOptions extends ConnectionOptions {
  readonly upcasters?: readonly Upcaster[];
  readonly nowMs?: () => number;
}

export async function openStore(options: EventStoreDbOptions): Promise<EventStore> {
  const { connection, tail, reader, settings, heads } = openReading(options);
  const recordedAtMs = await reachable(connection, {
    options,
    question: () => newestInstantMs(reader),
  });
  const writer = new EsdbWriter({
    connection,
    heads,
    settings,
    nowMs: options.nowMs ?? (() => systemClock.nowMs()),
    lastPosition: () => reader.lastPosition(),
    recordedAtMs,
  });
  const snapshots = new Snapshots(connection, settings);
  return {
    ...reading(reader, heads),
    async append(stream, events, { expectedRevision }) {
      checkAppend(stream, events);
      refuseReserved(stream);
      const startedMs = performance.now();
      const result = await writer.append({ stream, events, expectedRevision });
      options.measures?.append.observeSince(startedMs);
      tail.grownTo(result.position);
      return result;
    },
    async setStreamLimits(stream, limits) {
      checkStreamLimits(stream, limits);
      refuseReserved(stream);
      await settings.setLimits(stream, limits);
    },
    streamLimits: async (stream) => (await settings.of(stream)).limits,
    softDelete: (stream, { expectedRevision }) => writer.softDelete(stream, expectedRevision),
    readSnapshot: (stream) => snapshots.read(stream),
    saveSnapshot: (stream, snapshot) => snapshots.save(stream, snapshot),
    // The server's scavenge covers all it holds, and a platform is not its only user: its operator
    // starts it. What the limits hide waits for that.
    scavenge: () => Promise.resolve({ eventsRemoved: 0 }),
    async status() {
      return { engine: "eventstoredb", ...await connection.health(), lag: writer.waiting };
    },
    async close() {
      writer.close();
      await connection.close();
    },
  };
}

/** A log that is read as it is stored, or written as a copy of another one. */
export async function openCopy(options: ConnectionOptions): Promise<LogCopy> {
  const { connection, reader, settings, heads, priors } = openReading(options);
  await reachable(connection, { options, question: () => reader.newest() });
  return new EsdbLogCopy({
    connection,
    settings,
    heads,
    priors,
    events: reading(reader, heads),
  });
}

export function openReader(options: EventStoreDbOptions): EventReader & { close(): void } {
  const { connection, reader, heads } = openReading(options);
  return { ...reading(reader, heads), close: () => void connection.close() };
}

/** The first question to the server; whoever started the program must act on what it throws. */
async function reachable<T>(
  connection: EsdbConnection,
  { options, question }: {
    readonly options: ConnectionOptions;
    readonly question: () => Promise<T>;
  },
): Promise<T> {
  try {
    return await question();
  } catch (cause) {
    await connection.close();
    if (cause instanceof TerminalError) throw new UsageError(cause.message, { cause });
    if (!(cause instanceof TransientError)) throw cause;
    const hosts = hostsOf(options.connectionString);
    throw new EngineUnreachable(
      `Cannot open the event log: EventStoreDB cannot be reached at '${hosts}' (${cause.message})`,
      { cause },
    );
  }
}

function openReading(options: EventStoreDbOptions) {
  const connection = new EsdbConnection(options);
  const tail = new LogTail(connection);
  const upcasting = upcastingWith(options.upcasters ?? []);
  const settings = new StreamSettingsOfLog(connection);
  const heads = new Heads(connection, settings);
  const priors = new Priors(connection, settings);
  return {
    connection,
    tail,
    reader: new EsdbReader({ connection, tail, priors, upcasting }),
    settings,
    heads,
    priors,
  };
}

function reading(reader: EsdbReader, heads: Heads): EventReader {
  return {
    async firstRevision(stream) {
      const [first] = await reader.readStream(stream, { limit: 1 });
      if (first !== undefined) return first.revision;
      return (heads.known(stream) ?? await heads.load(stream)).revision + 1;
    },
    eventAt: (position) => reader.eventAt(position),
    readStream: (stream, how) => reader.readStream(stream, how),
    readAll: (how) => reader.readAll(how),
    subscribeToAll: (how) => reader.subscribeToAll(how),
    lastPosition: () => reader.lastPosition(),
    grownBeyond: (position, signal) => reader.grownBeyond(position, signal),
  };
}

async function newestInstantMs(reader: EsdbReader): Promise<number> {
  const newest = await reader.newest();
  if (newest === undefined) return 0;
  const { metadata } = recordedEvent(newest, { upcasting: (_, data) => data, stored: true });
  return metadata.recordedAtMs;
}
