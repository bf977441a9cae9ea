import assert from "node:assert/strict";
import { fleet, startPlatform } from "../../bench/platform.ts";
import { run } from "../protocols/mqtt/programs.ts";
import { Authority, withPems } from "../protocols/sockets/authority.ts";
import { programEnded, withFolder } from "./program.ts";

const authority = await Authority.make();
const server = await authority.issue({ subject: "CN=server", names: ["127.0.0.1"] });
const device = await authority.issue({ subject: "CN=a device" });
const PEMS = {
  cert: server.cert,
  key: server.key,
  ca: authority.cert,
  deviceCert: device.cert,
  deviceKey: device.key,
};

const on = (folder: string) => ["--data", folder, "--http-port", "0", "--mqtt-port", "0"];

Deno.test("start: opens MQTTS and HTTPS with a certificate, and a bound certificate publishes through them", async () => {
  await withFolder((folder) =>
    withPems(PEMS, async (path) => {
      const tls = ["--tls-cert", path("cert"), "--tls-key", path("key")];
      const ports = ["--mqtts-port", "0", "--https-port", "0"];
      const platform = await startPlatform(folder, {
        flags: [...tls, ...ports, "--tls-client-ca", path("ca")],
      });
      const ready = JSON.parse(await Deno.readTextFile(`${folder}/ready.json`));
      assert.match(ready.mqtts, /^mqtts:\/\/127\.0\.0\.1:\d+$/);
      assert.match(ready.https, /^https:\/\/127\.0\.0\.1:\d+$/);
      const { things: [thing], channelIds: [channelId] } = await fleet(platform, {
        things: 1,
        channels: 1,
      });
      await platform.post(`/things/${thing!.id}/certificates`, {
        fingerprint: device.fingerprint,
      });
      const { code, said } = await run("mosquitto_pub", {
        port: Number(new URL(ready.mqtts).port),
      }, [
        ...["--cafile", path("ca"), "--cert", path("deviceCert"), "--key", path("deviceKey")],
        ...["-q", "1", "-t", `channels/${channelId}/messages`, "-m", '[{"n":"t","v":21}]'],
      ]);
      assert.equal(code, 0, said);
      const client = Deno.createHttpClient({ caCerts: [authority.cert] });
      const raw = await fetch(`${ready.https}/channels/${channelId}/messages/raw`, {
        headers: { authorization: `Bearer ${platform.token}` },
        client,
      });
      const { messages } = await raw.json();
      assert.equal(messages.length, 1);
      assert.equal(messages[0].publisher, thing!.id);
      client.close();
      assert.equal(await platform.stop(), 0);
    })
  );
});

Deno.test("start: without a certificate the ports of TLS stay closed and are not named", async () => {
  await withFolder(async (folder) => {
    const platform = await startPlatform(folder);
    const ready = JSON.parse(await Deno.readTextFile(`${folder}/ready.json`));
    assert.deepEqual(Object.keys(ready).sort(), ["http", "mqtt", "pid"]);
    await platform.stop();
  });
});

Deno.test("start: names a certificate that cannot be used, and a port of TLS that is taken", async () => {
  await withPems(PEMS, async (path) => {
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const port = String(taken.addr.port);
    const tls = ["--tls-cert", path("cert"), "--tls-key", path("key")];
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [["--tls-cert", path("cert"), "--tls-key", path("deviceKey")], 64, /--tls-key '.*deviceKey/],
      [["--tls-cert", path("cert")], 64, /1 of --tls-cert and 0 of --tls-key/],
      [[...tls, "--mqtts-port", port], 75, /the port is taken, choose another --mqtts-port/],
      [
        [...tls, "--mqtts-port", "0", "--https-port", port],
        75,
        /the port is taken, choose another --https-port/,
      ],
    ];
    for (const [flags, exit, said] of cases) {
      await withFolder(async (folder) => {
        const { code, error } = await programEnded([...on(folder), ...flags]);
        assert.equal(code, exit, error);
        assert.match(error, said);
      });
    }
    taken.close();
  });
});
