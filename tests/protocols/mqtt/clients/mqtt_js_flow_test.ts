import assert from "node:assert/strict";
import mqtt from "mqtt";
import { CHANNEL_A, THING_1 } from "../installation.ts";
import { until } from "../programs.ts";
import { withServer } from "./scenario.ts";

const A = `channels/${CHANNEL_A}/messages`;

for (const qos of [0, 1, 2] as const) {
  Deno.test(`mqtt.js: exchanges 500 messages with itself at QoS ${qos}, in order`, async () => {
    await withServer(async (port) => {
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
        username: THING_1,
        password: "key-1",
        protocolVersion: 4,
        reconnectPeriod: 0,
      });
      const received: number[] = [];
      const topics = new Set<string>();
      client.on("message", (topic, payload) => {
        topics.add(topic);
        received.push(Number(payload.toString()));
      });
      const granted = await client.subscribeAsync("channels/+/messages/#", { qos });
      assert.deepEqual(granted.map(({ qos }) => qos), [qos]);
      const sent = Array.from({ length: 500 }, (_, index) => index);
      await Promise.all(sent.map((index) => client.publishAsync(`${A}/n`, `${index}`, { qos })));
      await until(() => received.length >= sent.length, "every message is back");
      assert.deepEqual(received, sent);
      assert.deepEqual([...topics], [`${A}/n`]);
      await client.unsubscribeAsync("channels/+/messages/#");
      await client.publishAsync(`${A}/n`, "unheard", { qos: 1 });
      assert.equal(received.length, sent.length);
      await client.endAsync();
    });
  });
}

Deno.test("mqtt.js: is closed when the thing is disabled", async () => {
  await withServer(async (port, { installation }) => {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
      username: "",
      password: "key-1",
      protocolVersion: 4,
      reconnectPeriod: 0,
    });
    const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
    installation.thing(THING_1, { status: "disabled" });
    await closed;
    await client.endAsync(true);
  });
});
