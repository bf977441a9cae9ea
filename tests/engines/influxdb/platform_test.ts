import assert from "node:assert/strict";
import mqtt from "mqtt";
import { withFolder } from "../../e2e/program.ts";
import { startInfluxd } from "../../support/influxd/mod.ts";
import { Authority } from "../../protocols/sockets/authority.ts";
import { Site } from "./site.ts";

const influxd = await startInfluxd();
Deno.test.afterAll(() => influxd.close());

async function publishByMqtt({ platform, thing, channel }: Site, records: unknown): Promise<void> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${platform.mqttPort}`, {
    username: thing.id,
    password: thing.key,
  });
  await client.publishAsync(
    `channels/${channel}/messages/floor/2`,
    JSON.stringify(records),
    { qos: 1 },
  );
  await client.endAsync();
}

async function onSite(run: (site: Site) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const site = new Site(influxd, folder);
    await site.start();
    try {
      await site.setUp();
      await run(site);
    } finally {
      await site.kill();
    }
  });
}

Deno.test("influxdb: what devices publish by MQTT and HTTP is read back from there, over a restart", async () => {
  await onSite(async (site) => {
    await publishByMqtt(site, [{ bn: "boiler:", bt: 1.7e9, n: "temperature", u: "Cel", v: 61.5 }]);
    assert.ok(
      await site.publish([{ n: "open", bt: 1.7e9 + 60, vb: true }, { n: "label", vs: "ü\n" }]),
    );
    assert.ok(await site.publish({ level: 3 }, "application/json"));
    await site.caughtUp();
    const read = async () => [
      (await site.messages("?dir=asc")).body.messages,
      (await site.messages("?format=json")).body.messages,
      (await site.messages("?aggregation=max&interval=1h&name=boiler:temperature")).body.messages,
      (await site.get(`/channels/${site.channel}/messages/last`)).body.messages,
    ];
    const [messages, documents, aggregates, last] = await read();
    const row = { channel: site.channel, publisher: site.thing.id };
    assert.deepEqual(messages, [
      {
        ...row,
        subtopic: "floor.2",
        protocol: "mqtt",
        name: "boiler:temperature",
        unit: "Cel",
        time: 1.7e9,
        value: 61.5,
      },
      { ...row, protocol: "http", name: "open", time: 1.7e9 + 60, bool_value: true },
      { ...row, protocol: "http", name: "label", time: 1.7e9 + 60, string_value: "ü\n" },
    ]);
    assert.deepEqual(documents[0].payload, { level: 3 });
    assert.deepEqual(aggregates.map(({ value }: { value: number }) => value), [61.5]);
    assert.equal(last.length, 3);
    const held = await influxd.call("GET", "/api/v2/buckets?name=measurements") as {
      buckets: unknown[];
    };
    assert.equal(held.buckets.length, 1);
    assert.equal(await site.stop(), 0);
    await site.start();
    await site.caughtUp();
    assert.deepEqual(await read(), [messages, documents, aggregates, last]);
  });
});

Deno.test("influxdb: the platform names the engine, its version and its state, and never the token", async () => {
  await onSite(async (site) => {
    await site.publish([{ n: "a", v: 1 }]);
    await site.caughtUp();
    const { lag: _, ...told } = await site.engine();
    assert.deepEqual(told, { ready: 200, engine: "influxdb", version: "v2.7.12", state: "up" });
    await site.eventually(async () => (await site.engine())["lag"] === 0);
    const { body: metrics } = await site.get("/metrics");
    assert.match(
      metrics,
      /millrace_engine_up\{port="time_series",engine="influxdb",version="v2.7.12"\} 1/,
    );
    const { body: readiness } = await site.get("/ready");
    const commandLine = await Deno.readTextFile(`/proc/${site.platform.pid}/cmdline`);
    for (const shown of [site.log, metrics, JSON.stringify(readiness), commandLine]) {
      assert.ok(!shown.includes(influxd.token));
    }
    assert.match(site.log, /time series in influxdb/);
  });
});

Deno.test("influxdb: a platform starts and works without it, says so, and fills it when it is there", async () => {
  await withFolder(async (folder) => {
    await influxd.stop("SIGINT");
    const site = new Site(influxd, folder);
    await site.start();
    try {
      await site.setUp();
      for (let v = 0; v < 20; v++) assert.ok(await site.publish([{ n: "count", v }]));
      // Who may do what, and what there is, follow the log as ever.
      const { body: things } = await site.get("/things");
      assert.equal(things.total, 1);
      await site.eventually(async () => (await site.engine())["state"] === "away");
      const { ready, reason, lag } = await site.engine();
      assert.equal(ready, 200);
      assert.match(String(reason), /InfluxDB at '127\.0\.0\.1:\d+': it cannot be reached/);
      assert.ok(Number(lag) > 0);
      const { body: metrics } = await site.get("/metrics");
      assert.match(metrics, /millrace_engine_up\{port="time_series",.*\} 0/);
      assert.match(metrics, /millrace_projection_waiting\{projection="measurements"\} 1/);
      assert.match(metrics, /millrace_projection_red\{projection="measurements"\} 0/);
      const { status, body } = await site.messages();
      assert.equal(status, 503);
      assert.match(body.error, /cannot be reached/);
      await influxd.start();
      await site.caughtUp();
      assert.deepEqual(await site.values(), Array.from({ length: 20 }, (_, v) => v));
      assert.equal(await site.stop(), 0);
    } finally {
      await site.kill();
    }
  });
});

Deno.test("influxdb: over TLS, which a certificate of an unknown authority does not pass", async () => {
  const authority = await Authority.make();
  const identity = await authority.issue({ subject: "CN=influxd", names: ["127.0.0.1"] });
  const secure = await startInfluxd({ tls: { ...identity, authority: authority.cert } });
  await withFolder(async (folder) => {
    const site = new Site(secure, folder);
    try {
      await site.start();
      await site.setUp();
      assert.ok(await site.publish([{ n: "a", v: 1 }]));
      await site.eventually(async () =>
        /certificate/.test(String((await site.engine())["reason"]))
      );
      assert.equal(await site.stop(), 0);
      const trusted = `${folder}/authority.pem`;
      await Deno.writeTextFile(trusted, authority.cert);
      await site.start(secure.port, { env: { DENO_CERT: trusted } });
      await site.caughtUp();
      assert.deepEqual(await site.values(), [1]);
    } finally {
      await site.kill();
      await secure.close();
    }
  });
});
