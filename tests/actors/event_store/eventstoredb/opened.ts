import assert from "node:assert/strict";
import { type EventStore, openEventStoreDb, verifyStream } from "../../../../actors/mod.ts";
import { type EsdbServer, startEsdbServer } from "../../../support/esdb_server/mod.ts";
import { all, type LastingStore, numbers, type TimedStore } from "../contract/checking.ts";

/** Shorter than an operator would want it: a test waits for what never comes. */
const ANSWER_MS = 500;
const PATIENCE_MS = 5_000;

export interface ServedStore extends LastingStore {
  readonly server: EsdbServer;
}

export function openStore(server: EsdbServer, nowMs?: () => number): Promise<EventStore> {
  return openEventStoreDb({
    connectionString: server.connectionString,
    answerMs: ANSWER_MS,
    patienceMs: PATIENCE_MS,
    ...(nowMs === undefined ? {} : { nowMs }),
  });
}

/** A store on a server of its own. */
export async function openServed(): Promise<ServedStore> {
  const server = await startEsdbServer();
  let store = await openStore(server);
  return {
    server,
    store,
    async reopened() {
      await store.close();
      return store = await openStore(server);
    },
    async close() {
      await store.close();
      await server.close();
    },
  };
}

export async function openTimed(): Promise<TimedStore> {
  let nowMs = 1_700_000_000_000;
  const server = await startEsdbServer({ nowMs: () => nowMs });
  const store = await openStore(server, () => nowMs);
  return {
    store,
    forwardMs: (ms) => void (nowMs += ms),
    async close() {
      await store.close();
      await server.close();
    },
  };
}

/** These and no others, each once, and chained. */
export async function holds(
  store: EventStore,
  stream: string,
  { numbered }: { readonly numbered: readonly number[] },
): Promise<void> {
  const events = await store.readStream(stream, { ...all, stored: true });
  assert.deepEqual(numbers(events), numbered);
  assert.equal("what" in verifyStream(events), false);
}
