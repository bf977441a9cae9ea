import assert from "node:assert/strict";
import { ManualClock } from "../../../actors/mod.ts";
import { type MqttLimits, MqttServer } from "../../../protocols/mqtt/mod.ts";
import { bytesOf } from "./cases/notation.ts";
import { tell } from "./cases/told.ts";
import { Installation } from "./installation.ts";
import { connectPacket, quiet, TestClient } from "./test_client.ts";

const SECOND_MS = 1_000;

function setUp(limits: Partial<MqttLimits> = {}) {
  const clock = new ManualClock();
  const installation = new Installation(clock);
  return { clock, installation, server: new MqttServer(installation.ground, limits) };
}

/** A client of MQTT 5.0 that asks for an expiry, and what CONNACK says of it. */
async function asking(server: MqttServer, seconds: number, { flags = "c0" } = {}) {
  const client = new TestClient(server);
  const expiry = seconds.toString(16).padStart(8, "0");
  client.send(bytesOf(`10 [ MQTT 05 ${flags} 0000 [ sessionExpiry ${expiry} ] 'dev' as1 ]`));
  await quiet();
  const [connack] = tell(client.stream.written(), 5);
  const said = connack?.properties.find((each) => each.startsWith("sessionExpiry="));
  return {
    client,
    line: connack?.line,
    granted: said === undefined ? undefined : Number(said.split("=")[1]),
  };
}

/** What the fact of the newest connection says. */
function toldExpiry({ events }: Installation) {
  const connected = events.findLast(({ type }) => type === "SessionConnected");
  return connected?.type === "SessionConnected" ? connected.data.expiry : undefined;
}

Deno.test("mqtt expiry: a domain's own limit cuts what is asked for, CONNACK says it, and so does the fact", async () => {
  const { clock, installation, server } = setUp();
  installation.domain({ sessionExpirySecondsMax: 100 });
  const first = await asking(server, 1_000);
  assert.deepEqual([first.line, first.granted], ["connack 00", 100]);
  assert.deepEqual(toldExpiry(installation), { askedSeconds: 1_000, grantedSeconds: 100 });
  first.client.stream.end();
  await quiet();
  clock.advance(100 * SECOND_MS);
  const second = await asking(server, 1_000);
  assert.equal(second.line, "connack 00 present");
  second.client.stream.end();
  await quiet();
  clock.advance(100 * SECOND_MS + 1);
  assert.equal((await asking(server, 1_000)).line, "connack 00");
});

Deno.test("mqtt expiry: what is not cut is not told", async () => {
  const { installation, server } = setUp();
  installation.domain({ sessionExpirySecondsMax: 100 });
  assert.equal((await asking(server, 100)).granted, undefined);
  assert.equal(toldExpiry(installation), undefined);
});

Deno.test("mqtt expiry: the platform's limit holds where the domain's is longer, or was taken away", async () => {
  const { installation, server } = setUp({ sessionExpirySecondsMax: 200 });
  installation.domain({ sessionExpirySecondsMax: 300 });
  assert.equal((await asking(server, 1_000)).granted, 200);
  installation.domain({ sessionExpirySecondsMax: 150 });
  assert.equal((await asking(server, 1_000)).granted, 150);
  installation.domain({ sessionExpirySecondsMax: null });
  assert.equal((await asking(server, 1_000)).granted, 200);
  assert.deepEqual(toldExpiry(installation), { askedSeconds: 1_000, grantedSeconds: 200 });
});

Deno.test("mqtt expiry: in a domain that grants none a session ends with its connection", async () => {
  const { installation, server } = setUp();
  installation.domain({ sessionExpirySecondsMax: 0 });
  const { client, granted } = await asking(server, 1_000);
  assert.equal(granted, 0);
  client.stream.end();
  await quiet();
  assert.equal((await asking(server, 1_000)).line, "connack 00");
});

Deno.test("mqtt expiry: what a DISCONNECT asks for is cut too", async () => {
  const { clock, installation, server } = setUp();
  const { client, granted } = await asking(server, 1_000);
  assert.equal(granted, undefined);
  installation.domain({ sessionExpirySecondsMax: 100 });
  client.send(bytesOf("e0 [ 00 [ sessionExpiry 000003e8 ] ]"));
  await quiet();
  clock.advance(100 * SECOND_MS + 1);
  assert.equal((await asking(server, 0)).line, "connack 00");
});

Deno.test("mqtt expiry: MQTT 3.1.1 is granted what the domain allows, and the fact says it where that is less than the platform", async () => {
  const { clock, installation, server } = setUp();
  const connect = async () => {
    const client = new TestClient(server);
    const [answer] = await client.exchange(connectPacket("dev", { clean: false }));
    const expiry = toldExpiry(installation);
    client.stream.end();
    await quiet();
    return [answer, expiry];
  };
  assert.deepEqual(await connect(), ["connack 0", undefined]);
  installation.domain({ sessionExpirySecondsMax: 100 });
  assert.deepEqual(await connect(), ["connack 0 present", { grantedSeconds: 100 }]);
  clock.advance(100 * SECOND_MS + 1);
  assert.deepEqual(await connect(), ["connack 0", { grantedSeconds: 100 }]);
});
