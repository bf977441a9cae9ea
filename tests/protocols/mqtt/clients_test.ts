import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import mqtt from "mqtt";
import { systemClock } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, CHANNEL_B, DOMAIN, Installation, THING_1, THING_2 } from "./installation.ts";
import { run, start, until } from "./programs.ts";

const A = `channels/${CHANNEL_A}/messages`;

async function withServer(
  test: (server: MqttServer, installation: Installation) => Promise<void>,
): Promise<void> {
  const installation = new Installation(systemClock);
  const server = new MqttServer(installation.ground);
  server.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    await test(server, installation);
  } finally {
    await server.close({ timeoutMs: 2_000 });
  }
}

function hasSubscribed(installation: Installation): () => boolean {
  return () => installation.events.some(({ type }) => type === "SessionSubscribed");
}

const AS_1 = ["-u", THING_1, "-P", "key-1"];
const AS_2 = ["-u", THING_2, "-P", "key-2"];

for (const qos of ["0", "1", "2"]) {
  Deno.test(`mosquitto clients: exchange messages at QoS ${qos}`, async () => {
    await withServer(async (server, installation) => {
      const subscriber = start("mosquitto_sub", server.address, [
        ...AS_1,
        ...["-t", `m/${DOMAIN}/c/${CHANNEL_A}/#`, "-q", qos, "-v", "-C", "3"],
      ]);
      const output = subscriber.output();
      await until(hasSubscribed(installation), "mosquitto_sub has subscribed");
      for (const line of ["one", "two", "three"]) {
        const topic = ["-t", `${A}/count`, "-q", qos, "-m", line];
        const { code, said } = await run("mosquitto_pub", server.address, [...AS_2, ...topic]);
        assert.equal(code, 0, said);
      }
      const { stdout } = await output;
      const topic = `m/${DOMAIN}/c/${CHANNEL_A}/count`;
      assert.equal(
        Buffer.from(stdout).toString(),
        `${topic} one\n${topic} two\n${topic} three\n`,
      );
    });
  });
}

Deno.test("mosquitto clients: hear why they are refused", async () => {
  await withServer(async (server, installation) => {
    const message = ["-t", A, "-m", "x"];
    const wrong = await run("mosquitto_pub", server.address, [
      "-u",
      THING_1,
      "-P",
      "no",
      ...message,
    ]);
    assert.equal(wrong.code, 4);
    assert.match(wrong.said, /bad user name or password/);
    installation.thing(THING_1, { status: "disabled" });
    const disabled = await run("mosquitto_pub", server.address, [...AS_1, ...message]);
    assert.equal(disabled.code, 5);
    assert.match(disabled.said, /not authorised/);
    const subscription = ["-t", `channels/${CHANNEL_B}/messages`, "-E"];
    const refused = await run("mosquitto_sub", server.address, [...AS_2, ...subscription]);
    assert.match(refused.said, /All subscription requests were denied/);
  });
});

Deno.test("mosquitto clients: receive retained messages and wills", async () => {
  await withServer(async (server, installation) => {
    const retained = ["-t", `${A}/state`, "-r", "-q", "1", "-m", "on"];
    await run("mosquitto_pub", server.address, [...AS_1, ...retained]);
    const now = await run("mosquitto_sub", server.address, [
      ...AS_2,
      ...["-t", `${A}/#`, "-C", "1", "-F", "%r %q %t %p", "-q", "1"],
    ]);
    assert.equal(now.said, `1 1 ${A}/state on\n`);
    const before = installation.events.length;
    const dying = start("mosquitto_sub", server.address, [
      ...AS_1,
      ...["-t", "#", "--will-topic", `${A}/gone`, "--will-payload", "bye"],
    ]);
    const dead = dying.output();
    await until(() => installation.events.length >= before + 2, "the dying client has subscribed");
    const watching = start("mosquitto_sub", server.address, [
      ...AS_2,
      ...["-t", `${A}/gone`, "-C", "1"],
    ]);
    const watched = watching.output();
    await until(() => installation.events.length >= before + 4, "the other has subscribed");
    dying.kill("SIGKILL");
    await dead;
    assert.equal(Buffer.from((await watched).stdout).toString(), "bye\n");
  });
});

for (const qos of [0, 1, 2] as const) {
  Deno.test(`mqtt.js: exchanges 500 messages with itself at QoS ${qos}, in order`, async () => {
    await withServer(async (server) => {
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${server.address.port}`, {
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
  await withServer(async (server, installation) => {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${server.address.port}`, {
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
