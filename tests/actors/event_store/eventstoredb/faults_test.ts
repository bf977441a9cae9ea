import assert from "node:assert/strict";
import {
  ConcurrencyConflict,
  EngineUnreachable,
  type EventStore,
  openEventStoreDb,
  type RecordedEvent,
  TransientError,
  verifyStream,
} from "../../../../actors/mod.ts";
import { startEsdbServer } from "../../../support/esdb_server/mod.ts";
import { all, type Check, checking, ids, numbers } from "../contract/checking.ts";
import { numbered } from "../events.ts";
import { holds, openServed, openStore, type ServedStore } from "./opened.ts";

const check: Check<ServedStore> = checking("eventstoredb event store", openServed);

check("stores once what was stored and never answered", async ({ store, server }) => {
  await store.append("thing-a", numbered(1), { expectedRevision: "no_stream" });
  server.faults.answersDropped = 2;
  const place = await store.append("thing-a", numbered(2, 1), { expectedRevision: { exact: 0 } });
  assert.deepEqual(place, { revision: 2, position: await store.lastPosition() });
  await store.append("thing-a", numbered(1, 3), { expectedRevision: { exact: 2 } });
  await holds(store, "thing-a", { numbered: [0, 1, 2, 3] });
});

check("stores once what a broken connection left without an answer", async ({ store, server }) => {
  for (let n = 0; n < 3; n++) {
    server.faults.connectionsCut = 1;
    const { revision } = await store.append("thing-a", numbered(1, n), { expectedRevision: "any" });
    assert.equal(revision, n);
  }
  await holds(store, "thing-a", { numbered: [0, 1, 2] });
});

check("stores once what many were writing when the server went away", async ({ store, server }) => {
  const writers = Array.from({ length: 20 }, async (_, writer) => {
    for (let n = 0; n < 10; n++) {
      await store.append(`thing-${writer % 5}`, numbered(1, n), { expectedRevision: "any" });
    }
  });
  for (let n = 0; n < 3; n++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await server.restart({ downMs: 20 });
  }
  await Promise.all(writers);
  const { events } = await store.readAll({ ...all, after: 0 });
  assert.equal(events.length, 200);
  assert.equal(new Set(ids(events)).size, 200);
  for (let stream = 0; stream < 5; stream++) {
    assert.equal(
      "what" in verifyStream(
        await store.readStream(`thing-${stream}`, { ...all, stored: true }),
      ),
      false,
    );
  }
  assert.ok(neverFalls(events));
});

check("asks again where it was sent to another leader", async ({ store, server }) => {
  await store.append("thing-a", numbered(1), { expectedRevision: "any" });
  server.faults.appendsRefused = 2;
  await store.append("thing-a", numbered(1, 1), { expectedRevision: { exact: 0 } });
  await holds(store, "thing-a", { numbered: [0, 1] });
});

check("follows to the leader that it was told of", async ({ store, server }) => {
  const leader = await startEsdbServer({ log: server.log });
  server.faults.appendsRefused = 1;
  server.faults.leaderPort = leader.port;
  await store.append("thing-a", numbered(1), { expectedRevision: "any" });
  server.faults.appendsRefused = 100;
  await store.append("thing-a", numbered(1, 1), { expectedRevision: "any" });
  assert.equal(server.faults.appendsRefused, 100);
  await store.close();
  await leader.close();
});

check("finds its server again by asking those that it was told of", async ({ server }) => {
  const nobody = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = nobody.addr as Deno.NetAddr;
  nobody.close();
  for (
    const hosts of [
      `esdb+discover://127.0.0.1:${server.port}`,
      `esdb://127.0.0.1:${port},127.0.0.1:${server.port}`,
    ]
  ) {
    const store = await openEventStoreDb({ connectionString: `${hosts}?tls=false` });
    await store.append("thing-a", numbered(1), { expectedRevision: "any" });
    await server.restart({ downMs: 50 });
    await store.append("thing-a", numbered(1), { expectedRevision: "any" });
    await store.close();
  }
  assert.equal(server.log.events.filter(({ stream }) => stream === "thing-a").length, 4);
});

check("gives up with an unknown outcome, and knows the repeat", async ({ store, server }) => {
  const events = numbered(2);
  server.faults.answersDropped = 1_000;
  await assert.rejects(
    store.append("thing-a", events, { expectedRevision: "no_stream" }),
    (error: Error) => error instanceof TransientError && error.message.includes("'thing-a'"),
  );
  server.faults.answersDropped = 0;
  const { revision } = await store.append("thing-a", events, { expectedRevision: "no_stream" });
  assert.equal(revision, 1);
  await store.append("thing-a", numbered(1, 2), { expectedRevision: { exact: 1 } });
  await holds(store, "thing-a", { numbered: [0, 1, 2] });
});

check("chains to what another process stored under the same ids", async ({ store, server }) => {
  const other = await openStore(server, () => Date.now() + 1);
  for (
    const [stream, writers] of [["thing-a", [store, other]], ["thing-b", [other, store]]] as const
  ) {
    const events = numbered(2);
    const places = await Promise.all(
      [store, other].map((each) => each.append(stream, events, { expectedRevision: "no_stream" })),
    );
    assert.deepEqual(places[0], places[1]);
    for (const [n, writer] of [...writers, ...writers].entries()) {
      await writer.append(stream, numbered(1, 2 + n), { expectedRevision: "any" });
    }
    await holds(store, stream, { numbered: [0, 1, 2, 3, 4, 5] });
    await assert.rejects(
      other.append(stream, numbered(1), { expectedRevision: { exact: 2 } }),
      ConcurrencyConflict,
    );
  }
  await other.close();
});

check("reads on when a read is not answered", async ({ store, server }) => {
  await store.append("thing-a", numbered(3), { expectedRevision: "any" });
  server.faults.readsHanging = 1;
  assert.deepEqual(numbers(await store.readStream("thing-a", all)), [0, 1, 2]);
  server.faults.readsHanging = 1;
  assert.equal((await store.readAll({ ...all, after: 0 })).events.length, 3);
});

check("waits for a slow read as long as it goes on", async ({ store, server }) => {
  await store.append("thing-a", numbered(60), { expectedRevision: "any" });
  server.faults.allDelayMs = 15;
  const { events } = await store.readAll({ ...all, after: 0 });
  assert.equal(events.length, 60);
});

check("records nothing before what it gave up and the server stored after all", async (opened) => {
  const { server } = opened;
  const { connectionString } = server;
  const store = await openEventStoreDb({ connectionString, answerMs: 40, patienceMs: 100 });
  await store.append("thing-a", numbered(1), { expectedRevision: "any" });
  await store.append("thing-b", numbered(1), { expectedRevision: "any" });
  server.faults.appendDelayMs = 300;
  const late = numbered(1, 1);
  await assert.rejects(store.append("thing-a", late, { expectedRevision: "any" }), TransientError);
  server.faults.appendDelayMs = 0;
  for (let n = 1; n < 5; n++) {
    await store.append("thing-b", numbered(1, n), { expectedRevision: "any" });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { revision } = await store.append("thing-a", late, { expectedRevision: "any" });
  assert.equal(revision, 1);
  const { events } = await store.readAll({ ...all, after: 0 });
  assert.equal(events.length, 7);
  assert.ok(neverFalls(events));
  await holds(store, "thing-a", { numbered: [0, 1] });
  await store.close();
});

check("misses and doubles nothing when a server restarts under a subscription", async (opened) => {
  const { store, server } = opened;
  const followers = [
    follow(store, 120),
    follow(store, 120, { streamPrefixes: ["thing-"] }),
    follow(store, 120, { pauseMs: 2 }),
  ];
  for (let n = 0; n < 120; n++) {
    if (n % 30 === 15) await server.restart({ downMs: 10 });
    await store.append(`thing-${n % 7}`, numbered(1, n), { expectedRevision: "any" });
  }
  const inOrder = Array.from({ length: 120 }, (_, n) => n);
  for (const seen of await Promise.all(followers)) assert.deepEqual(seen, inOrder);
});

check("tells that the log has grown after the server was away", async ({ store, server }) => {
  const { position } = await store.append("thing-a", numbered(1), { expectedRevision: "any" });
  const reader = await openStore(server);
  const grown = reader.grownBeyond(position, AbortSignal.timeout(5_000));
  await server.restart({ downMs: 30 });
  await store.append("thing-a", numbered(1, 1), { expectedRevision: "any" });
  await grown;
  assert.ok(await reader.lastPosition() > position);
  await reader.close();
});

Deno.test("eventstoredb event store: says that it cannot be reached, and not with which password", async () => {
  const server = await startEsdbServer();
  await server.close();
  const connectionString = `esdb://admin:secret@127.0.0.1:${server.port}?tls=false`;
  await assert.rejects(
    openEventStoreDb({ connectionString, patienceMs: 300 }),
    (error: Error) =>
      error instanceof EngineUnreachable && error.message.includes(`127.0.0.1:${server.port}`) &&
      !error.message.includes("secret"),
  );
});

function neverFalls(events: readonly RecordedEvent[]): boolean {
  const instants = events.map(({ metadata }) => metadata.recordedAtMs);
  return instants.every((instant, at) => at === 0 || instant >= instants[at - 1]!);
}

async function follow(
  store: EventStore,
  count: number,
  { pauseMs, ...options }: {
    readonly streamPrefixes?: readonly string[];
    readonly pauseMs?: number;
  } = {},
): Promise<readonly number[]> {
  const seen: number[] = [];
  const signal = AbortSignal.timeout(20_000);
  for await (const { events } of store.subscribeToAll({ after: 0, ...options, signal })) {
    seen.push(...numbers(events));
    if (seen.length >= count) break;
    if (pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return seen;
}
