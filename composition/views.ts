import { scavengeRegularly, systemClock } from "../actors/mod.ts";
import {
  InMemoryAccessIndex,
  passedByAll,
  type ProjectionName,
  type Projections,
  RecentRetained,
  startProjections,
  storedAsOf,
} from "../projections/mod.ts";
import type { Core } from "./core.ts";
import { type Ground, has } from "./ground.ts";

export interface Views {
  readonly access: InMemoryAccessIndex;
  readonly readModels: Projections;
  readonly retained: RecentRetained;
  stop(): Promise<void>;
}

/** The read models in their thread, and what of them the edges hold in memory. */
export async function openViews(ground: Ground, { store, secrets }: Core): Promise<Views> {
  const { settings: { eventStore, influx, installationKey }, folder, logger } = ground;
  const access = new InMemoryAccessIndex({ hashKey: (key) => secrets.hashThingKey(key) });
  let retainedReached = 0;
  const readModels = await startProjections({
    folder: folder.path,
    installationKey,
    followed: followedBy(ground),
    ...(eventStore === "sqlite" ? {} : { eventStoreDb: eventStore }),
    ...(influx === undefined ? {} : { influx }),
    logger,
    onAccess: (rows, position) => access.apply(rows, position),
    onRetained: (position) => retainedReached = position,
  });
  const startPosition = await store.lastPosition();
  const retained = new RecentRetained({
    stored: storedAsOf(startPosition, readModels),
    reached: () => retainedReached,
    startPosition,
  });
  const passed = () => passedByAll(readModels);
  const scavenging = scavengeRegularly({ store, clock: systemClock, logger, passed });
  return {
    access,
    readModels,
    retained,
    stop() {
      scavenging.stop();
      return readModels.stop();
    },
  };
}

/** What the roles of this process ask of read models; measurements in an engine have one writer. */
function followedBy(ground: Ground): ReadonlySet<ProjectionName> {
  const inFile = ground.settings.influx === undefined;
  return new Set<ProjectionName>([
    ...(has(ground, "edges", "api")
      ? ["access", "retained", "durable_sessions", "presence"] as const
      : []),
    ...(has(ground, "api") ? ["persons", "directory", "history"] as const : []),
    ...(has(ground, inFile ? "api" : "projections") ? ["measurements"] as const : []),
  ]);
}
