import assert from "node:assert/strict";
import mqtt from "mqtt";
import { withFolder } from "../../e2e/program.ts";
import {
  type Influxd,
  type StallingProxy,
  startInfluxd,
  startStallingProxy,
} from "../../support/influxd/mod.ts";
import { Site } from "./site.ts";

/*
 * Devices publish all the time, each message with a number of its own, while influxd or the way to it
 * fails. Afterwards every number that was acknowledged is a point exactly once.
 */

/** Between two messages of one publisher, so that what is read back at the end stays small. */
const PAUSE_MS = 4;
const HTTP_PUBLISHERS = 2;
const MQTT_PUBLISHERS = 2;
/** Kills of influxd, at different moments; half of them as an operator would. */
const KILLS = 10;
/** What a round must have published to say anything. */
const ACKNOWLEDGED_MIN = 150;
/** Numbers that share a name, so that a reader's offset reaches all of one name. */
const NUMBERS_A_NAME = 5_000;
/** Longest time between two faults. */
const QUIET_MS_MAX = 1_500;

class Load {
  readonly acknowledged = new Set<number>();
  sent = 0;
  readonly #site: Site;
  #running = true;
  #publishers: readonly Promise<void>[] = [];

  constructor(site: Site) {
    this.#site = site;
  }

  begin(): void {
    this.#running = true;
    this.#publishers = [
      ...Array.from({ length: HTTP_PUBLISHERS }, () => this.#byHttp()),
      ...Array.from({ length: MQTT_PUBLISHERS }, () => this.#byMqtt()),
    ];
  }

  /** What it was not told about may be in the log or not. */
  async end(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#publishers);
  }

  #record(number: number): readonly unknown[] {
    // Every third one has the time of others: a clock that shows whole seconds.
    const record = { n: nameOf(number), v: number };
    return [number % 3 === 0 ? { ...record, t: 1.7e9 } : record];
  }

  async #byHttp(): Promise<void> {
    while (this.#running && this.#site.runs) {
      const number = this.sent++;
      if (await this.#site.publish(this.#record(number)).catch(() => false)) {
        this.acknowledged.add(number);
      }
      await pause(PAUSE_MS);
    }
  }

  async #byMqtt(): Promise<void> {
    const { platform, thing, channel } = this.#site;
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${platform.mqttPort}`, {
      username: thing.id,
      password: thing.key,
      reconnectPeriod: 0,
    });
    const gone = new Promise<void>((resolve) => client.once("close", resolve));
    client.on("error", () => {});
    while (this.#running && client.connected) {
      const number = this.sent++;
      const payload = JSON.stringify(this.#record(number));
      const topic = `channels/${channel}/messages`;
      const told = client.publishAsync(topic, payload, { qos: 1 }).then(() => {
        this.acknowledged.add(number);
      }, () => {});
      await Promise.race([told, gone]);
      await pause(PAUSE_MS);
    }
    client.end(true);
  }
}

function nameOf(number: number): string {
  return `count${Math.floor(number / NUMBERS_A_NAME)}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function underLoad(
  run: (at: {
    readonly influxd: Influxd;
    readonly proxy: StallingProxy;
    readonly site: Site;
    readonly load: Load;
  }) => Promise<void>,
): Promise<void> {
  const influxd = await startInfluxd();
  const proxy = startStallingProxy(influxd.port);
  await withFolder(async (folder) => {
    const site = new Site(influxd, folder);
    await site.start(proxy.port);
    try {
      await site.setUp();
      const load = new Load(site);
      load.begin();
      await run({ influxd, proxy, site, load });
      await site.eventually(() => Promise.resolve(load.acknowledged.size >= ACKNOWLEDGED_MIN));
      await load.end();
      await site.caughtUp();
      await everyOneOnce(site, load);
      assert.equal(await site.stop(), 0);
    } finally {
      await site.kill();
      proxy.close();
      await influxd.close();
    }
  });
}

async function everyOneOnce(site: Site, { acknowledged, sent }: Load): Promise<void> {
  const values: number[] = [];
  for (let number = 0; number < sent; number += NUMBERS_A_NAME) {
    values.push(...await site.values(nameOf(number)));
  }
  const seen = new Set(values);
  assert.equal(seen.size, values.length, "a message is two points");
  const lost = [...acknowledged].filter((number) => !seen.has(number));
  assert.deepEqual(lost, [], `of ${acknowledged.size} acknowledged`);
  assert.ok(values.every((value) => value < sent));
}

Deno.test("influxdb faults: influxd that is killed and stopped under load holds every acknowledged point once", async () => {
  await underLoad(async ({ influxd, site, load }) => {
    for (let round = 0; round < KILLS; round++) {
      await pause(Math.random() * QUIET_MS_MAX);
      await influxd.stop(round % 2 === 0 ? "SIGKILL" : "SIGINT");
      const before = load.acknowledged.size;
      // Nobody who publishes notices.
      await site.eventually(() => Promise.resolve(load.acknowledged.size > before + 20));
      assert.equal((await site.get("/ready")).status, 200);
      await influxd.start();
    }
  });
});

Deno.test("influxdb faults: a way to influxd that stands still stops nothing else, and is caught up with", async () => {
  await underLoad(async ({ proxy, site, load }) => {
    // The second is longer than a write may take: it is made again, perhaps after it came about.
    for (const stallMs of [3_000, 20_000]) {
      await pause(500);
      proxy.stall();
      const before = load.acknowledged.size;
      const created = await site.platform.post("/things/bulk", [{ name: "during a stall" }]);
      assert.ok(created);
      await pause(stallMs);
      assert.ok(load.acknowledged.size > before);
      const { body } = await site.get("/things?name=during%20a%20stall");
      assert.ok(body.total > 0, "the directory follows the log");
      proxy.flow();
      await site.caughtUp();
    }
  });
});

Deno.test("influxdb faults: a platform that is killed between write and checkpoint doubles nothing", async () => {
  await underLoad(async ({ proxy, site, load }) => {
    for (let round = 0; round < 5; round++) {
      await pause(Math.random() * QUIET_MS_MAX);
      const gone = load.end();
      await site.kill();
      await gone;
      await site.start(proxy.port);
      load.begin();
    }
  });
});

Deno.test("influxdb faults: a platform stops in time while the way to influxd stands still", async () => {
  await underLoad(async ({ proxy, site, load }) => {
    proxy.stall();
    await pause(1_000);
    await load.end();
    assert.equal(await site.stop(), 0);
    assert.ok(!site.log.includes("the stop took too long"));
    proxy.flow();
    await site.start(proxy.port);
    load.begin();
  });
});
