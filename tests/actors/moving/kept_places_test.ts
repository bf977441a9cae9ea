import assert from "node:assert/strict";
import {
  compareLogs,
  copyLog,
  durableSessionStream,
  type EventMetadata,
  type EventStore,
  type JsonObject,
  type KeptSession,
  loadDurableSession,
  loadSharedSubscription,
  newId,
  openEventStoreDb,
  openEventStoreDbCopy,
  openInlineEventStore,
  openStoredSqliteLog,
  positionsKept,
  sharedSubscriptionStream,
  tellPlaces,
} from "../../../actors/mod.ts";
import { startEsdbServer } from "../../support/esdb_server/mod.ts";
import { METADATA, numbered } from "../event_store/events.ts";

const KEY = { thingId: "11111111-0000-7000-8000-000000000001", clientId: "pump" };
const SHARED = {
  domainId: METADATA.domainId,
  share: "pumps",
  filter: "channels/c/messages",
  channelId: "c",
};
const LANE = "channels c";

/** Positions of the three messages that the states of the origin point to. */
type Marks = readonly [number, number, number];

async function append(store: EventStore, stream: string, event: StateEvent): Promise<number> {
  const metadata: EventMetadata = METADATA;
  const { type, data } = event;
  const { position } = await store.append(
    stream,
    [{ id: newId(), type, data: data as JsonObject, metadata }],
    { expectedRevision: "any" },
  );
  return position;
}

interface StateEvent {
  readonly type: string;
  readonly data: object;
}

function kept([first, second, third]: Marks): KeptSession {
  const record = {
    awaits: "puback",
    form: "channels",
    channelId: "c",
    receivedMs: 5,
    retain: false,
  } as const;
  return {
    ...KEY,
    domainId: METADATA.domainId,
    expirySeconds: 3_600,
    connectionId: newId(),
    connected: true,
    atMs: 1,
    sinceMs: 1,
    subscriptions: [{
      filter: "channels/c/messages",
      qos: 2,
      noLocal: false,
      retainAsPublished: false,
      since: first,
    }],
    after: third,
    lanes: { [LANE]: [second, 3] },
    inflight: [
      { ...record, packetId: 1, place: [second, 2] },
      // The log has let it go.
      { ...record, packetId: 2, place: [third + 1, 0] },
    ],
    received: [4, 5],
  };
}

/** A log whose positions are not those that a server gives, and the positions of three events of it. */
async function origin(store: EventStore): Promise<Marks> {
  const marks: number[] = [];
  for (let n = 0; n < 3; n++) {
    await store.append(`notes-${n}`, numbered(3), { expectedRevision: "any" });
    const { position } = await store.append("messages-c-1", numbered(1, n), {
      expectedRevision: "any",
    });
    marks.push(position);
  }
  // A gap behind the third.
  await store.append("session-gap", numbered(2), { expectedRevision: "any" });
  await store.setStreamLimits("session-gap", { maxCount: 1 });
  await store.scavenge({ through: await store.lastPosition() });
  return marks as unknown as Marks; // there are three
}

async function moved(
  fill: (store: EventStore, marks: Marks) => Promise<void>,
  check: (
    moved: { readonly store: EventStore; readonly marks: Marks; readonly there: Marks },
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/origin.db`;
  const inFile = openInlineEventStore({ path });
  const marks = await origin(inFile);
  await fill(inFile, marks);
  await inFile.close();
  const server = await startEsdbServer();
  const { connectionString } = server;
  const from = openStoredSqliteLog(path);
  const to = await openEventStoreDbCopy({ connectionString });
  const logs = { from, to, onProgress: () => {} };
  await copyLog(logs);
  const wanted = await positionsKept(from);
  const { places } = await compareLogs(logs, new Set([...wanted, ...marks]));
  const store = await openEventStoreDb({ connectionString });
  const count = await tellPlaces({ from, store, places });
  const before = await store.lastPosition();
  assert.equal(await tellPlaces({ from, store, places }), count, "it may be repeated");
  assert.equal(await store.lastPosition(), before, "and adds nothing");
  const { told } = await compareLogs(logs, wanted);
  assert.equal(told.size, count, "the proof knows what was added");
  try {
    const there = marks.map((position) => places.at(position)) as unknown as Marks; // all are found
    await check({ store, marks, there });
  } finally {
    for (const log of [store, from, to]) await log.close();
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("moving places: a session finds its messages again where the copy has them", async () => {
  let session: KeptSession | undefined;
  await moved(async (store, marks) => {
    session = kept(marks);
    await append(store, durableSessionStream(KEY), { type: "DurableSessionKept", data: session });
  }, async ({ store, there: [first, second, third] }) => {
    const loaded = await loadDurableSession(store, KEY);
    assert.equal(loaded.revision, 1);
    assert.deepEqual(loaded.session, {
      ...session!,
      subscriptions: [{ ...session!.subscriptions[0], since: first }],
      after: third,
      lanes: { [LANE]: [second, 3] },
      inflight: [
        { ...session!.inflight[0], place: [second, 2] },
        { ...session!.inflight[1], place: [0, 0] },
      ],
    });
    assert.equal(await store.eventAt(0), undefined, "nothing lies there");
  });
});

Deno.test("moving places: what followed a state is part of what is told", async () => {
  let released = 0;
  await moved(async (store, marks) => {
    const stream = durableSessionStream(KEY);
    await append(store, stream, { type: "DurableSessionKept", data: kept(marks) });
    released = await append(store, stream, {
      type: "DurableSessionProgressed",
      data: { inflight: [], done: [1], released: [4], lanes: { [LANE]: [marks[2] + 1, 9] } },
    });
    await append(store, "notes-0", { type: "Later", data: {} });
  }, async ({ store, there: [, , third] }) => {
    const loaded = await loadDurableSession(store, KEY);
    assert.deepEqual(loaded.session?.received, [5]);
    assert.deepEqual(loaded.session?.inflight.map(({ packetId }) => packetId), [2]);
    // The place is gone: everything up to it was sent.
    assert.deepEqual(loaded.session?.lanes, { [LANE]: [third, Number.MAX_SAFE_INTEGER - 1] });
    assert.equal(loaded.released.length, 1);
    const [{ packetId, position }] = loaded.released as [{ packetId: number; position: number }];
    assert.equal(packetId, 4);
    assert.ok(released < position, "as the copy counts");
    const said = await store.eventAt(position);
    assert.equal(said?.type, "DurableSessionProgressed", "where the client released it");
  });
});

Deno.test("moving places: sessions that were discarded are told nothing", async () => {
  const stream = durableSessionStream(KEY);
  await moved(async (store, marks) => {
    await append(store, stream, { type: "DurableSessionKept", data: kept(marks) });
    const data = { domainId: METADATA.domainId, reason: "expired" };
    await append(store, stream, { type: "DurableSessionDiscarded", data });
  }, async ({ store }) => {
    assert.equal((await loadDurableSession(store, KEY)).session, undefined);
    const events = await store.readStream(stream, { limit: 10 });
    assert.equal(events.length, 2);
  });
});

Deno.test("moving places: a shared subscription goes on where it was", async () => {
  const stream = sharedSubscriptionStream(SHARED);
  await moved(async (store, [first, second, third]) => {
    const data = {
      ...SHARED,
      atMs: 1,
      sinceMs: 1,
      members: { [durableSessionStream(KEY)]: { expirySeconds: 60 } },
      next: [second, 1],
      owed: [{ place: [first, 0], receivedMs: 1 }],
    };
    await append(store, stream, { type: "SharedSubscriptionKept", data });
    await append(store, stream, { type: "SharedSubscriptionReached", data: { place: [third, 7] } });
  }, async ({ store, there: [first, second, third] }) => {
    const { kept, reached, revision } = await loadSharedSubscription(store, SHARED);
    assert.equal(revision, 3);
    assert.deepEqual(kept?.next, [second, 1]);
    assert.deepEqual(kept?.owed, [{ place: [first, 0], receivedMs: 1 }]);
    assert.deepEqual(reached, [third, 7]);
  });
});
