import assert from "node:assert/strict";
import { ManualClock, newId } from "../../../actors/mod.ts";
import { type HttpGround, platformMetrics, watchLoopLag } from "../../../protocols/http/mod.ts";
import { ALL_ROUTES, assertProblem, openHouse, signedUp } from "./house.ts";
import { openStation } from "./messages.ts";

const NAMES = [
  "access",
  "directory",
  "durable_sessions",
  "history",
  "measurements",
  "presence",
  "retained",
];

Deno.test("operations: health says that the process lives, in Mainflux's words", async () => {
  const house = await openHouse({ groups: ALL_ROUTES });
  const { status, headers, body } = await house.ask("GET", "/health", { token: null });
  assert.equal(status, 200);
  assert.equal(headers.get("content-type"), "application/health+json");
  assert.deepEqual(Object.keys(body), ["status", "version", "commit", "description", "build_time"]);
  assert.equal(body.status, "pass");
  assert.equal(body.version, "0.0.0");
  await house.close();
});

Deno.test("operations: ready shows every projection and how far it is", async () => {
  const house = await openHouse({ groups: ALL_ROUTES });
  const made = await house.ask("POST", "/things", { body: {} });
  const position = Number(made.headers.get("millrace-position"));
  await house.ground.readModels.waitFor(position, { projections: NAMES, timeoutMs: 5_000 });
  const { status, body } = await house.ask("GET", "/ready", { token: null });
  assert.equal(status, 200);
  assert.equal(body.ready, true);
  assert.equal(body.reason, undefined);
  const shown = body.projections as { name: string; checkpoint: number; state: string }[];
  assert.deepEqual(shown.map(({ name }) => name).sort(), NAMES);
  for (const { name, checkpoint, state } of shown) {
    assert.equal(checkpoint, position, name);
    assert.equal(state, "live", name);
  }
  await house.close();
});

Deno.test("operations: is not ready while starting or stopping, and says why", async () => {
  let stopping = false;
  const house = await openHouse({
    groups: ALL_ROUTES,
    ready: () => stopping ? { ready: false, reason: "the platform stops" } : { ready: true },
  });
  assert.equal((await house.ask("GET", "/ready")).status, 200);
  stopping = true;
  const { status, body } = await house.ask("GET", "/ready");
  assert.deepEqual([status, body.ready, body.reason], [503, false, "the platform stops"]);
  assert.equal((await house.ask("GET", "/health")).status, 200);
  await house.close();
});

Deno.test("operations: is not ready while a projection is red, names it, and goes on otherwise", async () => {
  const clock = new ManualClock(Date.now());
  const station = await openStation({ clock });
  await station.store.append(`messages-${station.channelId}-2026-01-01`, [{
    id: newId(),
    type: "MessagesPublished",
    data: new Uint8Array([1, 2, 3]),
    metadata: {
      schemaVersion: 1,
      domainId: station.ground.domainId,
      principal: { kind: "system", id: "ingress" },
      edge: "system",
      remoteAddress: "local",
      causationId: newId(),
      correlationId: newId(),
      messageCount: 1,
    },
  }], { expectedRevision: "any" });
  let ready = await station.ask("GET", "/ready", { token: null });
  for (let tries = 0; ready.status === 200 && tries < 1_000; tries++) {
    clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 0));
    ready = await station.ask("GET", "/ready", { token: null });
  }
  assert.equal(ready.status, 503);
  assert.equal(ready.body.ready, false);
  assert.match(ready.body.reason, /measurements/);
  const red = ready.body.projections.filter(({ state }: { state: string }) => state === "red");
  assert.deepEqual(red.map(({ name }: { name: string }) => name), ["measurements"]);
  assert.ok(red[0].lag > 0);
  assert.equal((await station.ask("PUT", `/things/${station.thing.id}`, { body: {} })).status, 200);
  assert.equal((await station.publish([{ n: "a", v: 1 }])).status, 202);
  await station.close();
});

Deno.test("operations: metrics are Prometheus text, with every projection and what others count", async () => {
  let metrics: HttpGround["metrics"] = () => Promise.resolve("");
  const house = await openHouse({ groups: ALL_ROUTES, metrics: () => metrics() });
  let messages = 41;
  const clock = new ManualClock();
  metrics = platformMetrics({
    readModels: house.ground.readModels,
    engines: house.ground.engines,
    version: "1.2.3",
    loopLag: watchLoopLag(clock),
    counts: () => ({ ingress_messages_total: ++messages, mqtt_connections: 3 }),
  });
  clock.advance(60);
  const { status, headers, body } = await house.ask("GET", "/metrics", { token: null });
  assert.equal(status, 200);
  assert.match(headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  const lines = String(body).split("\n");
  const sample = (name: string) => lines.find((line) => line.startsWith(`${name} `));
  assert.equal(sample("millrace_ingress_messages_total"), "millrace_ingress_messages_total 42");
  assert.equal(sample("millrace_mqtt_connections"), "millrace_mqtt_connections 3");
  for (const name of NAMES) {
    assert.match(sample(`millrace_projection_lag_positions{projection="${name}"}`) ?? "", / \d+$/);
    assert.match(sample(`millrace_projection_red{projection="${name}"}`) ?? "", / 0$/);
  }
  assert.ok(sample("process_resident_memory_bytes"));
  assert.equal(
    sample("millrace_event_loop_lag_seconds_count"),
    "millrace_event_loop_lag_seconds_count 3",
  );
  assert.ok(!lines.some((line) => line.includes("nodejs_eventloop_lag")), "they see no stall");
  for (const line of lines.filter((each) => each !== "" && !each.startsWith("#"))) {
    assert.match(line, /^[a-z_:][\w:]*(\{.*\})? (NaN|[+-]?(Inf|[\d.]+(e[+-]?\d+)?))$/i);
  }
  const again = String((await house.ask("GET", "/metrics")).body);
  assert.ok(again.includes("millrace_ingress_messages_total 43\n"), "asked for anew each time");
  await house.close();
});

Deno.test("operations: projections are shown to administrators alone", async () => {
  const house = await openHouse({ groups: ALL_ROUTES });
  const ada = await signedUp(house, "ada@example.com");
  assertProblem(await house.ask("GET", "/projections", { token: null }), 401);
  assertProblem(await house.ask("GET", "/projections", { token: ada.token }), 403);
  const { status, body } = await house.ask("GET", "/projections");
  assert.equal(status, 200);
  for (const projection of body.projections) {
    assert.deepEqual(
      ["name", "version", "checkpoint", "lag", "state"].filter((member) =>
        projection[member] === undefined
      ),
      [],
      JSON.stringify(projection),
    );
  }
  await house.close();
});

Deno.test("operations: the description and the reference list every route there is", async () => {
  const house = await openHouse({ groups: ALL_ROUTES });
  const { body: document } = await house.ask("GET", "/openapi.json", { token: null });
  assert.equal(document.openapi, "3.1.0");
  const described = Object.entries(document.paths as Record<string, object>).flatMap(
    ([path, methods]) => Object.keys(methods).map((method) => ({ method, path })),
  );
  // Names of parameters differ between registration and description where nothing depends on them.
  const nameless = (path: string) => path.replace(/:\w+|\{\w+\}/g, "{}");
  const known = new Set(described.map(({ method, path }) => `${method} ${nameless(path)}`));
  const registered = house.app.routes.filter(({ method, path }) =>
    method !== "ALL" && path !== "/openapi.json"
  );
  assert.ok(registered.length > 60);
  for (const { method, path } of registered) {
    // Messages are posted under two addresses and with any subtopic: described once.
    const asDescribed = path.replace(/^\/http/, "").replace(/\*$/, ":subtopic");
    const name = `${method.toLowerCase()} ${nameless(asDescribed)}`;
    assert.ok(known.has(name), `${name} is not described`);
  }
  const { status, headers, body: page } = await house.ask("GET", "/docs", { token: null });
  assert.equal(status, 200);
  assert.match(headers.get("content-type") ?? "", /^text\/html/);
  assert.match(page, /^\s*<!doctype html>/i);
  const text = String(page);
  for (const { path } of described) assert.ok(text.includes(path), `${path} is not shown`);
  assert.ok(
    !/<script|https?:\/\/(?!127\.0\.0\.1|localhost)/.test(text),
    "needs nothing from elsewhere",
  );
  await house.close();
});

Deno.test("operations: every described route has a summary, its parameters and its answers", async () => {
  const house = await openHouse({ groups: ALL_ROUTES });
  const { body: document } = await house.ask("GET", "/openapi.json", { token: null });
  for (const [path, methods] of Object.entries(document.paths as Record<string, object>)) {
    for (const [method, operation] of Object.entries(methods)) {
      const name = `${method} ${path}`;
      assert.ok(operation.summary?.length > 5, `${name} has no summary`);
      assert.ok(Object.keys(operation.responses).length > 0, `${name} has no answer`);
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      const described = (operation.parameters ?? [])
        .filter((parameter: { in: string }) => parameter.in === "path")
        .map((parameter: { name: string }) => parameter.name);
      assert.deepEqual(described, wanted, name);
    }
  }
  const { parameters } = document.paths["/things"].get;
  const limit = parameters.find(({ name }: { name: string }) => name === "limit");
  assert.deepEqual(
    [limit.schema.type, limit.schema.minimum, limit.schema.maximum],
    ["integer", 1, 100],
  );
  await house.close();
});
