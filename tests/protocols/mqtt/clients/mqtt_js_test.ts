import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import mqtt from "mqtt";
import { THING_1 } from "../installation.ts";
import { PROPERTIES, toldMessage } from "./mqtt_js.ts";
import { converse, type LedClient, TOPIC, whatItSays, withServer } from "./scenario.ts";

type Version = 4 | 5;

/** A connection of mqtt.js, and what comes to it. */
class Client implements LedClient {
  readonly #version: Version;
  readonly #mqtt: mqtt.MqttClient;
  readonly #connected: Promise<boolean>;
  readonly #heard: string[] = [];
  #onHeard: () => void = () => {};

  constructor(version: Version, at: { port: number; clientId: string; clean: boolean }) {
    const { port, clientId, clean } = at;
    this.#version = version;
    this.#mqtt = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      username: THING_1,
      password: "key-1",
      protocolVersion: version,
      clientId,
      clean,
      reconnectPeriod: 0,
      ...(version === 5 && !clean ? { properties: { sessionExpiryInterval: 3600 } } : {}),
    });
    this.#connected = new Promise((resolve, reject) => {
      this.#mqtt.once("connect", ({ sessionPresent }) => resolve(sessionPresent));
      this.#mqtt.once("error", reject);
    });
    this.#mqtt.on("message", (_topic, _payload, packet) => {
      this.#heard.push(toldMessage(packet));
      this.#onHeard();
    });
  }

  connected(): Promise<boolean> {
    return this.#connected;
  }

  async subscribe(qos: 1 | 2): Promise<void> {
    await this.#connected;
    const granted = await this.#mqtt.subscribeAsync(TOPIC, { qos });
    assert.deepEqual(granted.map((each) => each.qos), [qos]);
  }

  async publish(qos: 0 | 1 | 2, payload: string): Promise<void> {
    await this.#connected;
    const properties = { ...PROPERTIES, correlationData: Buffer.from("c") };
    await this.#mqtt.publishAsync(TOPIC, payload, {
      qos,
      ...(this.#version === 5 ? { properties } : {}),
    });
  }

  async next(): Promise<string> {
    while (this.#heard.length === 0) await new Promise<void>((r) => this.#onHeard = r);
    return this.#heard.shift()!;
  }

  async end(): Promise<void> {
    await this.#mqtt.endAsync();
  }
}

for (const version of [4, 5] as const) {
  const spoken = version === 4 ? "3.1.1" : "5.0";
  Deno.test(`mqtt.js: MQTT ${spoken} at every QoS, and a durable session`, async () => {
    await withServer(async (port) => {
      const said = await converse((as) => Promise.resolve(new Client(version, { port, ...as })));
      assert.deepEqual(said, whatItSays(version));
    });
  });
}
