import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import mqtt from "mqtt";
import { THING_1 } from "../installation.ts";
import { ScramClient } from "../admission/scram_client.ts";
import { METHOD } from "../scram_peer.ts";
import { TOPIC, withServer } from "./scenario.ts";

/** A connection of mqtt.js that proves a key; the reason code where it is refused. */
function connected(
  port: number,
  scram: ScramClient,
): Promise<{ readonly client: mqtt.MqttClient; readonly answer: string }> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: 5,
    clientId: "device",
    reconnectPeriod: 0,
    manualConnect: true,
    properties: {
      authenticationMethod: METHOD,
      authenticationData: Buffer.from(scram.first),
    },
  });
  client.handleAuth = ({ properties }, callback) => {
    const authenticationData = Buffer.from(scram.final(`${properties?.authenticationData}`));
    callback(undefined, {
      cmd: "auth",
      reasonCode: 0x18,
      properties: { authenticationMethod: METHOD, authenticationData },
    });
  };
  return new Promise((resolve, reject) => {
    client.once("connect", ({ properties }) => {
      resolve({ client, answer: `${properties?.authenticationData}` });
    });
    client.once("error", (error) => client.end(true, () => reject(error)));
    client.connect();
  });
}

Deno.test("mqtt.js: proves the key of its thing by SCRAM-SHA-256, and hears that the server knows it", () =>
  withServer(async (port) => {
    const scram = new ScramClient(THING_1, "key-1");
    const { client, answer } = await connected(port, scram);
    assert.equal(answer, scram.expected);
    const heard = new Promise((resolve) => client.once("message", (_, said) => resolve(`${said}`)));
    await client.subscribeAsync(TOPIC, { qos: 1 });
    await client.publishAsync(TOPIC, "proven", { qos: 1 });
    assert.equal(await heard, "proven");
    await client.endAsync();
  }));

Deno.test("mqtt.js: hears that the proof of a wrong key is not taken", () =>
  withServer(async (port) => {
    const scram = new ScramClient(THING_1, "key-2");
    await assert.rejects(connected(port, scram), { code: 0x87 });
  }));
