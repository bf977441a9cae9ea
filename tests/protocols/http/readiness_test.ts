import assert from "node:assert/strict";
import { type EngineStatus, TransientError } from "../../../actors/mod.ts";
import { type HttpGround } from "../../../protocols/http/mod.ts";
import { ALL_ROUTES, type Answer, type House, openHouse } from "./house.ts";

const UP: EngineStatus = { engine: "jetstream", version: "2.12.1", state: "up" };

async function withEngines(
  engines: Partial<HttpGround["engines"]>,
  run: (ready: Answer, house: House) => Promise<void> | void,
): Promise<void> {
  const house = await openHouse({ groups: ALL_ROUTES, engines });
  try {
    await run(await house.ask("GET", "/ready", { token: null }), house);
  } finally {
    await house.close();
  }
}

Deno.test("readiness: names each engine with its version, state and lag, and what its settings lack", async () => {
  const warnings = ["sync_interval is 2m: an acknowledgement is not a flush to the disk"];
  const mailbox = () => Promise.resolve({ ...UP, lag: 7, warnings });
  await withEngines({ mailbox }, ({ status, body }) => {
    assert.deepEqual([status, body.ready, body.reason, body.version], [
      200,
      true,
      undefined,
      "0.0.0",
    ]);
    assert.deepEqual(Object.keys(body.engines), ["eventStore", "mailbox", "timeSeries"]);
    assert.deepEqual(body.engines.mailbox, { ...UP, lag: 7, warnings });
    const { version, ...eventStore } = body.engines.eventStore;
    assert.match(version, /^3\.\d+/);
    assert.deepEqual(eventStore, { engine: "sqlite", state: "up", lag: 0 });
    assert.equal(body.engines.timeSeries.engine, "sqlite");
    const { lag } = body.projections.find(({ name }: { name: string }) => name === "measurements");
    assert.equal(body.engines.timeSeries.lag, lag);
  });
});

for (const [port, words] of [["eventStore", "event store"], ["mailbox", "mailbox"]] as const) {
  Deno.test(`readiness: is not ready while the ${words} is away, and says which and why`, async () => {
    const away = { ...UP, state: "away", reason: "no answer from 10.0.0.7" } as const;
    await withEngines({ [port]: () => Promise.resolve(away) }, ({ status, body }) => {
      assert.deepEqual([status, body.ready], [503, false]);
      assert.equal(body.reason, `${words} 'jetstream' is away: no answer from 10.0.0.7`);
    });
  });
}

Deno.test("readiness: takes messages while the time series is away, and shows it", async () => {
  const timeSeries = () =>
    Promise.resolve({ engine: "influxdb", version: "", state: "away", reason: "refused" } as const);
  await withEngines({ timeSeries }, ({ status, body }) => {
    assert.deepEqual([status, body.ready, body.engines.timeSeries.state], [200, true, "away"]);
  });
});

Deno.test("readiness: an engine that cannot be asked is away, and no secret of its error is shown", async () => {
  const eventStore = () => Promise.reject(new TransientError("esdb://ann:hush-hush@db: closed"));
  await withEngines({ eventStore }, async ({ status, body }, house) => {
    assert.equal(status, 503);
    assert.deepEqual(body.engines.eventStore, {
      engine: "unknown",
      version: "",
      state: "away",
      reason: "esdb://[removed]@db: closed",
    });
    assert.equal((await house.ask("GET", "/health", { token: null })).status, 200);
  });
});
