import assert from "node:assert/strict";
import { newEventStoreMeasures, openEventStoreDb } from "../../../../actors/mod.ts";
import { startEsdbServer } from "../../../support/esdb_server/mod.ts";
import { event } from "../events.ts";

Deno.test("eventstoredb event store: says the server's version, that it is away while it is, and why without its password", async () => {
  const server = await startEsdbServer();
  const store = await openEventStoreDb({
    connectionString: server.connectionString.replace("://", "://ann:hush-hush@"),
  });
  const up = await store.status();
  assert.deepEqual(up, { engine: "eventstoredb", version: "23.10.0", state: "up", lag: 0 });
  await server.close();
  const away = await store.status();
  assert.deepEqual([away.engine, away.version, away.state], ["eventstoredb", "23.10.0", "away"]);
  assert.match(away.reason!, /^Cannot ask for the end of the log: /);
  assert.doesNotMatch(away.reason!, /hush-hush/);
  await store.close();
  assert.equal((await store.status()).state, "away");
});

Deno.test("eventstoredb event store: is away while it does not answer, and asked no longer than a second", async () => {
  const server = await startEsdbServer();
  const store = await openEventStoreDb({ connectionString: server.connectionString });
  server.faults.readsHanging = 1;
  const { state, reason } = await store.status();
  assert.equal(state, "away");
  assert.match(reason!, /no answer within 1000 ms/);
  assert.equal((await store.status()).state, "up");
  await store.close();
  await server.close();
});

Deno.test("eventstoredb event store: measures each append, and each answer of the server", async () => {
  const server = await startEsdbServer();
  const measures = newEventStoreMeasures();
  const store = await openEventStoreDb({ connectionString: server.connectionString, measures });
  for (let i = 0; i < 3; i++) {
    await store.append("thing-a", [event()], { expectedRevision: "any" });
  }
  assert.deepEqual([measures.append.count, measures.commit.count], [3, 3]);
  assert.equal(measures.commitAppends.count, 0, "each append is a transaction of its own");
  await store.close();
  await server.close();
});
