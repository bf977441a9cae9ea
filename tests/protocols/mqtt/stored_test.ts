import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import mqtt from "mqtt";
import {
  ActorRuntime,
  channelKind,
  decodeMessageBatch,
  InProcessMailbox,
  isRejection,
  type Message,
  MessageRecorder,
  newId,
  openInlineEventStore,
  PARTITIONS,
  silentLogger,
  SYSTEM_AUTHORITY,
  systemClock,
} from "../../../actors/mod.ts";
import { TickingIngress } from "../../../protocols/ingress/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, CHANNEL_B, DOMAIN, Installation, THING_1, THING_2 } from "./installation.ts";
import { publishPacket, quiet, subscribePacket, TestClient } from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;
const B = `channels/${CHANNEL_B}/messages`;

/** The edge on the real way to the log: tick, mailbox, channel actors, event store. */
interface Platform {
  readonly server: MqttServer;
  readonly installation: Installation;
  /** What the log holds of a channel, in its order. */
  stored(channelId: string): Promise<readonly Message[]>;
  /** Tells the channel's actor alone: the edge does not know yet. */
  disableChannel(channelId: string): Promise<void>;
  /** Frames wait before they reach the log until the returned function is called. */
  holdFrames(): () => void;
}

async function withPlatform(test: (platform: Platform) => Promise<void>): Promise<void> {
  const store = openInlineEventStore({ path: ":memory:" });
  const runtime = new ActorRuntime({ store, clock: systemClock, logger: silentLogger, newId });
  const execute = commandsTo(runtime);
  for (const id of [CHANNEL_A, CHANNEL_B]) {
    await execute(id, { type: "CreateChannel", domainId: DOMAIN, profile: { name: id } });
  }
  const mailbox = new InProcessMailbox({ clock: systemClock });
  const recorder = new MessageRecorder({ store, runtime });
  let gate = Promise.resolve();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    mailbox.consume(partition, async (frame) => {
      await gate;
      return await recorder.record(frame);
    });
  }
  const installation = new Installation(systemClock);
  const { liveFeed, retained } = installation;
  const ground = { mailbox, liveFeed, retained, clock: systemClock, logger: silentLogger, newId };
  const ingress = new TickingIngress(ground);
  const server = new MqttServer({ ...installation.ground, ingress });
  server.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    await test({
      server,
      installation,
      stored: async (channelId) => {
        const { events } = await store.readAll({
          after: 0,
          limit: 1_000,
          streamPrefixes: [`messages-${channelId}-`],
        });
        return events.flatMap(({ data }) => decodeMessageBatch(data as Uint8Array).messages);
      },
      disableChannel: (id) => execute(id, { type: "DisableChannel" }),
      holdFrames() {
        const { promise, resolve } = Promise.withResolvers<void>();
        gate = promise;
        return resolve;
      },
    });
  } finally {
    await server.close({ timeoutMs: 2_000 });
    await ingress.flush();
    await mailbox.close();
    runtime.close();
    await store.close();
  }
}

function commandsTo(runtime: ActorRuntime) {
  return async (
    id: string,
    command:
      | { type: "CreateChannel"; domainId: string; profile: { name: string } }
      | { type: "DisableChannel" },
  ): Promise<void> => {
    const outcome = await runtime.execute(channelKind, {
      id,
      command: { by: SYSTEM_AUTHORITY, ...command },
      context: {
        commandId: newId(),
        correlationId: newId(),
        principal: { kind: "system", id: "test" },
        edge: "system",
        remoteAddress: "local",
      },
    });
    assert.ok(!isRejection(outcome), JSON.stringify(outcome));
  };
}

async function dial(server: MqttServer): Promise<mqtt.MqttClient> {
  return await mqtt.connectAsync(`mqtt://127.0.0.1:${server.address.port}`, {
    username: THING_1,
    password: "key-1",
    protocolVersion: 4,
    reconnectPeriod: 0,
  });
}

function said(messages: readonly Message[]): string[] {
  return messages.map(({ subtopic, qos, payload }) =>
    `${subtopic} q${qos} ${Buffer.from(payload)}`
  );
}

/** Collects what a client hears until there are so many lines. */
async function heardBy(client: TestClient, count: number): Promise<string[]> {
  const lines: string[] = [];
  for (let i = 0; i < 500 && lines.length < count; i++) {
    lines.push(...await client.heard());
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return lines;
}

for (const qos of [1, 2] as const) {
  Deno.test(`mqtt stored: the log holds every message of QoS ${qos} that was acknowledged, in order`, async () => {
    await withPlatform(async ({ server, stored }) => {
      const client = await dial(server);
      const numbers = Array.from({ length: 300 }, (_, index) => index);
      const topic = (number: number) => `${number % 3 === 0 ? B : A}/n`;
      await Promise.all(
        numbers.map((number) => client.publishAsync(topic(number), `${number}`, { qos })),
      );
      const line = (number: number) => `n q${qos} ${number}`;
      assert.deepEqual(
        said(await stored(CHANNEL_A)),
        numbers.filter((number) => number % 3 !== 0).map(line),
      );
      const onB = await stored(CHANNEL_B);
      assert.deepEqual(said(onB), numbers.filter((number) => number % 3 === 0).map(line));
      assert.equal(onB[0]?.origin.publisher, THING_1);
      assert.equal(onB[0]?.origin.protocol, "mqtt");
      await client.endAsync();
    });
  });
}

Deno.test("mqtt stored: neither acknowledges nor delivers before the log holds the message", async () => {
  await withPlatform(async ({ server, holdFrames, stored }) => {
    const client = await TestClient.connected(server, "dev-1");
    await client.exchange(subscribePacket(1, { [`${A}/#`]: 0 }));
    const release = holdFrames();
    client.send(
      publishPacket(`${A}/x`, "first", { qos: 1, id: 7 }),
      publishPacket(`${A}/x`, "second", { qos: 2, id: 8 }),
      publishPacket(`${A}/x`, "at once"),
    );
    assert.deepEqual(await heardBy(client, 1), [`publish q0 ${A}/x: at once`]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(await client.heard(), []);
    release();
    const later = await heardBy(client, 4);
    assert.deepEqual(later.filter((line) => line.startsWith("pub") && line.includes("#")), [
      "puback #7",
      "pubrec #8",
    ]);
    assert.deepEqual(later.filter((line) => line.startsWith("publish")), [
      `publish q0 ${A}/x: first`,
      `publish q0 ${A}/x: second`,
    ]);
    assert.deepEqual(said(await stored(CHANNEL_A)), ["x q1 first", "x q2 second", "x q0 at once"]);
  });
});

Deno.test("mqtt stored: a QoS 2 message that is repeated stands in the log once", async () => {
  await withPlatform(async ({ server, stored }) => {
    const client = await TestClient.connected(server, "dev-1");
    client.send(publishPacket(A, "once", { qos: 2, id: 3 }));
    assert.deepEqual(await heardBy(client, 1), ["pubrec #3"]);
    client.send(publishPacket(A, "once", { qos: 2, id: 3, dup: true }));
    assert.deepEqual(await heardBy(client, 1), ["pubrec #3"]);
    client.send({ cmd: "pubrel", messageId: 3 });
    assert.deepEqual(await heardBy(client, 1), ["pubcomp #3"]);
    assert.deepEqual(said(await stored(CHANNEL_A)), [" q2 once"]);
  });
});

Deno.test("mqtt stored: a message that the channel refuses ends the connection without PUBACK", async () => {
  await withPlatform(async ({ server, installation, disableChannel, stored }) => {
    const client = await TestClient.connected(server, "dev-1");
    await disableChannel(CHANNEL_A);
    client.send(publishPacket(A, "too late", { qos: 1, id: 5 }));
    for (let i = 0; i < 500 && !client.isClosed; i++) await quiet();
    assert.equal(client.isClosed, true);
    assert.deepEqual(await client.heard(), []);
    const ended = installation.events.at(-1);
    assert.ok(ended?.type === "SessionEnded");
    assert.match(
      ended.data.reason,
      /messages were refused: Cannot publish: the channel is disabled/,
    );
    assert.deepEqual(await stored(CHANNEL_A), []);
  });
});

Deno.test("mqtt stored: a retained message is there for whoever subscribes after its PUBACK", async () => {
  await withPlatform(async ({ server }) => {
    const client = await TestClient.connected(server, "dev-1");
    client.send(publishPacket(`${A}/state`, "on", { qos: 1, id: 1, retain: true }));
    assert.deepEqual(await heardBy(client, 1), ["puback #1"]);
    const password = Buffer.from("key-2");
    const other = await TestClient.connected(server, "dev-2", { username: THING_2, password });
    other.send(subscribePacket(1, { "channels/+/messages/#": 1 }));
    assert.deepEqual(await heardBy(other, 2), [
      "suback #1 1",
      `publish #1 q1 retain ${A}/state: on`,
    ]);
  });
});

Deno.test("mqtt stored: the will of a client that vanished comes to the log", async () => {
  await withPlatform(async ({ server, stored }) => {
    const will = {
      topic: `${A}/gone`,
      payload: Buffer.from("bye"),
      qos: 1,
      retain: false,
    } as const;
    const client = await TestClient.connected(server, "dev-1", { will });
    client.send(new Uint8Array([0xf0, 0]));
    for (let i = 0; i < 500 && (await stored(CHANNEL_A)).length === 0; i++) await quiet();
    assert.deepEqual(said(await stored(CHANNEL_A)), ["gone q1 bye"]);
  });
});
