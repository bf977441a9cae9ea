import assert from "node:assert/strict";
import {
  InProcessRequests,
  ManualClock,
  type NodeCard,
  TransientError,
} from "../../../actors/mod.ts";
import { DevicesOfNodes, MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, Installation, THING_1 } from "./installation.ts";
import { publishPacket, quiet, TestClient } from "./test_client.ts";

const TOPIC = `channels/${CHANNEL_A}/messages`;

/** Nodes with a server each; the devices of all of them as each node sees them. */
function nodes(clock: ManualClock, names: readonly string[]) {
  const requests = new InProcessRequests({ clock });
  const cards = names.map((node): NodeCard => ({
    node,
    roles: ["edges"],
    version: "0.1.0",
    startedMs: 0,
    http: "",
  }));
  return names.map((node) => {
    const installation = new Installation(clock);
    const server = new MqttServer(installation.ground);
    const devices = new DevicesOfNodes({
      here: server,
      others: { requests, edges: () => cards, node },
    });
    return { server, devices };
  });
}

Deno.test("devices of nodes: what the connections of a thing carried is told by whichever node is asked", async () => {
  const [a, b] = nodes(new ManualClock(), ["a", "b"]) as [Node, Node];
  a.devices.answerOthers();
  b.devices.answerOthers();
  const one = await TestClient.connected(a.server, "one");
  const two = await TestClient.connected(b.server, "two");
  await one.exchange(publishPacket(TOPIC, "x", { qos: 1, id: 1 }));
  await two.exchange(publishPacket(TOPIC, "x", { qos: 1, id: 1 }));
  await two.exchange(publishPacket(TOPIC, "y", { qos: 1, id: 2 }));
  for (const { devices } of [a, b]) {
    const carried = [...(await devices.carriedBy(THING_1)).values()];
    assert.deepEqual(carried.map(({ messagesReceived }) => messagesReceived).sort(), [1, 2]);
  }
});

Deno.test("devices of nodes: a recording runs on all of them, and is fetched as one, in pieces", async () => {
  const clock = new ManualClock();
  const [a, b] = nodes(clock, ["a", "b"]) as [Node, Node];
  a.devices.answerOthers();
  b.devices.answerOthers();
  assert.equal(await a.devices.recorder.state(THING_1), undefined);
  assert.equal(await a.devices.recorder.lines(THING_1), undefined);
  assert.equal(await a.devices.recorder.hasRoom(THING_1), true);
  const started = await a.devices.recorder.start(THING_1, { minutes: 5, payloads: true });
  assert.equal(started?.recording, true);
  const one = await TestClient.connected(a.server, "one");
  const two = await TestClient.connected(b.server, "two");
  const payload = "p".repeat(20_000);
  for (let id = 1; id <= 60; id++) {
    clock.advance(1);
    const packet = publishPacket(TOPIC, payload, { qos: 1, id });
    await (id % 2 === 0 ? one : two).exchange(packet);
  }
  for (const { devices } of [a, b]) {
    const lines = [...(await devices.recorder.lines(THING_1))!].map((line) => JSON.parse(line));
    const published = lines.filter(({ type }) => type === "publish");
    assert.equal(published.length, 60);
    assert.deepEqual(
      published.map(({ client_id }) => client_id),
      Array.from({ length: 60 }, (_, n) => n % 2 === 0 ? "two" : "one"),
    );
    assert.ok(published.every(({ packet }) => packet.payload.length >= 20_000));
    const capture = [...(await devices.recorder.capture(THING_1))!];
    assert.ok(capture.reduce((sum, { length }) => sum + length, 0) > 60 * 20_000);
    const { packets } = (await devices.recorder.state(THING_1))!;
    assert.equal(packets, lines.length);
  }
});

Deno.test("devices of nodes: says that a node is missing rather than show half", async () => {
  const [a, b] = nodes(new ManualClock(), ["a", "b"]) as [Node, Node];
  a.devices.answerOthers();
  await assert.rejects(
    a.devices.carriedBy(THING_1),
    (error) => error instanceof TransientError && error.message.includes("node 'b'"),
  );
  b.devices.answerOthers();
  await quiet();
  assert.equal((await a.devices.carriedBy(THING_1)).size, 0);
  await b.devices.close();
  await assert.rejects(a.devices.recorder.state(THING_1), TransientError);
});

type Node = ReturnType<typeof nodes>[number];
