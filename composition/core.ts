import {
  type EventStore,
  type EventStoreMeasures,
  newEventStoreMeasures,
  openEventStoreDb,
  openSecrets,
  openSqliteEventStore,
  thingUpcasters,
} from "../actors/mod.ts";
import { refuseOtherEngine } from "../cli/mod.ts";
import { eventLogPath } from "../projections/mod.ts";
import type { Ground } from "./ground.ts";

export interface Core {
  readonly store: EventStore;
  readonly secrets: ReturnType<typeof openSecrets>;
  readonly measures: EventStoreMeasures;
  stop(): Promise<void>;
}

/** The log, and the keys of what is sealed in it. */
export async function openCore({ settings, folder }: Ground): Promise<Core> {
  const measures = newEventStoreMeasures();
  const store = await openLog({ settings, folder }, measures);
  const sharedLog = settings.eventStore === "sqlite" ? undefined : store;
  const secrets = openSecrets(folder.path, { ...settings, sharedLog });
  return {
    store,
    secrets,
    measures,
    async stop() {
      await store.close();
      secrets.close();
    },
  };
}

/** A file of the data folder, or an EventStoreDB. */
function openLog(
  { settings: { eventStore }, folder }: Pick<Ground, "settings" | "folder">,
  measures: EventStoreMeasures,
): Promise<EventStore> {
  refuseOtherEngine({ folder, eventStore });
  const reading = { upcasters: thingUpcasters, measures };
  if (eventStore !== "sqlite") {
    return openEventStoreDb({ ...reading, connectionString: eventStore });
  }
  return openSqliteEventStore({ path: eventLogPath(folder.path), ...reading });
}
