import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import mqttPacket from "mqtt-packet";
import { EngineUnreachable, systemClock } from "../../../actors/mod.ts";
import { type MqttLimits, MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, Installation } from "./installation.ts";
import {
  connectPacket,
  decode,
  type Packet,
  publishPacket,
  subscribePacket,
  told,
} from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;

interface Listening {
  readonly installation: Installation;
  readonly server: MqttServer;
  dial(): Promise<Deno.TcpConn>;
}

/** Runs a server on a free port for the time of `test`. */
async function withServer(
  limits: Partial<MqttLimits>,
  test: (listening: Listening) => Promise<void>,
): Promise<void> {
  const installation = new Installation(systemClock);
  const server = new MqttServer(installation.ground, limits);
  server.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    await test({ installation, server, dial: () => Deno.connect(server.address) });
  } finally {
    await server.close({ timeoutMs: 2_000 });
  }
}

async function write(connection: Deno.TcpConn, ...packets: Packet[]): Promise<void> {
  const bytes = Buffer.concat(packets.map((packet) => mqttPacket.generate(packet)));
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Reads until so many packets are there. */
async function read(connection: Deno.TcpConn, count: number): Promise<Packet[]> {
  let all = new Uint8Array(0);
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const packets = decode(all);
    if (packets.length >= count) return packets;
    const taken = await connection.read(buffer);
    assert.ok(taken !== null, `closed after ${JSON.stringify(told(packets))}`);
    all = new Uint8Array(Buffer.concat([all, buffer.subarray(0, taken)]));
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 3_000 && !condition(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(condition(), `not within 30 s: ${what}`);
}

// [MQTT-7.1.1-1] [MQTT5-4.2.0-1]
Deno.test("mqtt wire: carries a conversation that arrives byte by byte", async () => {
  await withServer({}, async ({ dial }) => {
    using connection = await dial();
    const packets = [
      connectPacket("dev-1"),
      subscribePacket(1, { "#": 1 }),
      publishPacket(A, "x", { qos: 1, id: 2 }),
      publishPacket(A, "y", { qos: 2, id: 3 }),
    ];
    for (const byte of Buffer.concat(packets.map((packet) => mqttPacket.generate(packet)))) {
      await connection.write(new Uint8Array([byte]));
    }
    const heard = told(await read(connection, 6));
    assert.deepEqual(heard.slice(0, 2), ["connack 0", "suback #1 1"]);
    assert.deepEqual(heard.slice(2).sort(), [
      "puback #2",
      `publish #1 q1 ${A}: x`,
      `publish #2 q1 ${A}: y`,
      "pubrec #3",
    ]);
  });
});

Deno.test("mqtt wire: gives up on half a packet followed by silence", async () => {
  await withServer({ connectTimeoutMs: 200 }, async ({ dial, server }) => {
    using connection = await dial();
    await connection.write(new Uint8Array([0x10, 0x40, 0x00]));
    assert.equal(await connection.read(new Uint8Array(10)), null);
    await until(() => server.counters.connectionsOpen === 0, "no connection is open");
  });
});

Deno.test("mqtt wire: serves clients beside 1,000 connections that never CONNECT", async () => {
  await withServer({ connectTimeoutMs: 1_500 }, async ({ dial, server }) => {
    const silent = await Promise.all(Array.from({ length: 1_000 }, dial));
    using client = await dial();
    await write(client, connectPacket("dev-1"), publishPacket(A, "x", { qos: 1, id: 1 }));
    assert.deepEqual(told(await read(client, 2)), ["connack 0", "puback #1"]);
    assert.equal(server.counters.connectionsOpen, 1_001);
    const endings = await Promise.all(
      silent.map((connection) => connection.read(new Uint8Array(1))),
    );
    assert.ok(endings.every((ending) => ending === null));
    for (const connection of silent) connection.close();
    await until(() => server.counters.connectionsOpen === 1, "only the client is left");
  });
});

Deno.test("mqtt wire: lets a subscriber that stops reading slow nobody", async () => {
  await withServer({}, async ({ dial, server, installation }) => {
    using stuck = await dial();
    using stuckToo = await dial();
    using reader = await dial();
    using publisher = await dial();
    await write(stuck, connectPacket("stuck-0"), subscribePacket(1, { "#": 0 }));
    await write(stuckToo, connectPacket("stuck-1"), subscribePacket(1, { "#": 1 }));
    await write(reader, connectPacket("reader"), subscribePacket(1, { "#": 0 }));
    await write(publisher, connectPacket("publisher"));
    await read(publisher, 1);
    await Promise.all([stuck, stuckToo, reader].map((connection) => read(connection, 2)));
    const payload = "x".repeat(50_000);
    const received = { bytes: 0 };
    const reading = (async () => {
      const buffer = new Uint8Array(256 * 1024);
      for (;;) {
        const taken = await reader.read(buffer);
        if (taken === null) return;
        received.bytes += taken;
      }
    })();
    // What fails below closes the connection, and is to be seen instead of that.
    reading.catch(() => {});
    for (let id = 1; id <= 600; id++) {
      await write(publisher, publishPacket(A, payload, { qos: 1, id }));
      await read(publisher, 1);
    }
    await until(() => received.bytes > 600 * 50_000, "the reader has everything");
    const reasons = () =>
      installation.events.flatMap(({ type, data }) =>
        type === "SessionEnded" && "reason" in data ? [`${data.clientId}: ${data.reason}`] : []
      );
    // The log of this installation holds nothing that could be read instead.
    await until(() => reasons().length > 0, "the subscriber that fell behind is ended");
    assert.deepEqual(reasons(), [
      "stuck-1: the missed messages could not be read",
    ]);
    assert.ok(server.counters.messagesDropped > 100, `${server.counters.messagesDropped}`);
    await write(publisher, publishPacket(A, "last", { qos: 1, id: 1 }));
    assert.deepEqual(told(await read(publisher, 1)), ["puback #1"]);
    reader.closeWrite();
    await reading;
  });
});

Deno.test("mqtt wire: reads no more from publishers while ingress is congested", async () => {
  await withServer({}, async ({ dial, installation }) => {
    const { ingress } = installation;
    using client = await dial();
    await write(client, connectPacket("dev-1"));
    await read(client, 1);
    ingress.congested = true;
    await write(client, publishPacket(A, "1", { qos: 1, id: 1 }));
    await read(client, 1);
    await write(client, publishPacket(A, "2", { qos: 1, id: 2 }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(ingress.stored.length, 1);
    ingress.drain();
    assert.deepEqual(told(await read(client, 1)), ["puback #2"]);
  });
});

Deno.test("mqtt wire: notices at once that a client has gone", async () => {
  await withServer({}, async ({ dial, server, installation }) => {
    const client = await dial();
    const will = { topic: A, payload: Buffer.from("gone") };
    await write(client, connectPacket("dev-1", { will }));
    await read(client, 1);
    client.close();
    await until(() => server.counters.connectionsOpen === 0, "the connection is closed");
    assert.equal(installation.ingress.stored.length, 1);
  });
});

Deno.test("mqtt server: refuses a port that is taken and names it", async () => {
  await withServer({}, async ({ server, installation }) => {
    const { port } = server.address;
    const other = new MqttServer(installation.ground);
    assert.throws(() => other.listen({ hostname: "127.0.0.1", port }), (error) => {
      assert.ok(error instanceof EngineUnreachable);
      assert.match(error.message, new RegExp(`${port}.*--mqtt-port`));
      return true;
    });
    await other.close({ timeoutMs: 100 });
  });
});
