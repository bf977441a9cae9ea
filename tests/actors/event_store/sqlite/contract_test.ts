import {
  type EventStore,
  openInlineEventStore,
  openSqliteEventStore,
} from "../../../../actors/mod.ts";
import {
  ageLimitContract,
  eventStoreContract,
  lastingContract,
  type LastingStore,
  type TimedStore,
} from "../event_store_contract.ts";

eventStoreContract("sqlite event store", openInFile);
lastingContract("sqlite event store", openInFile);
lastingContract("inline event store", openInlineInFile);
eventStoreContract("inline event store", openInMemory);
ageLimitContract("inline event store", openInMemory);

function openInFile(): Promise<LastingStore> {
  return lasting((path) => openSqliteEventStore({ path }));
}

function openInlineInFile(): Promise<LastingStore> {
  return lasting((path) => Promise.resolve(openInlineEventStore({ path })));
}

async function lasting(open: (path: string) => Promise<EventStore>): Promise<LastingStore> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/events.db`;
  let store = await open(path);
  return {
    store,
    async reopened() {
      await store.close();
      return store = await open(path);
    },
    async close() {
      await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function openInMemory(): Promise<TimedStore> {
  let nowMs = 1_700_000_000_000;
  const store = openInlineEventStore({ path: ":memory:", nowMs: () => nowMs });
  return Promise.resolve({
    store,
    forwardMs: (ms) => void (nowMs += ms),
    close: () => store.close(),
  });
}
