import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import mqttPacket from "mqtt-packet";
import type { Browser } from "playwright-core";
import { RealLog } from "../real_log.ts";
import { until } from "../programs.ts";
import { connectPacket, subscribePacket, told } from "../test_client.ts";
import { identity, withWebSocketPorts } from "../web_socket_ports.ts";
import { type Site, startBrowser, withSite } from "./browser.ts";
import { PageClient } from "./page_client.ts";
import { PageSocket } from "./page_socket.ts";
import { converse, TOPIC, whatItSays } from "./scenario.ts";

let browser: Browser | undefined;

Deno.test.beforeAll(async () => {
  browser = await startBrowser(identity);
});

Deno.test.afterAll(() => browser?.close());

interface Served extends Site {
  readonly log: RealLog;
  /** `/mqtt` of the HTTP port, and of the HTTPS port. */
  readonly ws: string;
  readonly wss: string;
}

async function withBrowser(
  test: (it: Served) => Promise<void>,
  { asksForCertificates = false }: { readonly asksForCertificates?: boolean } = {},
): Promise<void> {
  const log = await RealLog.open();
  try {
    await withWebSocketPorts(
      log.server,
      ({ port, httpsPort }) =>
        withSite(browser!, (site) =>
          test({
            ...site,
            log,
            ws: `ws://127.0.0.1:${port}/mqtt`,
            wss: `wss://127.0.0.1:${httpsPort}/mqtt`,
          })),
      { asksForCertificates },
    );
  } finally {
    await log.close();
  }
}

const VERSIONS = [[4, "3.1.1"], [5, "5.0"]] as const;
const TRANSPORTS = { ws: "websocket", wss: "websocket over tls" } as const;

for (const [version, spoken] of VERSIONS) {
  for (const scheme of ["ws", "wss"] as const) {
    Deno.test(`browser: mqtt.js over ${scheme}, MQTT ${spoken} at every QoS, and a durable session`, () =>
      withBrowser(async ({ open, log, ...urls }) => {
        const page = await open();
        const url = urls[scheme];
        const said = await converse((as) => PageClient.connect(page, { url, version, ...as }));
        assert.deepEqual(said, whatItSays(version));
        const [fact] = log.installation.events;
        assert.ok(fact?.type === "SessionConnected");
        assert.equal(fact.data.transport, TRANSPORTS[scheme]);
      }));
  }

  Deno.test(`browser: mqtt.js, MQTT ${spoken}, gets what another tab has retained, and what it says then`, () =>
    withBrowser(async ({ open, ws: url }) => {
      const publisher = await PageClient.connect(await open(), { url, version });
      await publisher.publish(1, "kept", { retain: true });
      const subscriber = await PageClient.connect(await open(), { url, version });
      await subscriber.subscribe(2);
      const kept = await subscriber.nextMessage();
      assert.deepEqual([kept.payload, kept.qos, kept.retain], ["kept", 1, true]);
      const long = "€".repeat(70_000);
      await publisher.publish(2, long, { retain: true });
      const live = await subscriber.nextMessage();
      assert.deepEqual([live.payload === long, live.qos, live.retain], [true, 2, false]);
      await publisher.end();
      await subscriber.end();
    }));

  Deno.test(`browser: a CONNECT in two frames is whole, and one with a SUBSCRIBE in its frame is two, MQTT ${spoken}`, () =>
    withBrowser(async ({ open, ws: url }) => {
      const page = await open();
      const options = { protocolVersion: version };
      const connect = mqttPacket.generate(connectPacket("raw", options), options);
      const subscribe = mqttPacket.generate(subscribePacket(7, { [TOPIC]: 1 }), options);
      const split = await PageSocket.open(page, { url, protocols: ["mqtt"] });
      await split.send(connect.subarray(0, 5));
      await split.send(connect.subarray(5));
      assert.equal((await split.packets(1, version))[0]?.cmd, "connack");
      await split.close();
      const joined = await PageSocket.open(page, { url, protocols: ["mqtt"] });
      await joined.send(Buffer.concat([connect, subscribe]));
      const [connack, suback] = await joined.packets(2, version);
      assert.equal(connack?.cmd, "connack");
      assert.ok(suback?.cmd === "suback");
      assert.deepEqual([suback.messageId, suback.granted], [7, [1]]);
      await joined.close();
    }));
}

// [MQTT-6.0.0-3] [MQTT5-6.0.0-3] [MQTT-6.0.0-4] [MQTT5-6.0.0-4]
Deno.test("browser: a WebSocket opens with a subprotocol of MQTT, and fails with any other", () =>
  withBrowser(async ({ open, ws: url }) => {
    const page = await open();
    const chosen = async (...protocols: string[]) => {
      const socket = await PageSocket.open(page, { url, protocols });
      const name = await socket.protocol();
      await socket.close();
      return [name, (await socket.closed()).wasClean];
    };
    assert.deepEqual(await chosen("mqtt"), ["mqtt", true]);
    assert.deepEqual(await chosen("mqttv3.1"), ["mqttv3.1", true]);
    assert.deepEqual(await chosen("chat", "mqtt"), ["mqtt", true]);
    assert.deepEqual(await chosen("chat"), ["", false]);
    assert.deepEqual(await chosen(), ["", false]);
  }));

// [MQTT-6.0.0-1] [MQTT5-6.0.0-1]
Deno.test("browser: a page hears why its text frame has ended the connection", () =>
  withBrowser(async ({ open, ws: url }) => {
    const socket = await PageSocket.open(await open(), { url, protocols: ["mqtt"] });
    await socket.send(mqttPacket.generate(connectPacket("raw")));
    assert.deepEqual(told(await socket.packets(1)), ["connack 0"]);
    await socket.send("hello");
    assert.deepEqual(await socket.closed(), {
      code: 4003,
      reason: "Cannot take a text frame: MQTT is carried in binary frames",
      wasClean: true,
    });
  }));

Deno.test("browser: where the HTTPS port asks for certificates, one without may open a WebSocket once it was there", () =>
  withBrowser(async ({ open, wss: url }) => {
    const page = await open();
    // Chromium asks nobody which certificate to show for a WebSocket: it must know already.
    const visited = await open();
    await visited.goto(url.replace("wss:", "https:"));
    const client = await PageClient.connect(page, { url, version: 5 });
    await client.subscribe(1);
    await client.publish(1, "without");
    assert.equal((await client.nextMessage()).payload, "without");
    await client.end();
  }, { asksForCertificates: true }));

Deno.test("browser: a tab that is closed leaves its will", () =>
  withBrowser(async ({ open, log, ws: url }) => {
    const watcher = await PageClient.connect(await open(), { url, version: 5 });
    await watcher.subscribe(1);
    const tab = await open();
    const will = { topic: TOPIC, payload: "gone", qos: 1, retain: false } as const;
    await PageClient.connect(tab, { url, version: 4, will });
    await tab.close();
    assert.equal((await watcher.nextMessage()).payload, "gone");
    const ended = () => log.installation.events.find(({ type }) => type === "SessionEnded");
    await until(() => ended() !== undefined, "the session has ended");
    await watcher.end();
  }));
