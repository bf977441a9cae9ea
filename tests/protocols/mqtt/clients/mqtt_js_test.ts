import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import mqtt from "mqtt";
import { THING_1 } from "../installation.ts";
import { TOPIC, whatItSays, withServer } from "./scenario.ts";

type Version = 4 | 5;

/** A connection of mqtt.js, and what comes to it. */
class Client {
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
    this.#mqtt.on("message", (_topic, payload, packet) => {
      this.#heard.push(`${packet.qos} ${payload}${propertiesOf(packet)}`);
      this.#onHeard();
    });
  }

  /** Whether there was a session. */
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
    const properties = {
      contentType: "text/plain",
      responseTopic: "answers",
      correlationData: Buffer.from("c"),
      userProperties: { k: "v" },
    };
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

function propertiesOf({ properties }: mqtt.IPublishPacket): string {
  if (properties === undefined) return "";
  const { contentType, responseTopic, correlationData, userProperties } = properties;
  const user = Object.entries(userProperties ?? {}).map(([name, value]) => `${name}:${value}`);
  return ` type=${contentType} response=${responseTopic} correlation=${correlationData} user=${user}`;
}

async function converse(version: Version, port: number): Promise<readonly string[]> {
  const said: string[] = [];
  const client = new Client(version, { port, clientId: "exchange", clean: true });
  await client.subscribe(2);
  for (const [qos, payload] of ["zero", "one", "two"].entries()) {
    await client.publish(qos as 0 | 1 | 2, payload);
    said.push(await client.next());
  }
  await client.end();
  const durable = { port, clientId: "durable", clean: false };
  const first = new Client(version, durable);
  said.push(`present ${await first.connected()}`);
  await first.subscribe(1);
  await first.end();
  const other = new Client(version, { port, clientId: "other", clean: true });
  await other.publish(1, "missed");
  await other.end();
  const again = new Client(version, durable);
  said.push(`present ${await again.connected()}`, await again.next());
  await again.end();
  return said;
}

for (const version of [4, 5] as const) {
  const spoken = version === 4 ? "3.1.1" : "5.0";
  Deno.test(`mqtt.js: MQTT ${spoken} at every QoS, and a durable session`, async () => {
    await withServer(async (port) => {
      assert.deepEqual(await converse(version, port), whatItSays(version));
    });
  });
}
