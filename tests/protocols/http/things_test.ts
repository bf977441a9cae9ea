import assert from "node:assert/strict";
import { newId } from "../../../actors/mod.ts";
import { assertProblem, openHouse, signedUp } from "./house.ts";

Deno.test("things by http: a thing is created, shown, changed and removed", async () => {
  const house = await openHouse();
  const made = await house.ask("POST", "/things", {
    body: { name: "station", key: "my-key", metadata: { city: "Seattle" }, tags: ["a"] },
  });
  assert.equal(made.status, 201);
  const { id } = made.body;
  assert.equal(made.headers.get("location"), `/things/${id}`);
  assert.match(made.headers.get("warning-deprecated") ?? "", /bulk/);
  assert.match(made.headers.get("millrace-position") ?? "", /^\d+$/);
  assert.equal(made.body.key, "my-key");
  assert.equal(made.body.credentials.secret, "my-key");
  const shown = await house.ask("GET", `/things/${id}`);
  assert.equal(shown.status, 200);
  assert.deepEqual(shown.body, made.body);
  const changed = await house.ask("PUT", `/things/${id}`, { body: { name: "renamed" } });
  assert.equal(changed.body.name, "renamed");
  assert.deepEqual(changed.body.metadata, { city: "Seattle" });
  const past = await house.ask(
    "GET",
    `/things/${id}?at=${made.headers.get("millrace-position")}`,
  );
  assert.equal(past.body.name, "station");
  assert.equal(
    (await house.ask("PATCH", `/things/${id}/tags`, { body: { tags: [] } })).status,
    200,
  );
  assert.equal((await house.ask("POST", `/things/${id}/disable`)).body.status, "disabled");
  assert.equal((await house.ask("POST", `/things/${id}/enable`)).body.status, "enabled");
  const rotated = await house.ask("PATCH", `/things/${id}/key`, { body: { key: "other-key" } });
  assert.equal(rotated.body.key, "other-key");
  assert.equal((await house.ask("POST", "/things", { body: { key: "my-key" } })).status, 201);
  assert.equal((await house.ask("DELETE", `/things/${id}`)).status, 204);
  assertProblem(await house.ask("GET", `/things/${id}`), 404);
  assertProblem(await house.ask("DELETE", `/things/${id}`), 404);
  assertProblem(await house.ask("POST", "/things", { body: { id } }), 409, "id");
  assert.equal((await house.ask("POST", "/things", { body: { key: "other-key" } })).status, 201);
  await house.close();
});

Deno.test("things by http: bad bodies are refused, naming what is wrong", async () => {
  const house = await openHouse();
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    house.ask("POST", "/things", { body, headers });
  assertProblem(await post('{"name": "x",}'), 400);
  assertProblem(await post("[".repeat(200_000)), 400);
  assertProblem(await post('{"name":"\\ud800"}'), 400);
  assertProblem(await post([]), 400);
  assertProblem(await post({}, { "content-type": "text/plain" }), 415, "Content-Type");
  assertProblem(await post({}, { "content-type": "application/x+json" }), 415, "Content-Type");
  assertProblem(await post({ name: "x".repeat(1_025) }), 400, "name");
  assertProblem(await post({ metadata: { text: "x".repeat(16 * 1_024) } }), 400, "metadata");
  assertProblem(await post({ metadata: [] }), 400, "metadata");
  const deep = `${'{"a":'.repeat(40)}1${"}".repeat(40)}`;
  assertProblem(await post(`{"metadata":${deep}}`), 400, "metadata");
  const veryDeep = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
  assertProblem(await post(`{"metadata":${veryDeep}}`), 400, "metadata");
  assertProblem(await post({ id: "not-a-uuid" }), 400, "id");
  assertProblem(await post({ key: "with space" }), 400, "key");
  assertProblem(await post({ metadata: { text: "x".repeat(1_100_000) } }), 413);
  const id = newId();
  assert.equal((await post({ id, key: "taken" })).status, 201);
  assertProblem(await post({ id }), 409, "id");
  assertProblem(await post({ key: "taken" }), 409);
  assertProblem(await house.ask("GET", "/things/not-a-uuid"), 400, "id");
  await house.close();
});

Deno.test("things by http: many are created at once, or none", async () => {
  const house = await openHouse();
  const bulk = (body: unknown) => house.ask("POST", "/things/bulk", { body });
  const key = "twice";
  const twice = await bulk([{ name: "a", key }, { name: "b" }, { key }]);
  assertProblem(twice, 409, "2.key");
  const id = newId();
  assertProblem(await bulk([{ id }, { id }]), 409, "1.id");
  assertProblem(await bulk([{}, { id: "x" }]), 400, "1.id");
  assertProblem(await bulk([]), 400);
  assert.equal((await house.ask("GET", "/things")).body.total, 0);
  const made = await bulk(Array.from({ length: 1_200 }, (_, index) => ({ name: `t${index}` })));
  assert.equal(made.status, 201);
  assert.equal(made.body.things.length, 1_200);
  assert.equal(made.body.things[1_199].name, "t1199");
  assert.equal((await house.ask("GET", "/things")).body.total, 1_200);
  await house.close();
});

Deno.test("things by http: lists are filtered, ordered and paged", async () => {
  const house = await openHouse();
  const names = ["delta", "alpha", "charlie", "bravo"];
  await house.ask("POST", "/things/bulk", {
    body: names.map((name) => ({ name, metadata: { first: name[0] }, tags: [`t-${name}`] })),
  });
  const list = (query: string) => house.ask("GET", `/things?${query}`);
  const page = (await list("order=name&limit=2")).body;
  assert.deepEqual(
    { ...page, things: page.things.map(({ name }: { name: string }) => name), next_cursor: "" },
    {
      total: 4,
      offset: 0,
      limit: 2,
      order: "name",
      direction: "asc",
      next_cursor: "",
      things: ["alpha", "bravo"],
    },
  );
  const rest = (await list(`order=name&limit=2&cursor=${page.next_cursor}`)).body;
  assert.deepEqual(rest.things.map(({ name }: { name: string }) => name), ["charlie", "delta"]);
  assert.equal((await list("dir=desc&order=name")).body.things[0].name, "delta");
  assert.equal((await list("name=LPH")).body.total, 1);
  assert.equal((await list(`metadata=${encodeURIComponent('{"first":"d"}')}`)).body.total, 1);
  assert.equal((await list("tag=t-bravo")).body.total, 1);
  assert.equal((await list("status=disabled")).body.total, 0);
  const found = await house.ask("POST", "/things/search", { body: { metadata: { first: "a" } } });
  assert.equal(found.body.total, 1);
  for (
    const [query, field] of [
      ["limit=0", "limit"],
      ["limit=101", "limit"],
      ["limit=ten", "limit"],
      ["offset=-1", "offset"],
      ["offset=10001", "offset"],
      ["order=size", "order"],
      ["dir=up", "dir"],
      ["status=gone", "status"],
      ["metadata=no", "metadata"],
      ["metadata=%7B%22a%5C%22%22:1%7D", "metadata"],
      ["owner_id=me", "owner_id"],
      ["at=yesterday", "at"],
      ["cursor=zzz", "cursor"],
    ]
  ) assertProblem(await list(query!), 400, field);
  assert.match((await list("limit=101")).body.detail, /limit '101'.*100/);
  await house.close();
});

Deno.test("things by http: others see what is shared with them, and the key only if they may write", async () => {
  const house = await openHouse();
  const owner = await signedUp(house, "owner@example.com");
  const other = await signedUp(house, "other@example.com");
  const { body: thing } = await house.ask("POST", "/things", { body: {}, token: owner.token });
  const path = `/things/${thing.id}`;
  assertProblem(await house.ask("GET", path, { token: other.token }), 403);
  assert.equal((await house.ask("GET", "/things", { token: other.token })).body.total, 0);
  const share = (policies: string[], token = owner.token) =>
    house.ask("POST", `${path}/share`, { body: { user_id: other.id, policies }, token });
  assert.equal((await share(["read"])).status, 200);
  const read = await house.ask("GET", path, { token: other.token });
  assert.equal(read.status, 200);
  assert.equal(read.body.key, undefined);
  assertProblem(await house.ask("PUT", path, { body: { name: "x" }, token: other.token }), 403);
  assert.equal((await share(["read", "write"])).status, 200);
  assert.equal((await house.ask("GET", path, { token: other.token })).body.key, thing.key);
  assertProblem(await share(["delete"], other.token), 403);
  const nobody = { user_id: newId(), policies: ["read"] };
  assertProblem(
    await house.ask("POST", `${path}/share`, { body: nobody, token: owner.token }),
    400,
    "user_id",
  );
  const body = { user_id: other.id };
  assert.equal(
    (await house.ask("POST", `${path}/unshare`, { body, token: owner.token })).status,
    204,
  );
  assertProblem(await house.ask("GET", path, { token: other.token }), 403);
  await house.close();
});

Deno.test("things by http: a repeat with the same Idempotency-Key answers as the first did", async () => {
  const house = await openHouse();
  const headers = { "idempotency-key": "once" };
  const first = await house.ask("POST", "/things", { body: { name: "a" }, headers });
  const second = await house.ask("POST", "/things", { body: { name: "a" }, headers });
  assert.equal(second.status, 201);
  assert.deepEqual(second.body, first.body);
  assert.equal((await house.ask("GET", "/things")).body.total, 1);
  const body = { id: newId(), key: "chosen" };
  const again = { "idempotency-key": "twice" };
  for (let time = 0; time < 2; time++) {
    const made = await house.ask("POST", "/things", { body, headers: again });
    assert.deepEqual([made.status, made.body.id, made.body.key], [201, body.id, "chosen"]);
  }
  assertProblem(await house.ask("POST", "/things", { body, headers }), 409);
  const remove = (key: string) =>
    house.ask("DELETE", `/things/${body.id}`, { headers: { "idempotency-key": key } });
  assert.deepEqual([(await remove("r")).status, (await remove("r")).status], [204, 204]);
  assertProblem(await remove("another"), 404);
  const long = { "idempotency-key": "x".repeat(256) };
  assertProblem(
    await house.ask("POST", "/things", { body: {}, headers: long }),
    400,
    "Idempotency-Key",
  );
  await house.close();
});
