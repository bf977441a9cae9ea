import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import mqtt from "mqtt";
import mqttPacket from "mqtt-packet";
import { systemClock } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, Installation, THING_1 } from "./installation.ts";
import { until } from "./programs.ts";
import { OPCODE, RawWebSocket } from "./raw_web_socket.ts";
import { connectPacket, decode, publishPacket, subscribePacket, told } from "./test_client.ts";
import { authority, type WebSocketPorts, withWebSocketPorts } from "./web_socket_ports.ts";

const A = `channels/${CHANNEL_A}/messages`;
const device = await authority.issue({ subject: `CN=${THING_1}` });

interface Served extends WebSocketPorts {
  readonly server: MqttServer;
  readonly installation: Installation;
}

async function withWebSockets(test: (it: Served) => Promise<void>): Promise<void> {
  const installation = new Installation(systemClock);
  const server = new MqttServer(installation.ground);
  await withWebSocketPorts(server, (ports) => test({ server, installation, ...ports }));
}

async function accepted(port: number): Promise<RawWebSocket> {
  const { socket } = await RawWebSocket.open(port);
  await socket.send(OPCODE.binary, mqttPacket.generate(connectPacket("raw")));
  assert.deepEqual(await heard(socket), ["connack 0"]);
  return socket;
}

/** The packets of the next frame. */
async function heard(socket: RawWebSocket): Promise<string[]> {
  const frame = await socket.next();
  assert.equal(frame?.opcode, OPCODE.binary);
  return told(decode(frame!.payload));
}

for (const protocolVersion of [4, 5] as const) {
  for (const scheme of ["ws", "wss"] as const) {
    Deno.test(`mqtt.js: exchanges 200 messages with itself over ${scheme}, protocol level ${protocolVersion}`, () =>
      withWebSockets(async ({ port, httpsPort, installation }) => {
        const at = scheme === "ws" ? port : httpsPort;
        const client = await mqtt.connectAsync(`${scheme}://127.0.0.1:${at}/mqtt`, {
          username: THING_1,
          password: "key-1",
          protocolVersion,
          reconnectPeriod: 0,
          rejectUnauthorized: false,
        });
        const received: string[] = [];
        client.on("message", (_topic, payload) => received.push(payload.toString()));
        await client.subscribeAsync(`${A}/#`, { qos: 1 });
        const sent = Array.from({ length: 200 }, (_, n) => `${n} ${"x".repeat(n * 40)}`);
        await Promise.all(sent.map((text) => client.publishAsync(`${A}/n`, text, { qos: 2 })));
        await until(() => received.length >= sent.length, "every message is back");
        assert.deepEqual(received, sent);
        const [fact] = installation.events;
        assert.ok(fact?.type === "SessionConnected");
        assert.equal(fact.data.transport, scheme === "ws" ? "websocket" : "websocket over tls");
        assert.equal(fact.data.tls?.protocol, scheme === "ws" ? undefined : "TLSv1.3");
        await client.endAsync();
      }));
  }
}

Deno.test("mqtt websocket: a client certificate proves the thing, as by TLS alone", () =>
  withWebSockets(async ({ httpsPort, installation }) => {
    const client = await mqtt.connectAsync(`wss://127.0.0.1:${httpsPort}/mqtt`, {
      reconnectPeriod: 0,
      wsOptions: { ca: authority.cert, cert: device.cert, key: device.key },
    });
    assert.equal(installation.facts[0]?.origin.thingId, THING_1);
    assert.match(installation.facts[0]!.origin.remoteAddress, /^127\.0\.0\.1:\d+$/);
    await client.endAsync();
  }));

// [MQTT-6.0.0-3] [MQTT5-6.0.0-3] [MQTT-6.0.0-4] [MQTT5-6.0.0-4]
Deno.test("mqtt websocket: the subprotocol is mqtt or mqttv3.1, and another is refused", () =>
  withWebSockets(async ({ port, server }) => {
    const answered = async (headers: Record<string, string>) => {
      const { head, socket } = await RawWebSocket.open(port, headers);
      socket.close();
      return [
        head.split(" ")[1],
        /^sec-websocket-protocol: (.*)\r$/m.exec(head)?.[1],
      ];
    };
    const offering = (list: string) => answered({ "sec-websocket-protocol": list });
    assert.deepEqual(await offering("mqtt"), ["101", "mqtt"]);
    assert.deepEqual(await offering("mqttv3.1"), ["101", "mqttv3.1"]);
    assert.deepEqual(await offering("mqttv3.1, mqtt"), ["101", "mqtt"]);
    assert.deepEqual(await offering("chat,mqtt"), ["101", "mqtt"]);
    for (const wrong of ["chat", "MQTT", "mqttv5"]) {
      assert.deepEqual(await offering(wrong), ["400", undefined], wrong);
    }
    assert.deepEqual(await answered({}), ["400", undefined]);
    const notOne = { "sec-websocket-protocol": "mqtt", "sec-websocket-version": "12" };
    assert.equal((await answered(notOne))[0], "426");
    const plain = await fetch(`http://127.0.0.1:${port}/mqtt`);
    assert.equal(plain.status, 426);
    assert.equal(plain.headers.get("upgrade"), "websocket");
    assert.equal((await plain.json()).status, 426);
    await until(() => server.counters.connectionsOpen === 0, "those that left are gone");
  }));

// [MQTT-6.0.0-2] [MQTT5-6.0.0-2]
Deno.test("mqtt websocket: packets begin and end anywhere in frames", () =>
  withWebSockets(async ({ port }) => {
    const { socket } = await RawWebSocket.open(port);
    const connect = mqttPacket.generate(connectPacket("raw"));
    for (const byte of connect) await socket.send(OPCODE.binary, new Uint8Array([byte]));
    assert.deepEqual(await heard(socket), ["connack 0"]);
    const joined = Buffer.concat([
      mqttPacket.generate(subscribePacket(1, { [A]: 1 })),
      mqttPacket.generate(publishPacket(A, "one", { qos: 1, id: 2 })),
      mqttPacket.generate({ cmd: "pingreq" }),
    ]);
    await socket.send(OPCODE.binary, joined.subarray(0, 20));
    await socket.send(OPCODE.binary, new Uint8Array(0));
    await socket.send(OPCODE.binary, joined.subarray(20));
    const answers: string[] = [];
    while (answers.length < 4) answers.push(...await heard(socket));
    assert.deepEqual(
      answers.sort(),
      [`publish #1 q1 ${A}: one`, "pingresp", "puback #2", "suback #1 1"].sort(),
    );
    socket.close();
  }));

Deno.test("mqtt websocket: a message in fragments, with a ping between them, is one", () =>
  withWebSockets(async ({ port }) => {
    const { socket } = await RawWebSocket.open(port);
    const connect = mqttPacket.generate(connectPacket("raw"));
    await socket.send(OPCODE.binary, connect.subarray(0, 3), { isLast: false });
    await socket.send(OPCODE.continuation, connect.subarray(3, 9), { isLast: false });
    await socket.send(OPCODE.ping, new Uint8Array([1, 2]));
    await socket.send(OPCODE.continuation, connect.subarray(9));
    const pong = await socket.next();
    assert.deepEqual(pong, { opcode: OPCODE.pong, payload: new Uint8Array([1, 2]) });
    assert.deepEqual(await heard(socket), ["connack 0"]);
    socket.close();
  }));

// [MQTT-6.0.0-1] [MQTT5-6.0.0-1]
Deno.test("mqtt websocket: a text frame ends the connection, and says why", () =>
  withWebSockets(async ({ port, installation, server }) => {
    const socket = await accepted(port);
    await socket.send(OPCODE.text, new TextEncoder().encode("hello"));
    const frame = await socket.next();
    assert.equal(frame?.opcode, OPCODE.close);
    assert.equal(new DataView(frame!.payload.buffer).getUint16(0), 4003);
    assert.match(new TextDecoder().decode(frame!.payload.subarray(2)), /binary frames/);
    socket.close();
    await until(() => installation.events.length >= 2, "the end is recorded");
    assert.match(JSON.stringify(installation.events.at(-1)), /Cannot take a text frame/);
    assert.equal(server.counters.protocolErrors, 1);
  }));

Deno.test("mqtt websocket: broken frames and a connection that breaks end the session", () =>
  withWebSockets(async ({ port, installation, server }) => {
    const reserved = await accepted(port);
    await reserved.send(3, new Uint8Array([1]));
    await until(() => server.counters.connectionsOpen === 0, "the first has ended");
    reserved.close();
    const gone = await accepted(port);
    gone.close();
    await until(() => server.counters.connectionsOpen === 0, "the second has ended");
    const ends = installation.events.filter(({ type }) => type === "SessionEnded");
    assert.equal(ends.length, 2);
    assert.match(JSON.stringify(ends), /the connection broke/);
  }));

Deno.test("mqtt websocket: a subscriber that does not read loses messages of QoS 0, and nobody else does", () =>
  withWebSockets(async ({ port, server }) => {
    const slow = await accepted(port);
    await slow.send(OPCODE.binary, mqttPacket.generate(subscribePacket(1, { [A]: 0 })));
    assert.deepEqual(await heard(slow), ["suback #1 0"]);
    const url = `ws://127.0.0.1:${port}/mqtt`;
    const as1 = { username: THING_1, password: "key-1", reconnectPeriod: 0 };
    const client = await mqtt.connectAsync(url, as1);
    let count = 0;
    client.on("message", () => count++);
    await client.subscribeAsync(A, { qos: 1 });
    const payload = Buffer.alloc(60_000);
    let sent = 0;
    while (server.counters.messagesDropped === 0 && sent < 2_000) {
      await client.publishAsync(A, payload, { qos: 1 });
      sent++;
    }
    assert.ok(server.counters.messagesDropped > 0, `${sent} messages of 60 KB`);
    await until(() => count === sent, "the other has all");
    await client.endAsync();
    slow.close();
  }));

Deno.test("mqtt websocket: a client that sends faster than its messages are stored is ended", () =>
  withWebSockets(async ({ port, installation }) => {
    const socket = await accepted(port);
    installation.ingress.congested = true;
    const packet = mqttPacket.generate(publishPacket(A, "x".repeat(60_000)));
    let hasEnded = false;
    // It may not hear why: what it sends meanwhile resets the connection.
    const ended = socket.next().finally(() => hasEnded = true);
    let sent = 0;
    for (; sent < 2_000 && !hasEnded; sent++) {
      await socket.send(OPCODE.binary, packet).catch(() => {});
    }
    await ended;
    assert.ok(sent < 2_000, "a bounded number of messages fits");
    socket.close();
    installation.ingress.drain();
    await until(() => installation.events.length >= 2, "the end is recorded");
    assert.match(JSON.stringify(installation.events.at(-1)), /faster than its messages can be/);
  }));

Deno.test("mqtt websocket: a server that stops says so and closes", () =>
  withWebSockets(async ({ port, server }) => {
    const { socket } = await RawWebSocket.open(port);
    const connect = connectPacket("raw", { protocolVersion: 5 });
    await socket.send(OPCODE.binary, mqttPacket.generate(connect));
    assert.equal((await socket.next())?.payload[0], 0x20);
    await server.close({ timeoutMs: 2_000 });
    const frame = await socket.next();
    // Section 3.14.2.1: 0x8B, the server shuts down.
    assert.deepEqual([frame?.opcode, frame?.payload[0], frame?.payload[2]], [2, 0xe0, 0x8b]);
    const farewell = await socket.next();
    assert.equal(farewell?.opcode, OPCODE.close);
    await socket.send(OPCODE.close, farewell!.payload);
    socket.close();
  }));
