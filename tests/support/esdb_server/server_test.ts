import {
  type AllStreamSubscription,
  BACKWARDS,
  END,
  EventStoreDBClient,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  NotLeaderError,
  START,
  StreamDeletedError,
  streamNameFilter,
  StreamNotFoundError,
  UnavailableError,
  WrongExpectedVersionError,
} from "@eventstore/db-client";
import assert from "node:assert/strict";
import { type EsdbServer, startEsdbServer } from "./mod.ts";

/** What the official client makes of the server's answers: the adapter stands on nothing else. */
function check(
  says: string,
  run: (client: EventStoreDBClient, server: EsdbServer) => Promise<void>,
): void {
  Deno.test(`esdb test server: ${says}`, async () => {
    const server = await startEsdbServer();
    const client = EventStoreDBClient.connectionString(server.connectionString);
    try {
      await run(client, server);
    } finally {
      await client.dispose();
      await server.close();
    }
  });
}

const event = (n = 0) => jsonEvent({ type: "Happened", data: { n } });

async function revisions(
  client: EventStoreDBClient,
  stream: string,
  options: Parameters<EventStoreDBClient["readStream"]>[1] = {},
): Promise<readonly number[]> {
  const seen: number[] = [];
  for await (const { event } of client.readStream(stream, options)) {
    seen.push(Number(event!.revision));
  }
  return seen;
}

check("numbers what is appended, and answers its place", async (client) => {
  const first = await client.appendToStream("a", [event(), event()], {
    expectedRevision: NO_STREAM,
  });
  assert.equal(first.nextExpectedRevision, 1n);
  assert.deepEqual(await revisions(client, "a"), [0, 1]);
  assert.deepEqual(await revisions(client, "a", { direction: BACKWARDS, fromRevision: END }), [
    1,
    0,
  ]);
  for await (
    const { event } of client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 })
  ) {
    assert.deepEqual(event!.position, first.position);
  }
});

check("says where a stream is when it is not where it was expected", async (client) => {
  await client.appendToStream("a", event());
  for (const credentials of [undefined, { username: "admin", password: "changeit" }]) {
    const appended = client.appendToStream("a", event(), {
      expectedRevision: 4n,
      ...(credentials === undefined ? {} : { credentials }),
    });
    await assert.rejects(appended, (error: WrongExpectedVersionError) => {
      assert.ok(error instanceof WrongExpectedVersionError);
      assert.deepEqual([error.streamName, error.expectedVersion, error.actualVersion], [
        "a",
        4n,
        0n,
      ]);
      return true;
    });
  }
  await assert.rejects(
    client.deleteStream("a", { expectedRevision: 4n }),
    WrongExpectedVersionError,
  );
});

check("answers a repeated append as it did the first time", async (client) => {
  const events = [event(), event()];
  const first = await client.appendToStream("a", events, { expectedRevision: NO_STREAM });
  await client.appendToStream("a", event());
  assert.deepEqual(
    await client.appendToStream("a", events, { expectedRevision: NO_STREAM }),
    first,
  );
  assert.deepEqual(await client.appendToStream("a", events), first);
  await assert.rejects(
    client.appendToStream("a", events, { expectedRevision: 2n }).then(() =>
      client.appendToStream("a", [events[0]!, event()])
    ),
    WrongExpectedVersionError,
  );
});

check("hides a deleted stream, numbers on, and forgets its other limits", async (client) => {
  await client.setStreamMetadata("a", { maxCount: 5 });
  await client.appendToStream("a", [event(), event()]);
  await client.deleteStream("a", { expectedRevision: 1n });
  await assert.rejects(revisions(client, "a"), StreamNotFoundError);
  await client.appendToStream("a", event(), { expectedRevision: NO_STREAM });
  assert.deepEqual(await revisions(client, "a"), [2]);
  assert.deepEqual((await client.getStreamMetadata("a")).metadata, { truncateBefore: 2 });
});

check("takes nothing more into a tombstoned stream", async (client) => {
  await client.appendToStream("a", event());
  await client.tombstoneStream("a");
  await assert.rejects(revisions(client, "a"), StreamDeletedError);
  await assert.rejects(client.appendToStream("a", event()), StreamDeletedError);
});

check("refuses an append of more than a mebibyte", async (client) => {
  const large = jsonEvent({ type: "Large", data: { text: "x".repeat(1_100_000) } });
  await assert.rejects(client.appendToStream("a", large), MaxAppendSizeExceededError);
});

check("begins a subscription behind its position, filtered, with checkpoints", async (client) => {
  const { position } = await client.appendToStream("even-1", event(0));
  const checkpoints: bigint[] = [];
  const subscription: AllStreamSubscription = client.subscribeToAll({
    fromPosition: position!,
    filter: streamNameFilter({
      prefixes: ["even-"],
      checkpointInterval: 1,
      checkpointReached: (_, { commit }) => void checkpoints.push(commit),
    }),
  });
  for (let n = 0; n < 40; n++) await client.appendToStream("odd-1", event(n));
  await client.appendToStream("even-1", event(1));
  for await (const { event } of subscription) {
    assert.deepEqual(event!.data, { n: 1 });
    break;
  }
  assert.equal(checkpoints.length, 1);
});

check("names the leader when it is none, and stores nothing", async (client, server) => {
  await client.appendToStream("a", event());
  server.faults.appendsRefused = 1;
  await assert.rejects(client.appendToStream("a", event()), NotLeaderError);
  assert.deepEqual(await revisions(client, "a"), [0]);
});

check("breaks connections at a restart, and keeps what it held", async (client, server) => {
  await client.appendToStream("a", event());
  server.faults.connectionsCut = 1;
  await assert.rejects(client.appendToStream("a", event()), UnavailableError);
  await server.restart();
  assert.deepEqual(await revisions(client, "a", { fromRevision: START }), [0, 1]);
});
