import assert from "node:assert/strict";
import mqtt from "mqtt";
import { freePort } from "../../bench/load.ts";
import { fleet, startPlatform } from "../../bench/platform.ts";
import { withConfigured } from "../e2e/nginx.ts";
import { withFolder } from "../e2e/program.ts";
import { Authority, withPems } from "../protocols/sockets/authority.ts";
import { fitted } from "./fitted.ts";

const authority = await Authority.make();
const front = await authority.issue({ subject: "CN=front", names: ["localhost", "127.0.0.1"] });

Deno.test("docker nginx: its configuration carries MQTT by TLS and WebSocket and HTTP, and tells the device's address", () =>
  withFolder((folder) =>
    withPems({ cert: front.cert, key: front.key, ca: authority.cert }, async (path) => {
      const platform = await startPlatform(folder, { flags: ["--proxy-from", "127.0.0.1"] });
      try {
        const { things: [thing], channelIds: [channelId] } = await fleet(platform, {
          things: 1,
          channels: 1,
        });
        const ports = { 443: freePort(), 8883: freePort(), 1883: freePort() };
        const configured = await fitted("nginx.conf", {
          places: {
            "/etc/nginx/certs/fullchain.pem": path("cert"),
            "/etc/nginx/certs/privkey.pem": path("key"),
            "millrace:1883": `127.0.0.1:${platform.mqttPort}`,
            "millrace:8080": new URL(platform.http).host,
          },
          ports,
        });
        const options = {
          username: thing!.id,
          password: thing!.key,
          ca: authority.cert,
          protocolVersion: 5,
          reconnectPeriod: 0,
        } as const;
        const topic = `channels/${channelId}/messages/t`;
        await withConfigured(configured, async () => {
          const subscriber = await mqtt.connectAsync(`wss://127.0.0.1:${ports[443]}/mqtt`, options);
          const heard = new Promise<string>((resolve) =>
            subscriber.on("message", (_, payload) => resolve(String(payload)))
          );
          await subscriber.subscribeAsync(topic, { qos: 1 });
          const publisher = await mqtt.connectAsync(`mqtts://127.0.0.1:${ports[8883]}`, options);
          await publisher.publishAsync(topic, "through nginx", { qos: 1 });
          assert.equal(await heard, "through nginx");
          const plain = await mqtt.connectAsync(`mqtt://127.0.0.1:${ports[1883]}`, options);
          await plain.endAsync();
          const client = Deno.createHttpClient({ caCerts: [authority.cert] });
          const health = await fetch(`https://127.0.0.1:${ports[443]}/health`, { client });
          assert.equal(health.status, 200);
          await health.body?.cancel();
          client.close();
          await Promise.all([subscriber.endAsync(), publisher.endAsync()]);
        });
      } finally {
        assert.equal(await platform.stop(), 0);
      }
    })
  ));
