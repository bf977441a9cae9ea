import assert from "node:assert/strict";
import fc from "fast-check";
import { HttpCounters } from "../../../protocols/http/mod.ts";
import { REQUEST_SERIES_MAX } from "../../../protocols/http/limits.ts";
import { openStation } from "./messages.ts";

/** Requests by method, route and status. */
function requestsOf(counters: HttpCounters): ReadonlyMap<string, number> {
  return new Map(
    [...counters.requests()].flatMap(({ method, route, byStatus }) =>
      [...byStatus].map(([status, count]) => [`${method} ${route} ${status}`, count] as const)
    ),
  );
}

Deno.test("http counters: requests are told apart by the pattern of their route, whatever paths are asked for", async () => {
  const station = await openStation();
  const { counters } = station.ground;
  const before = requestsOf(counters);
  const ask = (method: string, path: string) => station.ask(method, path, { token: null });
  for (let i = 0; i < 20; i++) await ask("GET", `/things/${crypto.randomUUID()}`);
  for (let i = 0; i < 20; i++) await ask("GET", `/${crypto.randomUUID()}/${i}`);
  assert.equal((await station.publish([{ n: "a", v: 1 }])).status, 202);
  assert.equal((await station.publish([{ n: "a", v: 1 }], { subtopic: "x/y" })).status, 202);
  await ask("DELETE", "/health");
  await ask("BREW", "/health");
  const after = [...requestsOf(counters)].map(([name, count]) =>
    [name, count - (before.get(name) ?? 0)] as const
  ).filter(([, count]) => count > 0);
  assert.deepEqual(Object.fromEntries(after), {
    "GET /things/:id 401": 20,
    "GET none 404": 20,
    "POST /channels/:channelId/messages 202": 1,
    "POST /channels/:channelId/messages/* 202": 1,
    "DELETE none 405": 1,
    "other none 405": 1,
  });
  assert.equal(counters.refusals().get("not_authenticated"), 20);
  assert.equal(counters.refusals().get("not_found"), 20);
  await station.close();
});

Deno.test("http counters: no client can make more series than there are routes", async () => {
  const station = await openStation();
  const { app, ground: { counters } } = station;
  const routes = new Set(app.routes.map(({ path }) => path)).size;
  const method = fc.oneof(
    fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"),
    fc.stringMatching(/^[A-Z]{3,12}$/).filter((word) => !/^(CONNECT|TRACE|TRACK)$/.test(word)),
  );
  await fc.assert(
    fc.asyncProperty(method, fc.webPath(), async (method, path) => {
      const response = await app.request(`http://a${path || "/"}`, { method });
      await response.body?.cancel();
    }),
    { numRuns: 1_000 },
  );
  const series = [...counters.requests()];
  assert.ok(series.length <= 8 * (routes + 1), `${series.length} series`);
  const shown = new Set(app.routes.map(({ path }) => path)).add("none");
  assert.deepEqual(series.filter(({ route }) => !shown.has(route)), []);
  await station.close();
});

Deno.test("http counters: where more routes are registered than are counted apart, the last share a series", () => {
  const counters = new HttpCounters();
  const answered = { status: 200, seconds: 0.001 };
  for (let i = 0; i < 2 * REQUEST_SERIES_MAX; i++) {
    counters.request({ method: "GET", route: `/${i}` }, answered);
  }
  counters.request({ method: "GET", route: "/0" }, answered);
  const series = [...counters.requests()];
  assert.equal(series.length, REQUEST_SERIES_MAX + 1);
  assert.equal(series.at(-1)!.route, "other");
  assert.equal(series.at(-1)!.duration.count, REQUEST_SERIES_MAX);
  assert.equal(series[0]!.duration.count, 2);
});

Deno.test("http counters: a stream counts as open until it has ended, and why it did", async () => {
  const station = await openStation();
  const { streams } = station.ground.counters;
  const path = `/channels/${station.channelId}/messages/live`;
  const headers = { authorization: `Thing ${station.thing.key}` };
  const response = await station.app.request(path, { headers });
  const reader = response.body!.getReader();
  await reader.read();
  assert.deepEqual([streams.open, streams.opened, streams.duration.count], [1, 1, 0]);
  await station.publish([{ n: "a", v: 1 }]);
  await reader.read();
  assert.equal(streams.messages, 1);
  await reader.cancel();
  assert.deepEqual([streams.open, streams.opened, streams.duration.count], [0, 1, 1]);
  assert.deepEqual(streams.ended, { client: 1, overflow: 0, access: 0 });
  await station.close();
});
