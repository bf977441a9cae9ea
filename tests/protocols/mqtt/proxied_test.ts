import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { connect as connectSocket, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import mqttPacket from "mqtt-packet";
import { silentLogger, systemClock } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { Certificates, proxiesAt } from "../../../protocols/sockets/mod.ts";
import { Authority, withPems } from "../sockets/authority.ts";
import { Installation, THING_1 } from "./installation.ts";
import { until } from "./programs.ts";
import { connectPacket, decode, told } from "./test_client.ts";

const authority = await Authority.make();
const identity = await authority.issue({ subject: "CN=server", names: ["localhost"] });
const CONNECT = mqttPacket.generate(connectPacket("dev"));
const V1 = Buffer.from("PROXY TCP4 192.0.2.7 198.51.100.1 50000 1883\r\n");
const V2 = Buffer.from([
  ...[0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0, 12],
  ...[192, 0, 2, 7, 198, 51, 100, 1, 0xc3, 0x50, 0x07, 0x5b],
]);
const V2_LOCAL = Buffer.from([...V2.subarray(0, 12), 0x20, 0x00, 0, 0]);
const HEADERS = { "version 1": V1, "version 2": V2 };

interface Proxied {
  readonly server: MqttServer;
  readonly installation: Installation;
  readonly tcpPort: number;
  readonly tlsPort: number;
}

async function withProxies(
  proxyFrom: readonly string[],
  test: (it: Proxied) => Promise<void>,
): Promise<void> {
  await withPems({ cert: identity.cert, key: identity.key }, async (path) => {
    const installation = new Installation(systemClock);
    const files = { certs: [path("cert")], keys: [path("key")] };
    const certificates = await Certificates.open(files, {
      clock: systemClock,
      logger: silentLogger,
    });
    const server = new MqttServer(installation.ground);
    const at = { hostname: "127.0.0.1", port: 0, proxies: proxiesAt(proxyFrom) };
    const { port: tcpPort } = server.listen(at);
    const { port: tlsPort } = await server.listenTls({ ...at, certificates });
    try {
      await test({ server, installation, tcpPort, tlsPort });
    } finally {
      await server.close({ timeoutMs: 2_000 });
      certificates.close();
    }
  });
}

/** What is said on a connection until it is closed, or until there is a packet. */
function answerTo(socket: Socket): Promise<string[]> {
  return new Promise((resolve) => {
    socket.on("error", () => {});
    socket.once("data", (bytes: Buffer) => resolve(told(decode(bytes))));
    socket.once("close", () => resolve(["closed"]));
  });
}

/** The answer to a CONNECT by TCP with these bytes in front, sent in pieces. */
async function byTcp(port: number, ...pieces: readonly Uint8Array[]): Promise<string[]> {
  const socket = connectSocket({ host: "127.0.0.1", port });
  socket.setNoDelay(true);
  const answer = answerTo(socket);
  for (const piece of pieces) {
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const said = await answer;
  socket.destroy();
  return said;
}

/** The same inside TLS, the header outside of it. */
async function byTls(port: number, header: Uint8Array): Promise<string[]> {
  const outer = connectSocket({ host: "127.0.0.1", port });
  await new Promise<void>((resolve) => outer.write(header, () => resolve()));
  const options = { socket: outer, servername: "localhost", ca: authority.cert };
  const inner = connectTls(options, () => inner.write(CONNECT));
  const answer = answerTo(inner);
  outer.on("error", () => {});
  outer.once("close", () => inner.destroy());
  const said = await answer;
  inner.destroy();
  outer.destroy();
  return said;
}

for (const [version, header] of Object.entries(HEADERS)) {
  Deno.test(`proxy: ${version} names the device's address, by TCP and by TLS`, () =>
    withProxies(["127.0.0.0/8"], async ({ tcpPort, tlsPort, installation }) => {
      assert.deepEqual(await byTcp(tcpPort, header, CONNECT), ["connack 0"]);
      assert.deepEqual(await byTcp(tcpPort, Buffer.concat([header, CONNECT])), ["connack 0"]);
      const bytes = [...header].map((byte) => new Uint8Array([byte]));
      assert.deepEqual(await byTcp(tcpPort, ...bytes, CONNECT), ["connack 0"]);
      assert.deepEqual(await byTls(tlsPort, header), ["connack 0"]);
      const connected = installation.facts.filter(({ event }) => event.type === "SessionConnected");
      assert.deepEqual(
        connected.map(({ origin: { thingId, remoteAddress } }) => [thingId, remoteAddress]),
        new Array(4).fill([THING_1, "192.0.2.7:50000"]),
      );
    }));
}

Deno.test("proxy: its own connections, such as checks of health, keep its address", () =>
  withProxies(["127.0.0.1"], async ({ tcpPort, tlsPort, installation }) => {
    assert.deepEqual(await byTcp(tcpPort, V2_LOCAL, CONNECT), ["connack 0"]);
    assert.deepEqual(await byTcp(tcpPort, Buffer.from("PROXY UNKNOWN\r\n"), CONNECT), [
      "connack 0",
    ]);
    assert.deepEqual(await byTls(tlsPort, V2_LOCAL), ["connack 0"]);
    for (const { origin } of installation.facts) {
      assert.match(origin.remoteAddress, /^127\.0\.0\.1:\d+$/);
    }
  }));

Deno.test("proxy: one that sends no header, or a broken one, is closed and counted", () =>
  withProxies(["127.0.0.1"], async ({ tcpPort, tlsPort, server }) => {
    const broken = Buffer.from("PROXY TCP4 nobody nowhere 1 2\r\n");
    assert.deepEqual(await byTcp(tcpPort, CONNECT), ["closed"]);
    assert.deepEqual(await byTcp(tcpPort, broken), ["closed"]);
    assert.deepEqual(await byTls(tlsPort, new Uint8Array(0)), ["closed"]);
    assert.deepEqual(await byTls(tlsPort, broken), ["closed"]);
    const half = connectSocket({ host: "127.0.0.1", port: tcpPort });
    half.end(V1.subarray(0, 20));
    await until(() => server.counters.handshakesFailed === 5, "all are counted");
    assert.equal(server.counters.connectionsAccepted, 0);
    assert.deepEqual(await byTcp(tcpPort, V1, CONNECT), ["connack 0"]);
  }));

Deno.test("proxy: from an address that is not named, a header is no MQTT and no TLS", () =>
  withProxies(["192.0.2.1"], async ({ tcpPort, tlsPort, installation }) => {
    assert.deepEqual(await byTcp(tcpPort, V1, CONNECT), ["closed"]);
    assert.deepEqual(await byTls(tlsPort, V2), ["closed"]);
    assert.deepEqual(await byTcp(tcpPort, CONNECT), ["connack 0"]);
    assert.match(installation.facts[0]!.origin.remoteAddress, /^127\.0\.0\.1:/);
  }));
