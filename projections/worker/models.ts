import type { Engine, Logger, PersonalReading, PersonErasures } from "../../actors/mod.ts";
import { accessProjection, type AccessRow, AccessStore } from "../access/mod.ts";
import { directoryProjection, directoryQueries, DirectoryStore } from "../directory/mod.ts";
import {
  durableSessionQueries,
  durableSessionsProjection,
  DurableSessionStore,
} from "../durable_sessions/mod.ts";
import { historyProjection, historyQueries, HistoryStore } from "../history/mod.ts";
import {
  type InfluxSettings,
  InfluxTimeSeries,
  influxTimeSeriesQueries,
  measurementsProjection,
  SqliteTimeSeries,
  sqliteTimeSeriesQueries,
  type TimeSeriesQueries,
  type TimeSeriesStore,
} from "../measurements/mod.ts";
import { ErasedPersons, personsProjection } from "../persons/mod.ts";
import { presenceProjection, presenceQueries, PresenceStore } from "../presence/mod.ts";
import { retainedProjection, retainedQueries, RetainedStore } from "../retained/mod.ts";
import type { Followed } from "../runner/mod.ts";

/** What a process may be asked to follow the log for. */
export type ProjectionName =
  | "persons"
  | "access"
  | "directory"
  | "retained"
  | "durable_sessions"
  | "presence"
  | "history"
  | "measurements";

/** All read models of one data folder, and the questions that each of them answers. */
export interface Models {
  readonly access: AccessStore;
  readonly followed: readonly Followed[];
  /** What keeps the points. */
  readonly timeSeries: Engine;
  readonly queries: {
    readonly directory: ReturnType<typeof directoryQueries>;
    readonly history: ReturnType<typeof historyQueries>;
    readonly presence: ReturnType<typeof presenceQueries>;
    readonly measurements: TimeSeriesQueries;
    readonly retained: ReturnType<typeof retainedQueries>;
    readonly durableSessions: ReturnType<typeof durableSessionQueries>;
  };
}

/** An InfluxDB that holds the measurements, and what a connection to it stands on. */
export interface InfluxOptions {
  readonly settings: InfluxSettings;
  readonly logger: Logger;
  /** Ends what is under way there. */
  readonly signal: AbortSignal;
}

/** Opens the read models in `folder` (`:memory:` in tests), making those that are not there. */
export function openModels(
  folder: string,
  options: {
    readonly persons: PersonalReading;
    /** Present where other nodes erase persons too, and this one follows. */
    readonly erasures?: PersonErasures;
    readonly onAccess: (rows: readonly AccessRow[], checkpoint: number) => void;
    /** Absent: the measurements lie in a file too. */
    readonly influx?: InfluxOptions;
  },
): Models {
  const access = new AccessStore(folder, options.onAccess);
  const directory = new DirectoryStore(folder, options.persons);
  const history = new HistoryStore(folder);
  const presence = new PresenceStore(folder);
  const measurements = openMeasurements(folder, options.influx);
  const retained = new RetainedStore(folder);
  const durableSessions = new DurableSessionStore(folder);
  return {
    access,
    timeSeries: measurements.store,
    // What is erased is shown no longer; then what decides about access: it is waited for most.
    followed: [
      ...erasuresFollowed(options.erasures, directory),
      { projection: accessProjection, readModel: access },
      { projection: directoryProjection, readModel: directory },
      { projection: retainedProjection, readModel: retained },
      { projection: durableSessionsProjection, readModel: durableSessions },
      { projection: presenceProjection, readModel: presence },
      { projection: historyProjection, readModel: history },
      { projection: measurementsProjection, readModel: measurements.store },
    ],
    queries: {
      directory: directoryQueries(directory.file),
      history: historyQueries(history.file),
      presence: presenceQueries(presence.file),
      measurements: measurements.queries,
      retained: retainedQueries(retained.file),
      durableSessions: durableSessionQueries(durableSessions.file),
    },
  };
}

function erasuresFollowed(
  erasures: PersonErasures | undefined,
  directory: DirectoryStore,
): readonly Followed[] {
  if (erasures === undefined) return [];
  return [{
    projection: personsProjection,
    readModel: new ErasedPersons(erasures, (userIds) => directory.erasePersons(userIds)),
  }];
}

function openMeasurements(
  folder: string,
  influx: InfluxOptions | undefined,
): { readonly store: TimeSeriesStore & Engine; readonly queries: TimeSeriesQueries } {
  if (influx === undefined) {
    const store = new SqliteTimeSeries(folder);
    return { store, queries: sqliteTimeSeriesQueries(store.file) };
  }
  const store = new InfluxTimeSeries(folder, influx.settings, influx);
  return { store, queries: influxTimeSeriesQueries(store) };
}
