import assert from "node:assert/strict";
import { ManualClock } from "../../../actors/mod.ts";
import { CHANNEL_B } from "./installation.ts";
import { back, hears, KEPT } from "./kept_clients.ts";
import { withLog } from "./real_log.ts";
import { connectPacket, publishPacket, quiet, TestClient } from "./test_client.ts";

const B = `channels/${CHANNEL_B}/messages`;

Deno.test("mqtt durable: a CONNECT whose session cannot be stored is told to come back", async () => {
  const clock = new ManualClock();
  await withLog(async (log) => {
    log.refuseAppends = true;
    const client = new TestClient(log.server);
    client.send(connectPacket("dev", KEPT));
    await quiet();
    clock.advance(10_000);
    await quiet();
    assert.deepEqual(await client.heard(), ["connack 3"]);
    assert.equal(client.isClosed, true);
    log.refuseAppends = false;
    clock.advance(1_000);
    const again = new TestClient(log.server);
    again.send(connectPacket("dev", KEPT));
    assert.deepEqual(await hears(again, 1), ["connack 0"]);
  }, { clock });
});

// [MQTT-4.3.3-2] [MQTT-4.4.0-1]
Deno.test("mqtt durable: a client that is back before its session was stored waits for that", async () => {
  const clock = new ManualClock();
  await withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev", KEPT);
    client.send(publishPacket(B, "once", { qos: 2, id: 77 }));
    assert.deepEqual(await hears(client, 1), ["pubrec #77"]);
    log.refuseAppends = true;
    client.stream.end();
    await quiet();
    log.refuseAppends = false;
    const again = back(log, "dev");
    assert.deepEqual(await again.heard(), []);
    clock.advance(1_000);
    assert.deepEqual(await hears(again, 1), ["connack 0 present"]);
    again.send(publishPacket(B, "once", { qos: 2, id: 77, dup: true }));
    assert.deepEqual(await hears(again, 1), ["pubrec #77"]);
    await log.settled();
    const streamPrefixes = [`messages-${CHANNEL_B}-`];
    const { events } = await log.store.readAll({ after: 0, limit: 100, streamPrefixes });
    assert.equal(events.length, 1);
  }, { clock });
});

Deno.test("mqtt durable: a client whose last connection cannot be stored is told to come back", async () => {
  const clock = new ManualClock();
  await withLog(async (log) => {
    const client = await TestClient.connected(log.server, "dev", KEPT);
    log.refuseAppends = true;
    client.stream.end();
    await quiet();
    const again = back(log, "dev");
    assert.deepEqual(await again.heard(), []);
    clock.advance(10_000);
    assert.deepEqual(await hears(again, 1), ["connack 3"]);
    log.refuseAppends = false;
    clock.advance(1_000);
    assert.deepEqual(await hears(back(log, "dev"), 1), ["connack 0 present"]);
  }, { clock });
});
