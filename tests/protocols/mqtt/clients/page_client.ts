import assert from "node:assert/strict";
import type { Buffer } from "node:buffer";
import type mqttOfPage from "mqtt";
import type { JSHandle, Page } from "playwright-core";
import { THING_1 } from "../installation.ts";
import { type Heard, PROPERTIES, toldMessage } from "./mqtt_js.ts";
import { type LedClient, TOPIC } from "./scenario.ts";

/** What the script of the page gives; only what runs in the page may use it. */
declare const mqtt: typeof mqttOfPage;

/** Of the options of mqtt.js those that are used here: all of them can be sent to a page. */
type Options =
  & Pick<
    mqttOfPage.IClientOptions,
    "username" | "password" | "protocolVersion" | "reconnectPeriod" | "clientId" | "clean"
  >
  & { readonly properties?: { readonly sessionExpiryInterval: number }; readonly will?: Will };

interface Will {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

type Message = Heard & { readonly payload: string; readonly retain: boolean };

interface Spoken {
  readonly client: mqttOfPage.MqttClient;
  readonly heard: Message[];
  present: boolean;
  onHeard: () => void;
}

/**
 * A connection of mqtt.js in a page, led from here. The functions that are handed to the page are
 * sent there as text: they see nothing but what is given to them.
 */
export class PageClient implements LedClient {
  readonly #version: 4 | 5;
  readonly #spoken: JSHandle<Spoken>;

  private constructor(version: 4 | 5, spoken: JSHandle<Spoken>) {
    this.#version = version;
    this.#spoken = spoken;
  }

  static async connect(
    page: Page,
    { url, version, ...options }: Options & { readonly url: string; readonly version: 4 | 5 },
  ): Promise<PageClient> {
    const expires = version === 5 && options.clean === false;
    const all: Options = {
      username: THING_1,
      password: "key-1",
      protocolVersion: version,
      reconnectPeriod: 0,
      ...(expires ? { properties: { sessionExpiryInterval: 3600 } } : {}),
      ...options,
    };
    return new PageClient(version, await page.evaluateHandle(connectInPage, { url, options: all }));
  }

  connected(): Promise<boolean> {
    return this.#spoken.evaluate(({ present }) => present);
  }

  async subscribe(qos: 1 | 2): Promise<void> {
    const granted = await this.#spoken.evaluate(async ({ client }, { topic, qos }) => {
      const answers = await client.subscribeAsync(topic, { qos });
      return answers.map((each) => each.qos);
    }, { topic: TOPIC, qos });
    assert.deepEqual(granted, [qos]);
  }

  async publish(
    qos: 0 | 1 | 2,
    payload: string,
    { retain = false }: { readonly retain?: boolean } = {},
  ): Promise<void> {
    const properties = this.#version === 5 ? PROPERTIES : undefined;
    await this.#spoken.evaluate(async ({ client }, { topic, payload, properties, ...options }) => {
      const correlationData = new TextEncoder().encode("c") as Buffer;
      await client.publishAsync(topic, payload, {
        ...options,
        ...(properties === undefined ? {} : { properties: { ...properties, correlationData } }),
      });
    }, { topic: TOPIC, payload, properties, qos, retain });
  }

  async next(): Promise<string> {
    return toldMessage(await this.nextMessage());
  }

  nextMessage(): Promise<Message> {
    return this.#spoken.evaluate(async (spoken) => {
      while (spoken.heard.length === 0) await new Promise<void>((r) => spoken.onHeard = r);
      return spoken.heard.shift()!;
    });
  }

  async end(): Promise<void> {
    await this.#spoken.evaluate(({ client }) => client.endAsync());
  }
}

/** In the page. */
function connectInPage(
  { url, options }: { readonly url: string; readonly options: Options },
): Promise<Spoken> {
  const client = mqtt.connect(url, options);
  const spoken: Spoken = { client, heard: [], present: false, onHeard: () => {} };
  client.on("message", (_topic, payload, { qos, retain, properties }) => {
    const correlationData = `${properties?.correlationData}`;
    spoken.heard.push({
      qos,
      retain,
      payload: `${payload}`,
      ...(properties === undefined ? {} : { properties: { ...properties, correlationData } }),
    });
    spoken.onHeard();
  });
  return new Promise((resolve, reject) => {
    client.once("connect", ({ sessionPresent }) => {
      spoken.present = sessionPresent;
      resolve(spoken);
    });
    client.once("error", reject);
    client.once("close", () => reject("the connection was closed"));
  });
}
