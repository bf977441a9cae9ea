import assert from "node:assert/strict";
import { EngineUnreachable, ManualClock, silentLogger } from "../../../actors/mod.ts";
import { serveHttp } from "../../../protocols/http/mod.ts";
import { assertProblem, openHouse } from "./house.ts";
import { whileTimePasses } from "./messages.ts";

Deno.test("http app: unknown routes and methods are told apart", async () => {
  const house = await openHouse();
  assertProblem(await house.ask("GET", "/nothing"), 404);
  const wrong = await house.ask("DELETE", "/things");
  assertProblem(wrong, 405);
  assert.equal(wrong.headers.get("allow"), "GET, POST");
  await house.close();
});

Deno.test("http app: a request's id is echoed and stands in its events", async () => {
  const house = await openHouse();
  const headers = { "x-request-id": "order-42" };
  const made = await house.ask("POST", "/things", { body: {}, headers });
  assert.equal(made.headers.get("x-request-id"), "order-42");
  const [event] = await house.ground.events.readStream(`thing-${made.body.id}`, { limit: 1 });
  assert.equal(event?.metadata.correlationId, "order-42");
  assert.equal(event?.metadata.edge, "http");
  const other = await house.ask("GET", "/things", { headers: { "x-request-id": "no spaces" } });
  assert.match(other.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
  await house.close();
});

Deno.test("http app: a read waits for the position that it names, but not for ever", async () => {
  const clock = new ManualClock(Date.now());
  const house = await openHouse({ clock });
  const made = await house.ask("POST", "/things", { body: {} });
  const position = made.headers.get("millrace-position")!;
  const reading = (wanted: string) =>
    house.ask("GET", `/things/${made.body.id}`, { headers: { "millrace-wait-for": wanted } });
  assert.equal((await reading(position)).status, 200);
  assertProblem(await reading("soon"), 400, "Millrace-Wait-For");
  const late = await whileTimePasses(clock, reading("999999"));
  assertProblem(late, 503);
  assert.equal(late.headers.get("retry-after"), "1");
  await house.close();
});

Deno.test("http app: documents every route as OpenAPI 3.1", async () => {
  const house = await openHouse();
  const { body } = await house.ask("GET", "/openapi.json", { token: null });
  assert.equal(body.openapi, "3.1.0");
  const documented = new Set(
    Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`)
    ),
  );
  for (const { method, path } of house.app.routes) {
    if (method === "ALL" || path === "/openapi.json") continue;
    const name = `${method} ${path.replace(/:(\w+)/g, "{$1}")}`;
    assert.ok(documented.has(name), `${name} is not documented`);
  }
  await house.close();
});

Deno.test("http server: serves over a socket, bounds chunked bodies, and names a taken port", async () => {
  const house = await openHouse();
  const options = { hostname: "127.0.0.1", logger: silentLogger };
  const server = serveHttp(house.app, { ...options, port: 0 });
  const authorization = `Bearer ${house.adminToken}`;
  const headers = { authorization, "content-type": "application/json" };
  const made = await fetch(`${server.url}/things`, { method: "POST", headers, body: "{}" });
  assert.equal(made.status, 201);
  const { id } = await made.json();
  const [event] = await house.ground.events.readStream(`thing-${id}`, { limit: 1 });
  assert.match(event?.metadata.remoteAddress ?? "", /^127\.0\.0\.1:\d+$/);
  const chunk = new TextEncoder().encode(" ".repeat(300_000));
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (sent++ < 5) controller.enqueue(chunk);
      else controller.close();
    },
  });
  const large = await fetch(`${server.url}/things`, { method: "POST", headers, body });
  assert.equal(large.status, 413);
  assert.match((await large.json()).detail, /1048576/);
  const port = Number(new URL(server.url).port);
  assert.throws(
    () => serveHttp(house.app, { ...options, port }),
    (error) => error instanceof EngineUnreachable && error.message.includes(String(port)),
  );
  await server.close(1_000);
  await house.close();
});

Deno.test("http server: closes in time although a stream goes on", async () => {
  const endless = () =>
    new Response(new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(1)) }), {
      headers: { "content-type": "text/event-stream" },
    });
  const house = await openHouse({ groups: [(app) => void app.get("/endless", endless)] });
  const server = serveHttp(house.app, { hostname: "127.0.0.1", port: 0, logger: silentLogger });
  const stream = await fetch(`${server.url}/endless`);
  const reader = stream.body!.getReader();
  await reader.read();
  const startedMs = performance.now();
  await server.close(100);
  assert.ok(performance.now() - startedMs < 1_000);
  await assert.rejects(reader.read());
  await house.close();
});
