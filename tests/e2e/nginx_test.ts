import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { connect as connectSocket } from "node:net";
import { connect as connectTls } from "node:tls";
import mqtt from "mqtt";
import { type BenchPlatform, type Device, fleet, startPlatform } from "../../bench/platform.ts";
import { run, start, until } from "../protocols/mqtt/programs.ts";
import { Authority, withPems } from "../protocols/sockets/authority.ts";
import { NAMED, type Ports, STRANGE, withNginx } from "./nginx.ts";
import { withFolder } from "./program.ts";

const authority = await Authority.make();
const server = await authority.issue({ subject: "CN=server", names: ["127.0.0.1"] });
const front = await authority.issue({ subject: "CN=front", names: ["localhost", "127.0.0.1"] });
const device = await authority.issue({ subject: "CN=a device" });
const PEMS = {
  cert: server.cert,
  key: server.key,
  frontCert: front.cert,
  frontKey: front.key,
  ca: authority.cert,
  deviceCert: device.cert,
  deviceKey: device.key,
};

/** The address of devices, which is neither of nginx's. */
const AWAY = "127.0.0.5";
/** An answer that has not come by then does not come, in milliseconds. */
const ANSWER_MS_MAX = 10_000;

interface Fronted {
  readonly platform: BenchPlatform;
  /** Of nginx. */
  readonly ports: Ports;
  readonly thing: Device;
  readonly channelId: string;
  /** The topic of the channel. */
  readonly topic: string;
  readonly path: (name: string) => string;
}

/** A platform that believes nginx at one of its addresses, and a thing with a channel. */
async function withFront(test: (it: Fronted) => Promise<void>): Promise<void> {
  await withFolder((folder) =>
    withPems(PEMS, async (path) => {
      const tls = ["--tls-cert", path("cert"), "--tls-key", path("key")];
      const secure = [...tls, "--tls-client-ca", path("ca"), "--mqtts-port", "0"];
      const platform = await startPlatform(folder, {
        flags: [...secure, "--https-port", "0", "--proxy-from", NAMED],
      });
      try {
        const ready = JSON.parse(await Deno.readTextFile(`${folder}/ready.json`));
        const made = await fleet(platform, { things: 1, channels: 1 });
        const [thing, channelId] = [made.things[0]!, made.channelIds[0]!];
        const upstream = {
          mqtt: platform.mqttPort,
          mqtts: Number(new URL(ready.mqtts).port),
          http: Number(new URL(platform.http).port),
          cert: path("frontCert"),
          key: path("frontKey"),
        };
        const topic = `channels/${channelId}/messages`;
        await withNginx(
          upstream,
          (ports) => test({ platform, ports, thing, channelId, topic, path }),
        );
      } finally {
        assert.equal(await platform.stop(), 0);
      }
    })
  );
}

interface Session {
  readonly client_id: string;
  readonly address: string;
  readonly transport: string;
  readonly tls?: { readonly certificate?: { readonly fingerprint: string } };
}

/** What the black box knows, oldest first, once it knows of so many. */
async function sessions({ platform, thing }: Fronted, count: number): Promise<Session[]> {
  const untilMs = performance.now() + ANSWER_MS_MAX;
  for (;;) {
    const response = await fetch(`${platform.http}/things/${thing.id}/sessions`, {
      headers: { authorization: `Bearer ${platform.token}` },
    });
    const { sessions } = await response.json();
    if (sessions.length >= count || performance.now() > untilMs) {
      assert.equal(sessions.length, count);
      return sessions.reverse();
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The address without its port. */
const hostOf = ({ address }: Session): string => address.replace(/:\d+$/, "");

function asDevice({ thing, topic }: Fronted, clientId: string): readonly string[] {
  return ["-A", AWAY, "-i", clientId, "-u", thing.id, "-P", thing.key, "-t", topic, "-q", "1"];
}

/** Everything that is sent comes back, in order. */
async function exchanged(client: mqtt.MqttClient, topic: string): Promise<void> {
  const sent = Array.from({ length: 100 }, (_, n) => `${n} ${"x".repeat(n * 100)}`);
  const received: string[] = [];
  client.on("message", (_topic, payload) => received.push(payload.toString()));
  await client.subscribeAsync(topic, { qos: 2 });
  await Promise.all(sent.map((text) => client.publishAsync(topic, text, { qos: 2 })));
  await until(() => received.length >= sent.length, "every message is back");
  assert.deepEqual(received, sent);
  await client.endAsync();
}

Deno.test("nginx: ends TLS before the MQTT port, messages go both ways, and history names the devices' address", () =>
  withFront(async (it) => {
    const { ports, path } = it;
    const tls = ["--cafile", path("ca")];
    const output = start("mosquitto_sub", { port: ports.mqtts }, [
      ...tls,
      ...asDevice(it, "listens"),
      ...["-C", "2", "-W", "10"],
    ]).output();
    await sessions(it, 1);
    const secured = [...tls, ...asDevice(it, "says"), "-m", "by TLS", "-V", "mqttv5"];
    const first = await run("mosquitto_pub", { port: ports.mqtts }, secured);
    assert.equal(first.code, 0, first.said);
    const clear = [...asDevice(it, "says too"), "-m", "in clear"];
    const second = await run("mosquitto_pub", { port: ports.mqtt }, clear);
    assert.equal(second.code, 0, second.said);
    assert.equal(Buffer.from((await output).stdout).toString(), "by TLS\nin clear\n");
    assert.deepEqual(
      (await sessions(it, 3)).map((each) => [each.client_id, hostOf(each), each.transport]),
      ["listens", "says", "says too"].map((id) => [id, AWAY, "tcp"]),
    );
  }));

Deno.test("nginx: leads TLS through to the MQTTS port, and a client certificate counts behind the device's address", () =>
  withFront(async (it) => {
    const { ports, path, platform, thing, topic } = it;
    const { fingerprint } = device;
    await platform.post(`/things/${thing.id}/certificates`, { fingerprint });
    const { code, said } = await run("mosquitto_pub", { port: ports.led }, [
      ...["--cafile", path("ca"), "--cert", path("deviceCert"), "--key", path("deviceKey")],
      ...["-A", AWAY, "-q", "1", "-t", topic, "-m", "proven"],
    ]);
    assert.equal(code, 0, said);
    const [session] = await sessions(it, 1);
    assert.deepEqual([hostOf(session!), session!.transport], [AWAY, "tls"]);
    assert.equal(session!.tls?.certificate?.fingerprint, fingerprint);
  }));

Deno.test("nginx: mqtt.js exchanges 100 messages with itself through the TLS that nginx ends", () =>
  withFront(async (it) => {
    const { ports, thing } = it;
    const client = new mqtt.MqttClient(() => {
      const socket = connectSocket({ host: NAMED, port: ports.mqtts, localAddress: AWAY });
      return connectTls({ socket, ca: authority.cert, servername: "localhost" });
    }, { username: thing.id, password: thing.key, protocolVersion: 5, reconnectPeriod: 0 });
    await exchanged(client, it.topic);
    const [session] = await sessions(it, 1);
    assert.equal(hostOf(session!), AWAY);
  }));

Deno.test("nginx: leads WebSockets on, in clear and by TLS, under its own address whatever it forwards", () =>
  withFront(async (it) => {
    const { ports, thing } = it;
    for (const url of [`ws://${NAMED}:${ports.http}`, `wss://${NAMED}:${ports.https}`]) {
      const client = await mqtt.connectAsync(`${url}/mqtt`, {
        username: thing.id,
        password: thing.key,
        protocolVersion: 5,
        reconnectPeriod: 0,
        wsOptions: { ca: authority.cert, headers: { "x-forwarded-for": AWAY } },
      });
      await exchanged(client, it.topic);
    }
    assert.deepEqual(
      (await sessions(it, 2)).map((each) => [hostOf(each), each.transport]),
      new Array(2).fill([STRANGE, "websocket"]),
    );
  }));

Deno.test("nginx: is not believed at an address that is not named, and served there without the header", () =>
  withFront(async (it) => {
    const { ports } = it;
    const lie = [...asDevice(it, "lies"), "-m", "a lie"];
    const lying = await run("mosquitto_pub", { port: ports.strange }, lie);
    assert.notEqual(lying.code, 0, lying.said);
    const truth = [...asDevice(it, "tells"), "-m", "the truth"];
    const telling = await run("mosquitto_pub", { port: ports.plain }, truth);
    assert.equal(telling.code, 0, telling.said);
    const known = await sessions(it, 1);
    assert.deepEqual(known.map((each) => [each.client_id, hostOf(each)]), [["tells", STRANGE]]);
  }));

Deno.test("nginx: leads HTTP on, and live messages come through it at once", () =>
  withFront(async ({ ports, thing, channelId, platform }) => {
    const client = Deno.createHttpClient({ caCerts: [authority.cert] });
    const messages = `https://${NAMED}:${ports.https}/channels/${channelId}/messages`;
    const reading = { headers: { authorization: `Bearer ${platform.token}` }, client };
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const live = await fetch(`${messages}/live`, { ...reading, signal });
    const heard = live.body!.pipeThrough(new TextDecoderStream()).getReader();
    assert.match((await heard.read()).value!, /^: listening/);
    const published = await fetch(messages, {
      method: "POST",
      headers: { authorization: `Thing ${thing.key}`, "content-type": "application/senml+json" },
      body: JSON.stringify([{ n: "t", v: 21 }]),
      client,
    });
    assert.equal(published.status, 202);
    assert.match((await heard.read()).value!, /^event: message\n/);
    await heard.cancel();
    const raw = await fetch(`${messages}/raw`, reading);
    assert.equal((await raw.json()).messages[0].publisher, thing.id);
    client.close();
  }));
