import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ManualClock, type SessionEvent } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, CHANNEL_B, Installation, THING_1, THING_2 } from "./installation.ts";
import { connectPacket, publishPacket, subscribePacket, TestClient } from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;
const B = `channels/${CHANNEL_B}/messages`;
const AS_2 = { username: THING_2, password: Buffer.from("key-2") };

type Refused = Extract<SessionEvent, { type: "SessionRefused" }>["data"];
type Ended = Extract<SessionEvent, { type: "SessionEnded" }>["data"];

function setUp() {
  const clock = new ManualClock();
  const installation = new Installation(clock);
  return { clock, installation, server: new MqttServer(installation.ground) };
}

function refusals(installation: Installation): Refused[] {
  return installation.events.flatMap((event) =>
    event.type === "SessionRefused" ? [event.data] : []
  );
}

function endOf(installation: Installation): Ended {
  const ended = installation.events.findLast(({ type }) => type === "SessionEnded");
  assert.ok(ended?.type === "SessionEnded");
  return ended.data;
}

async function refusedSubscribe(client: TestClient, times: number): Promise<void> {
  for (let n = 1; n <= times; n++) await client.exchange(subscribePacket(n, { [B]: 1 }));
}

Deno.test("mqtt facts: a refusal that is repeated is one fact with a count and its first and last time", async () => {
  const { clock, installation, server } = setUp();
  const startMs = clock.nowMs();
  const client = await TestClient.connected(server, "dev-2", AS_2);
  client.send(...Array.from({ length: 10_000 }, (_, n) => subscribePacket(n + 1, { [B]: 1 })));
  await client.heard();
  clock.advance(400);
  await refusedSubscribe(client, 1);
  clock.advance(600);
  const [fact, ...others] = refusals(installation);
  assert.deepEqual(others, []);
  const { action, topic, count, firstAtMs, lastAtMs, reasonCode } = fact!;
  assert.deepEqual({ action, topic, count, firstAtMs, lastAtMs, reasonCode }, {
    action: "subscribe",
    topic: B,
    count: 10_001,
    firstAtMs: startMs,
    lastAtMs: startMs + 400,
    reasonCode: 0x87,
  });
});

Deno.test("mqtt facts: the wait between two facts of a refusal doubles while it goes on, to five minutes", async () => {
  const { clock, installation, server } = setUp();
  const client = await TestClient.connected(server, "dev-2", { ...AS_2, keepalive: 0 });
  const times: number[] = [];
  const startMs = clock.nowMs();
  while (times.length < 12) {
    await refusedSubscribe(client, 1);
    clock.advance(1_000);
    const known = refusals(installation).length;
    if (known > times.length) times.push((clock.nowMs() - startMs) / 1_000);
  }
  const waits = times.map((second, n) => second - (times[n - 1] ?? 0));
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
});

Deno.test("mqtt facts: what waits is recorded before the end of the session", async () => {
  const { installation, server } = setUp();
  const client = await TestClient.connected(server, "dev-2", AS_2);
  await refusedSubscribe(client, 3);
  assert.equal(refusals(installation).length, 0);
  await client.exchange({ cmd: "disconnect" });
  assert.deepEqual(installation.events.slice(-2).map(({ type }) => type), [
    "SessionRefused",
    "SessionEnded",
  ]);
  assert.equal(refusals(installation)[0]?.count, 3);
});

Deno.test("mqtt facts: refusals of more topics than are told apart are counted together", async () => {
  const { clock, installation, server } = setUp();
  const client = await TestClient.connected(server, "dev-2", AS_2);
  client.send(
    ...Array.from({ length: 500 }, (_, n) => subscribePacket(n + 1, { [`${B}/${n}`]: 0 })),
  );
  await client.heard();
  clock.advance(1_000);
  const facts = refusals(installation);
  assert.ok(facts.length <= 20, `${facts.length} facts`);
  assert.equal(facts.reduce((sum, { count }) => sum + count!, 0), 500);
  assert.equal(facts.at(-1)?.topic, "");
});

Deno.test("mqtt facts: a CONNECT with a wrong key stands in the history of the thing that it names, by nobody known", async () => {
  const { clock, installation, server } = setUp();
  const wrong = { username: THING_1, password: Buffer.from("not the key") };
  for (let n = 0; n < 20; n++) {
    await new TestClient(server, { remoteAddress: `192.0.2.${n}:1000` })
      .exchange(connectPacket(`dev-${n}`, wrong));
  }
  assert.equal(installation.facts.length, 0);
  clock.advance(1_000);
  const [{ origin, event }, ...others] = installation.facts as [typeof installation.facts[0]];
  assert.deepEqual(others, []);
  assert.deepEqual(origin.principal, { kind: "anonymous", id: "anonymous" });
  assert.deepEqual([origin.thingId, origin.edge, origin.remoteAddress], [
    THING_1,
    "mqtt",
    "192.0.2.19:1000",
  ]);
  assert.ok(event.type === "SessionRefused");
  const { action, count, reason, reasonCode, clientId } = event.data;
  assert.deepEqual([action, count, reasonCode, clientId], ["connect", 20, 0x86, "dev-19"]);
  assert.match(reason, /wrong key/);
  assert.ok(!JSON.stringify(installation.facts).includes("not the key"));
});

Deno.test("mqtt facts: the key of another thing concerns both things, and names neither to the other", async () => {
  const { clock, installation, server } = setUp();
  const password = Buffer.from("key-2");
  await new TestClient(server).exchange(connectPacket("dev", { username: THING_1, password }));
  clock.advance(1_000);
  const told = installation.facts.map(({ origin }) => [origin.thingId, origin.principal.kind]);
  assert.deepEqual(told.sort(), [[THING_1, "anonymous"], [THING_2, "thing"]]);
  const [of1, of2] = [THING_1, THING_2].map((id) =>
    JSON.stringify(installation.facts.filter(({ origin }) => origin.thingId === id))
  );
  assert.ok(!of1!.includes(THING_2));
  assert.ok(!of2!.includes(THING_1));
});

Deno.test("mqtt facts: strangers who name no thing, or a thing that is not there, write nothing", async () => {
  const { clock, installation, server } = setUp();
  for (const username of ["", "nobody", THING_1.replace("7", "8")]) {
    const password = Buffer.from("guess");
    await new TestClient(server).exchange(connectPacket("dev", { username, password }));
  }
  clock.advance(60_000);
  assert.deepEqual(installation.facts, []);
});

Deno.test("mqtt facts: a stranger's last attempts are recorded when the server stops", async () => {
  const { installation, server } = setUp();
  const password = Buffer.from("guess");
  await new TestClient(server).exchange(connectPacket("dev", { password }));
  await server.close({ timeoutMs: 1_000 });
  assert.equal(refusals(installation)[0]?.count, 1);
});

Deno.test("mqtt facts: an end says who ended it, by which code, and what was carried", async () => {
  const { installation, server } = setUp();
  const gone = await TestClient.connected(server, "dev-1");
  gone.stream.end();
  await gone.heard();
  assert.deepEqual([endOf(installation).endedBy, endOf(installation).reasonCode], [
    "network",
    undefined,
  ]);
  const polite = await TestClient.connected(server, "dev-1");
  await polite.exchange(publishPacket(A, "x"), { cmd: "disconnect" });
  const { endedBy, reasonCode, bytesReceived, bytesSent, messagesReceived } = endOf(installation);
  assert.deepEqual([endedBy, reasonCode, messagesReceived], ["client", 0, 1]);
  const connectBytes = 2 + 10 + 2 + 5 + 2 + THING_1.length + 2 + 5;
  const publishBytes = 2 + 2 + A.length + 1;
  assert.equal(bytesReceived, connectBytes + publishBytes + 2);
  assert.equal(bytesSent, 4);
  await TestClient.connected(server, "dev-1");
  installation.thing(THING_1, { status: "disabled" });
  assert.deepEqual([endOf(installation).endedBy, endOf(installation).reasonCode], ["server", 0x87]);
});

Deno.test("mqtt facts: an end has the code of MQTT 5 also where MQTT 3.1.1 could not say it", async () => {
  const { installation, server } = setUp();
  const client = await TestClient.connected(server, "dev-2", AS_2);
  assert.deepEqual(await client.exchange(publishPacket(B, "x", { qos: 1, id: 1 })), []);
  assert.deepEqual([endOf(installation).endedBy, endOf(installation).reasonCode], ["server", 0x87]);
});

Deno.test("mqtt facts: a connection is recorded with what carries it and what TLS agreed on", async () => {
  const { installation, server } = setUp();
  const tls = {
    protocol: "TLSv1.3",
    cipher: "TLS_AES_128_GCM_SHA256",
    serverName: "mqtt.example",
    certificate: { subject: "CN=boiler", fingerprint: "ab".repeat(32) },
  };
  const { certificate } = tls;
  const shown = { ...certificate, commonName: "boiler", serialNumber: "01" };
  const client = new TestClient(server, { transport: "tls", tls: { ...tls, certificate: shown } });
  await client.exchange(connectPacket("dev-1"));
  const [connected] = installation.events;
  assert.ok(connected?.type === "SessionConnected");
  assert.deepEqual([connected.data.transport, connected.data.tls], ["tls", tls]);
});
