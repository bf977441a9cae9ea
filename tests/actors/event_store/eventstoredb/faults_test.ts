import assert from "node:assert/strict";
import {
  ConcurrencyConflict,
  EngineUnreachable,
  type EventStore,
  InvariantViolation,
  openEventStoreDb,
  type RecordedEvent,
  TransientError,
  verifyStream,
} from "../../../../actors/mod.ts";
import { startEsdbServer } from "../../../support/esdb_server/mod.ts";
import { all, type Check, checking, ids, numbers } from "../contract/checking.ts";
import { event, numbered } from "../events.ts";
import { openServed, openStore, type ServedStore } from "./opened.ts";

const check: Check<ServedStore> = checking("eventstoredb event store", openServed);

check("stores once what was stored and never answered", async ({ store, server }) => {
  await store.append("thing-a", numbered(1), { expectedRevision: "no_stream" });
  server.faults.answersDropped = 2;
  const place = await store.append("thing-a", numbered(2, 1), { expectedRevision: { exact: 0 } });
  assert.deepEqual(place, { revision: 2, position: await store.lastPosition() });
  await store.append("thing-a", numbered(1, 3), { expectedRevision: { exact: 2 } });
  await holds(store, "thing-a", [0, 1, 2, 3]);
});

check("stores once what a broken connection left without an answer", async ({ store, server }) => {
  for (let n = 0; n < 3; n++) {
    server.faults.connectionsCut = 1;
    const { revision } = await store.append("thing-a", numbered(1, n), { expectedRevision: "any" });
    assert.equal(revision, n);
  }
  await holds(store, "thing-a", [0, 1, 2]);
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
    assert.equal("what" in verifyStream(await stored(store, `thing-${stream}`)), false);
  }
  assert.ok(neverFalls(events));
});

check("asks again where it was sent to another leader", async ({ store, server }) => {
  await store.append("thing-a", numbered(1), { expectedRevision: "any" });
  server.faults.appendsRefused = 2;
  await store.append("thing-a", numbered(1, 1), { expectedRevision: { exact: 0 } });
  await holds(store, "thing-a", [0, 1]);
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
  await holds(store, "thing-a", [0, 1, 2]);
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
    await holds(store, stream, [0, 1, 2, 3, 4, 5]);
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

check("does not see settings, snapshots and what others wrote as events", async (opened) => {
  const { store, server } = opened;
  await store.append("thing-a", numbered(1), { expectedRevision: "any" });
  const { position } = await store.append("thing-a", numbered(1, 1), { expectedRevision: "any" });
  const foreign = new TextEncoder().encode("{}");
  const contentType = "application/json";
  for (let n = 0; n < 100; n++) {
    const id = crypto.randomUUID();
    server.log.append("orders-1", [
      { id, type: "Ordered", contentType, data: foreign, metadata: new Uint8Array() },
    ], "any");
  }
  await store.saveSnapshot("thing-a", { revision: 1, version: 1, state: {} });
  await store.setStreamLimits("thing-b", { maxCount: 3 });
  assert.equal(await store.lastPosition(), position);
  const page = await store.readAll({ ...all, after: 0 });
  assert.deepEqual([numbers(page.events), page.reached], [[0, 1], position]);
  const again = await opened.reopened();
  assert.equal(await again.lastPosition(), position);
  await assert.rejects(again.readStream("orders-1", all), InvariantViolation);
});

check("finds the end of a stream that shows nothing, however it was hidden", async (opened) => {
  const { store, server } = opened;
  const end = async (stream: string, hide: () => Promise<unknown> | unknown) => {
    await store.append(stream, numbered(3), { expectedRevision: "any" });
    await hide();
    const again = await openStore(server);
    assert.deepEqual(await again.readStream(stream, all), []);
    await again.append(stream, numbered(1, 3), { expectedRevision: "any" });
    await again.setStreamLimits(stream, {});
    await again.close();
    const events = server.log.events.filter((each) => each.stream === stream);
    assert.deepEqual(events.map(({ revision }) => revision), [0, 1, 2, 3]);
  };
  await end("thing-a", () => store.softDelete("thing-a", { expectedRevision: "any" }));
  await end("thing-b", () => store.setStreamLimits("thing-b", { truncateBefore: 9 }));
  await end("thing-c", () => server.log.softDelete("thing-c", "any"));
  await holds(store, "thing-b", [0, 1, 2, 3]);
  const { events } = await store.readAll({ ...all, after: 0 });
  for (const stream of ["thing-a", "thing-c"]) {
    const [third, fourth] = events.filter((each) => each.stream === stream).slice(2);
    assert.equal("what" in verifyStream([fourth!], third!), false);
  }
});

check("keeps limits over a deletion, and what an operator set beside them", async (opened) => {
  const { store, server } = opened;
  const metadata = new TextEncoder().encode(JSON.stringify({ $acl: { $r: "$all" }, $maxCount: 7 }));
  server.log.append("$$thing-a", [{
    id: crypto.randomUUID(),
    type: "$metadata",
    contentType: "application/json",
    data: metadata,
    metadata: new Uint8Array(),
  }], "any");
  await store.append("thing-a", numbered(2), { expectedRevision: "any" });
  await store.softDelete("thing-a", { expectedRevision: "any" });
  assert.deepEqual(await store.streamLimits("thing-a"), { maxCount: 7 });
  await store.setStreamLimits("thing-a", { maxCount: 5, truncateBefore: 1 });
  assert.deepEqual(await store.streamLimits("thing-a"), { maxCount: 5, truncateBefore: 1 });
  assert.deepEqual(await store.readStream("thing-a", all), [], "a limit undoes no deletion");
  const newest = server.log.events.findLast(({ stream }) => stream === "$$thing-a")!;
  assert.deepEqual(JSON.parse(new TextDecoder().decode(newest.data)).$acl, { $r: "$all" });
});

check(
  "names the size that the server takes, where metadata makes an append larger",
  async (opened) => {
    const large = Array.from({ length: 1_000 }, () => event({ text: "x".repeat(900) }));
    await assert.rejects(
      opened.store.append("thing-a", large, { expectedRevision: "any" }),
      (error: Error) => error instanceof InvariantViolation && error.message.includes("1048576"),
    );
  },
);

check("refuses the names of the server's own streams", async ({ store }) => {
  for (const stream of ["$all", "$$thing-a", "millrace.snapshot-thing-a"]) {
    await assert.rejects(
      store.append(stream, numbered(1), { expectedRevision: "any" }),
      InvariantViolation,
    );
  }
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

async function stored(store: EventStore, stream: string): Promise<readonly RecordedEvent[]> {
  return await store.readStream(stream, { ...all, stored: true });
}

/** These and no others, each once, and chained. */
async function holds(store: EventStore, stream: string, of: readonly number[]): Promise<void> {
  const events = await stored(store, stream);
  assert.deepEqual(numbers(events), of);
  assert.equal("what" in verifyStream(events), false);
}

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
