import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import mqtt from "mqtt";
import mqttPacket from "mqtt-packet";
import { silentLogger, systemClock } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { Certificates } from "../../../protocols/sockets/mod.ts";
import { Authority, type Identity, withPems } from "../sockets/authority.ts";
import { CHANNEL_A, Installation, THING_1, THING_2 } from "./installation.ts";
import { run, start, until } from "./programs.ts";
import { connectPacket, decode, told } from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;
const authority = await Authority.make();
const server = await authority.issue({ subject: "CN=first", names: ["localhost", "127.0.0.1"] });
const second = await authority.issue({ subject: "CN=second", names: ["iot.example"] });
const thing1 = await authority.issue({ subject: `CN=${THING_1},O=Example` });
const gateway = await authority.issue({ subject: "CN=gateway" });
const expired = await authority.issue({ subject: `CN=${THING_1}`, validFrom: -3, validTo: -2 });
const foreign = await (await Authority.make()).issue({ subject: `CN=${THING_1}` });

interface Secured {
  readonly server: MqttServer;
  readonly port: number;
  readonly installation: Installation;
  readonly certificates: Certificates;
  readonly path: (name: string) => string;
}

async function withTls(test: (it: Secured) => Promise<void>): Promise<void> {
  const pems = {
    cert: server.cert,
    key: server.key,
    cert2: second.cert,
    key2: second.key,
    ca: authority.cert,
    crl: await authority.revoking(),
    thing1: thing1.cert,
    thing1Key: thing1.key,
    ...Object.fromEntries(["TLSv1.1", "TLSv1.2", "TLSv1.3"].map((each) => [each, only(each)])),
  };
  await withPems(pems, async (path) => {
    const installation = new Installation(systemClock);
    const certificates = await Certificates.open({
      certs: [path("cert"), path("cert2")],
      keys: [path("key"), path("key2")],
      clientCa: path("ca"),
      crl: path("crl"),
    }, { clock: systemClock, logger: silentLogger });
    const mqttServer = new MqttServer(installation.ground);
    const { port } = await mqttServer.listenTls({ hostname: "127.0.0.1", port: 0, certificates });
    try {
      await test({ server: mqttServer, port, installation, certificates, path });
    } finally {
      await mqttServer.close({ timeoutMs: 2_000 });
      certificates.close();
    }
  });
}

/** A configuration of OpenSSL, because mosquitto's own option names only the oldest version. */
function only(version: string): string {
  return `openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = default\n[default]
MinProtocol = ${version}\nMaxProtocol = ${version}\nCipherString = DEFAULT@SECLEVEL=0\n`;
}

/** A connection by node:tls, whose handshake is over. */
function connected(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: "127.0.0.1",
      port,
      servername: "localhost",
      ca: authority.cert,
      ...options,
    }, () => resolve(socket));
    socket.on("error", reject);
  });
}

/** What the server answers to a CONNECT with these credentials, and that it then goes on or closes. */
async function answer(
  port: number,
  { client, username, password }: {
    readonly client?: Identity;
    readonly username?: string;
    readonly password?: string;
  },
): Promise<string> {
  const socket = await connected(port, client === undefined ? {} : client);
  const packet = connectPacket("dev", {
    username: username ?? "",
    password: password === undefined ? undefined : Buffer.from(password),
  } as never);
  const first = new Promise<Buffer>((resolve) => socket.once("data", resolve));
  socket.write(mqttPacket.generate(packet));
  const [said] = told(decode(await first));
  socket.destroy();
  return said!;
}

for (const version of ["TLSv1.2", "TLSv1.3"]) {
  for (const [what, credentials] of Object.entries({ key: false, certificate: true })) {
    Deno.test(`mosquitto clients: publish and subscribe by ${version} with a ${what}`, () =>
      withTls(async ({ port, installation, path }) => {
        const at = { port, env: { OPENSSL_CONF: path(version) } };
        const tls = ["--cafile", path("ca")];
        const as1 = credentials
          ? [...tls, "--cert", path("thing1"), "--key", path("thing1Key")]
          : [...tls, "-u", THING_1, "-P", "key-1"];
        const subscriber = start("mosquitto_sub", at, [
          ...as1,
          ...["-t", `${A}/#`, "-q", "1", "-C", "1"],
        ]);
        const output = subscriber.output();
        await until(
          () => installation.events.some(({ type }) => type === "SessionSubscribed"),
          "mosquitto_sub has subscribed",
        );
        const message = ["-t", `${A}/x`, "-q", "2", "-m", "hello"];
        const { code, said } = await run("mosquitto_pub", at, [...as1, ...message]);
        assert.equal(code, 0, said);
        assert.equal(Buffer.from((await output).stdout).toString(), "hello\n");
        const [fact] = installation.events;
        assert.ok(fact?.type === "SessionConnected");
        assert.equal(fact.data.transport, "tls");
        assert.equal(fact.data.tls?.protocol, version);
        assert.match(fact.data.tls?.cipher ?? "", /^TLS_.*AES|CHACHA/);
        const { certificate } = fact.data.tls!;
        assert.equal(certificate?.fingerprint, credentials ? thing1.fingerprint : undefined);
        const subject = credentials ? `CN=${THING_1},O=Example` : undefined;
        assert.equal(certificate?.subject.split(",").sort().join(","), subject);
      }));
  }
}

Deno.test("mqtt.js: exchanges 200 messages with itself by TLS with a bound certificate", () =>
  withTls(async ({ port, installation }) => {
    installation.thing(THING_1, {
      certificates: [gateway.fingerprint],
      connections: { [CHANNEL_A]: ["publish", "subscribe"] },
    });
    const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${port}`, {
      ca: authority.cert,
      cert: gateway.cert,
      key: gateway.key,
      protocolVersion: 5,
      reconnectPeriod: 0,
    });
    const received: string[] = [];
    client.on("message", (_topic, payload) => received.push(payload.toString()));
    await client.subscribeAsync(`${A}/#`, { qos: 1 });
    // Larger than one record of TLS, and than one read.
    const sent = Array.from({ length: 200 }, (_, n) => `${n} ${"x".repeat(n * 200)}`);
    await Promise.all(sent.map((text) => client.publishAsync(`${A}/n`, text, { qos: 1 })));
    await until(() => received.length >= sent.length, "every message is back");
    assert.deepEqual(received, sent);
    await client.endAsync();
  }));

Deno.test("mqtts: a certificate that proves nothing is refused, and says why", () =>
  withTls(async ({ port, installation, certificates, path }) => {
    const credentials = { username: THING_1, password: "key-1" };
    assert.equal(await answer(port, credentials), "connack 0");
    assert.equal(await answer(port, { client: thing1 }), "connack 0");
    assert.equal(await answer(port, { ...credentials, client: expired }), "connack 5");
    assert.equal(await answer(port, { ...credentials, client: foreign }), "connack 5");
    assert.equal(await answer(port, { client: thing1, username: THING_2 }), "connack 4");
    await Deno.writeTextFile(path("crl"), await authority.revoking(thing1));
    await certificates.check();
    assert.equal(await answer(port, { ...credentials, client: thing1 }), "connack 5");
    assert.equal(await answer(port, { ...credentials, client: gateway }), "connack 0");
    assert.equal(installation.events.filter(({ type }) => type === "SessionConnected").length, 3);
  }));

Deno.test("mqtts: a connection ends when its certificate is revoked, and the others go on", () =>
  withTls(async ({ port, installation, certificates, path }) => {
    const options = { ca: authority.cert, reconnectPeriod: 0, protocolVersion: 4 } as const;
    const url = `mqtts://127.0.0.1:${port}`;
    const { cert, key } = thing1;
    const certified = await mqtt.connectAsync(url, { ...options, cert, key });
    const keyed = await mqtt.connectAsync(url, {
      ...options,
      username: THING_2,
      password: "key-2",
    });
    certified.on("error", () => {});
    const closed = new Promise<void>((resolve) => certified.once("close", () => resolve()));
    await Deno.writeTextFile(path("crl"), await authority.revoking(thing1));
    assert.equal(await certificates.check(), true);
    await closed;
    await keyed.publishAsync(A, "still here", { qos: 1 });
    const ended = () => installation.events.find(({ type }) => type === "SessionEnded");
    await until(() => ended() !== undefined, "the session has ended");
    assert.match(JSON.stringify(ended()), /the client certificate was revoked/);
    await keyed.endAsync();
    await certified.endAsync(true);
  }));

Deno.test("mqtts: shows the certificate for the server's name, and new ones to new connections only", () =>
  withTls(async ({ port, certificates, path }) => {
    const shown = async (servername: string) => {
      const socket = await connected(port, { servername, checkServerIdentity: () => undefined });
      const { CN } = socket.getPeerCertificate().subject;
      socket.destroy();
      return CN;
    };
    assert.equal(await shown("localhost"), "first");
    assert.equal(await shown("iot.example"), "second");
    assert.equal(await shown("unknown.example"), "first");
    const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${port}`, {
      ca: authority.cert,
      username: THING_1,
      password: "key-1",
      reconnectPeriod: 0,
    });
    const third = await authority.issue({ subject: "CN=third", names: ["localhost"] });
    await Deno.writeTextFile(path("cert"), third.cert);
    await Deno.writeTextFile(path("key"), third.key);
    assert.equal(await certificates.check(), true);
    assert.equal(await shown("localhost"), "third");
    assert.equal(await shown("iot.example"), "second");
    assert.equal(await shown("unknown.example"), "third");
    await client.publishAsync(A, "still here", { qos: 1 });
    await client.endAsync();
  }));

Deno.test("mqtts: what is no TLS is closed and counted, and harms nobody", () =>
  withTls(async ({ port, server }) => {
    const stranger = await Deno.connect({ hostname: "127.0.0.1", port });
    await stranger.write(mqttPacket.generate(connectPacket("dev")));
    const rest = new Uint8Array(1_024);
    // An alert may come first.
    while (await stranger.read(rest).catch(() => null) !== null);
    stranger.close();
    await until(() => server.counters.handshakesFailed === 1, "the failure is counted");
    assert.equal(server.counters.connectionsAccepted, 0);
    assert.equal(await answer(port, { username: THING_1, password: "key-1" }), "connack 0");
  }));

Deno.test("mqtts: TLS 1.1 is refused", () =>
  withTls(async ({ port, path }) => {
    const message = ["--cafile", path("ca"), "-u", THING_1, "-P", "key-1", "-t", A, "-m", "x"];
    const by = (version: string) => ({ port, env: { OPENSSL_CONF: path(version) } });
    const { code, said } = await run("mosquitto_pub", by("TLSv1.1"), message);
    assert.notEqual(code, 0, said);
    assert.equal((await run("mosquitto_pub", by("TLSv1.2"), message)).code, 0);
  }));

Deno.test("mqtts: a server that stops takes no connection, and those in their handshake end", async () => {
  let halfway: Promise<number | null> | undefined;
  await withTls(async ({ port }) => {
    const silent = await Deno.connect({ hostname: "127.0.0.1", port });
    assert.equal(await answer(port, { username: THING_1, password: "key-1" }), "connack 0");
    halfway = silent.read(new Uint8Array(1)).catch(() => null).finally(() => silent.close());
  });
  assert.equal(await halfway, null);
});
