import assert from "node:assert/strict";
import {
  type LogPlace,
  ManualClock,
  partitionOf,
  REQUEST_BYTES_MAX,
  type Requests,
  seededRandom,
  sharedSubscriptionStream,
  silentLogger,
} from "../../../../actors/mod.ts";
import { LiveFeed, type LiveMessage, RenderedFrames } from "../../../../projections/mod.ts";
import {
  SHARED_CHANGES_PER_STATE,
  SHARED_FINISHED_MAX,
  SHARED_FORGETS_MAX,
  SHARED_QUEUE_BYTES_MAX,
  SHARED_RETURNED_MAX,
  SHARED_UNDER_WAY_MAX,
  SHARED_WINDOW,
  SHARED_WINDOW_BYTES,
} from "../../../../protocols/mqtt/limits.ts";
import type { SharedHanding } from "../../../../protocols/mqtt/outgoing/mod.ts";
import { EdgeLine } from "../../../../protocols/mqtt/sharing/edge_line.ts";
import { GroupAccounts } from "../../../../protocols/mqtt/sharing/group_accounts.ts";
import { RemoteGroups } from "../../../../protocols/mqtt/sharing/mod.ts";
import { RemoteMember } from "../../../../protocols/mqtt/sharing/remote_member.ts";
import {
  decoded,
  encoded,
  hostName,
  type Report,
} from "../../../../protocols/mqtt/sharing/wire.ts";
import { CHANNEL_A, THING_1 } from "../installation.ts";
import { quiet } from "../test_client.ts";
import { KEY, SharingWorld } from "./sharing_world.ts";

const NAME = { key: KEY, subtopicFilter: "#" };

/** Nobody ever answers. */
const SILENCE: Requests = {
  ask: () => new Promise(() => {}),
  answer: () => Promise.resolve(() => {}),
  tell: () => {},
  listen: () => Promise.resolve(() => {}),
};

function silentLine(): { readonly line: EdgeLine; readonly liveFeed: LiveFeed } {
  const liveFeed = new LiveFeed();
  const ground = { requests: SILENCE, clock: new ManualClock(), logger: silentLogger, liveFeed };
  const gone = { onGone: () => {}, onRoom: () => {} };
  return { line: new EdgeLine(ground, { node: "n", epoch: "e", ...gone }), liveFeed };
}

function message(index: number, payloadBytes = 1): LiveMessage {
  return {
    channelId: CHANNEL_A,
    subtopic: "",
    origin: {
      publisher: THING_1,
      protocol: "mqtt",
      remoteAddress: "192.0.2.1:1",
      correlationId: THING_1,
    },
    receivedUs: 1,
    qos: 1,
    retain: false,
    contentKind: "unspecified",
    contentType: "",
    payload: new Uint8Array(payloadBytes),
    place: { position: 1, index },
    rendered: new RenderedFrames(),
  };
}

function handing(index: number): SharedHanding {
  return { group: NAME, qos: 1, place: [1, index], receivedMs: 0, onUndelivered: () => {} };
}

/** Hands messages as long as the member is ready. */
function filled(member: RemoteMember, payloadBytes = 1): number {
  let count = 0;
  for (; member.isReady; count++) {
    member.deliverShared(message(count, payloadBytes), { maximumQos: 1 }, handing(count));
  }
  return count;
}

function manyPlaces(count: number): readonly LogPlace[] {
  return Array.from({ length: count }, (_, index): LogPlace => [1, index]);
}

Deno.test("mqtt shared bounds: a member at another node has as many messages under way as its client takes, and no more than the window", async () => {
  const { line } = silentLine();
  const load = { underWay: 0 };
  const wide = new RemoteMember({ id: 1, window: 65_535 }, { line, load });
  assert.equal(filled(wide), SHARED_WINDOW);
  assert.equal(filled(new RemoteMember({ id: 2, window: 3 }, { line, load })), 3);
  wide.settled([[1, 0], [1, 5]]);
  assert.ok(wide.isReady);
  assert.equal(load.underWay, SHARED_WINDOW + 1);
  await quiet();
});

Deno.test("mqtt shared bounds: large messages fill the window sooner, and all members of a group have a bound together", () => {
  const bytes = 256 * 1024;
  const { line } = silentLine();
  const large = new RemoteMember({ id: 1, window: 1_000 }, { line, load: { underWay: 0 } });
  assert.ok(filled(large, bytes) <= SHARED_WINDOW_BYTES / bytes);
  const load = { underWay: 0 };
  const members = Array.from(
    { length: SHARED_UNDER_WAY_MAX / SHARED_WINDOW + 5 },
    (_, id) => new RemoteMember({ id, window: 1_000 }, { line: silentLine().line, load }),
  );
  for (const member of members) filled(member);
  assert.equal(load.underWay, SHARED_UNDER_WAY_MAX);
});

Deno.test("mqtt shared bounds: for a node that does not answer QoS 0 is dropped and counted, and nobody there is ready", () => {
  const { line, liveFeed } = silentLine();
  const member = new RemoteMember({ id: 1, window: 10 }, { line, load: { underWay: 0 } });
  const bytes = 64 * 1024;
  const fit = SHARED_QUEUE_BYTES_MAX / bytes;
  for (let count = 0; count < fit + 10; count++) {
    const { place: _, ...live } = message(0, bytes);
    member.deliverShared({ ...live, qos: 0 }, { maximumQos: 0 });
  }
  assert.ok(liveFeed.counters.dropped >= 10);
  assert.ok(!member.isReady);
});

Deno.test("mqtt shared bounds: a node remembers only the newest of what its members did, and not for long", () => {
  const clock = new ManualClock();
  const accounts = new GroupAccounts(clock);
  for (const place of manyPlaces(3 * SHARED_FINISHED_MAX)) accounts.finished(NAME, place);
  for (const place of manyPlaces(SHARED_RETURNED_MAX + 5)) {
    accounts.returned(NAME, { place, receivedMs: 0 });
  }
  const [account] = accounts.take();
  assert.equal(account!.finished.length, SHARED_FINISHED_MAX);
  assert.deepEqual(account!.finished.at(-1), [1, 3 * SHARED_FINISHED_MAX - 1]);
  assert.equal(account!.returned.length, SHARED_RETURNED_MAX);
  clock.advance(16_000);
  assert.deepEqual(accounts.take(), []);
});

Deno.test("mqtt shared bounds: reports of a node with many members come in parts, and sessions that left without a host are told up to a bound", async () => {
  const clock = new ManualClock();
  const reports: Report[] = [];
  const requests: Requests = {
    ...SILENCE,
    ask: (name, question) => {
      assert.equal(name, hostName(partitionOf(CHANNEL_A)));
      assert.ok(question.length < REQUEST_BYTES_MAX);
      const report = decoded<Report>(question);
      reports.push(report);
      const members = reports.reduce((sum, { joins }) => sum + joins.length, 0);
      return Promise.resolve(encoded({ epoch: "e", members }));
    },
  };
  const ground = { requests, clock, logger: silentLogger, newId: () => "n" };
  const groups = new RemoteGroups({ ...ground, deliveredThrough: () => 0 });
  const member = {
    window: 1,
    isReady: true,
    room: () => Promise.resolve(),
    deliverShared: () => {},
    underWay: () => [],
  };
  const kept = { session: `durable-${"x".repeat(1_000)}`, expirySeconds: 1 };
  for (let count = 0; count < 2_000; count++) {
    groups.join(KEY, { member, terms: { maximumQos: 1 }, subtopicFilter: "#", kept });
  }
  for (let count = 0; count < SHARED_FORGETS_MAX + 5; count++) {
    groups.forget(KEY, { session: `durable-${count}`, subtopicFilter: "#" });
  }
  for (let turn = 0; turn < 20; turn++) await quiet();
  assert.ok(reports.length > 5);
  assert.equal(reports.reduce((sum, { joins }) => sum + joins.length, 0), 2_000);
  assert.equal(
    reports.reduce((sum, { forgotten }) => sum + forgotten.length, 0),
    SHARED_FORGETS_MAX,
  );
  groups.close();
});

Deno.test("mqtt shared bounds: a group that hands out much is written down before its time", async () => {
  const world = await SharingWorld.open(seededRandom(1));
  const node = world.start();
  node.requests.heal();
  world.has(node);
  const member = world.join(node, SHARED_WINDOW);
  await world.passes(1_000);
  const written = async () =>
    (await world.store.readStream(sharedSubscriptionStream(KEY), { limit: 100 })).length;
  const before = await written();
  const startMs = world.clock.nowMs();
  const messages = 3 * (SHARED_CHANGES_PER_STATE + SHARED_WINDOW);
  for (let count = 0; count < messages; count++) world.publish(1);
  while (world.fates.values().some(({ acknowledged }) => acknowledged === 0)) {
    await world.passes(20);
    member.takes(() => true);
  }
  assert.equal(member.heard.length, messages);
  const byTime = Math.ceil((world.clock.nowMs() - startMs) / 5_000);
  assert.ok(await written() >= before + 3, `by time there would be ${byTime}`);
  assert.ok(byTime < 3, "so many would be written by time");
  await world.close();
});
