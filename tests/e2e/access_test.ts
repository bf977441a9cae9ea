import assert from "node:assert/strict";
import mqtt from "mqtt";
import { inScene, KEY, type Scene } from "../protocols/http/scene.ts";

/** mqtt.js over a real socket, as the thing of the scene. */
async function dial(
  { house, thingId }: Scene,
  options: { readonly protocolVersion: 4 | 5; readonly clientId: string },
): Promise<mqtt.MqttClient> {
  return await mqtt.connectAsync(`mqtt://127.0.0.1:${house.mqtt.address.port}`, {
    username: thingId,
    password: KEY,
    reconnectPeriod: 0,
    ...options,
  });
}

/** Resolves when the server has closed the connection, with the code of its DISCONNECT if it sent one. */
function closed(client: mqtt.MqttClient): Promise<number | undefined> {
  let code: number | undefined;
  client.on("disconnect", (packet) => code = packet.reasonCode);
  return new Promise((resolve) => client.once("close", () => resolve(code)));
}

function listening(test: (scene: Scene) => Promise<void>): Promise<void> {
  return inScene(async (scene) => {
    scene.house.mqtt.listen({ hostname: "127.0.0.1", port: 0 });
    await test(scene);
  });
}

async function change(
  { house, thingId }: Scene,
  { method, path, body }: {
    readonly method: string;
    readonly path: string;
    readonly body?: unknown;
  },
): Promise<void> {
  const asked = body === undefined ? {} : { body };
  const { status } = await house.ask(method, `/things/${thingId}${path}`, asked);
  assert.ok(status === 200 || status === 204, String(status));
}

for (
  const [name, asked, reason] of [
    [
      "its key is changed",
      { method: "PATCH", path: "/key", body: { key: "another-key" } },
      "the key of the thing was changed",
    ],
    [
      "it is disabled",
      { method: "POST", path: "/disable", body: {} },
      "the thing was disabled",
    ],
    ["it is removed", { method: "DELETE", path: "" }, "the thing was removed"],
  ] as const
) {
  Deno.test(`access over the wire: connections of a thing end with 0x87 when ${name} by HTTP`, () =>
    listening(async (scene) => {
      const of5 = await dial(scene, { protocolVersion: 5, clientId: "five" });
      const of4 = await dial(scene, { protocolVersion: 4, clientId: "four" });
      const ends = Promise.all([closed(of5), closed(of4)]);
      await change(scene, asked);
      // MQTT 3.1.1 has no DISCONNECT of a server.
      assert.deepEqual(await ends, [0x87, undefined]);
      const { sessions } = await scene.box();
      const told = sessions.map(({ end }: { end: Record<string, string> }) =>
        `${end["code"]} ${end["by"]}: ${end["reason"]}`
      );
      assert.deepEqual(told, [`0x87 server: ${reason}`, `0x87 server: ${reason}`]);
    }));
}

for (const protocolVersion of [4, 5] as const) {
  Deno.test(`access over the wire: a subscription goes with the connection to its channel, in MQTT version ${protocolVersion}`, () =>
    listening(async (scene) => {
      const { house, thingId, channelId, topic, box } = scene;
      const { body: other } = await house.ask("POST", "/channels", { body: {} });
      const kept = `channels/${other.id}/messages`;
      const pair = (id: string) => ({ thing_ids: [thingId], channel_ids: [id] });
      await house.ask("POST", "/connect", { body: pair(other.id) });
      const { body: peer } = await house.ask("POST", "/things", { body: {} });
      await house.ask("POST", "/connect", {
        body: { thing_ids: [peer.id], channel_ids: [channelId] },
      });
      const client = await dial(scene, { protocolVersion, clientId: "dev" });
      const heard: string[] = [];
      client.on("message", (on, payload) => heard.push(`${on} ${payload}`));
      await client.subscribeAsync([topic, kept, "$millrace/session"], { qos: 1 });
      await client.publishAsync(topic, "before", { qos: 1 });
      const gone = await house.ask("PUT", "/disconnect", { body: pair(channelId) });
      assert.equal(gone.status, 200);
      const sent = await house.ask("POST", `/channels/${channelId}/messages`, {
        token: null,
        headers: { authorization: `Thing ${peer.key}` },
        body: { for: "those who are still connected" },
      });
      assert.equal(sent.status, 202);
      // On the way behind everything before it, so nothing more comes once this is there.
      const last = new Promise<void>((resolve) =>
        client.on("message", (on) => on === kept && resolve())
      );
      await client.publishAsync(kept, "the connection goes on", { qos: 1 });
      await last;
      assert.equal(heard[0], `${topic} before`);
      assert.match(heard[1]!, /^\$millrace\/session \{"event":"unsubscribed"/);
      assert.ok(heard[1]!.includes(topic));
      assert.deepEqual(heard.slice(2), [`${kept} the connection goes on`]);
      const { subscriptions } = await box(`/${(await box()).sessions[0].n}`);
      const ended = subscriptions.filter((each: { to?: string }) => each.to !== undefined);
      assert.deepEqual(
        ended.map((each: Record<string, string>) => [each["filter"], each["ended_because"]]),
        [[topic, "the right to read it was taken away"]],
      );
      await client.endAsync();
    }));
}
