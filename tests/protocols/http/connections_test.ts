import assert from "node:assert/strict";
import { newId } from "../../../actors/mod.ts";
import { assertProblem, type House, openHouse, signedUp } from "./house.ts";

async function pair(house: House, token = house.adminToken) {
  const thing = await house.ask("POST", "/things", { body: {}, token });
  const channel = await house.ask("POST", "/channels", { body: { name: "c" }, token });
  assert.equal(channel.status, 201);
  return { thing: thing.body, channel: channel.body };
}

Deno.test("connections by http: every form of Mainflux connects and disconnects", async () => {
  const house = await openHouse();
  const { thing, channel } = await pair(house);
  const connected = () => house.ground.access.mayPublish(thing.id, channel.id);
  const batch = { channel_ids: [channel.id], thing_ids: [thing.id] };
  const clients = { channel_ids: [channel.id], client_ids: [thing.id], types: ["publish"] };
  const path = `/channels/${channel.id}/things/${thing.id}`;
  const steps: readonly [string, string, unknown, number, boolean][] = [
    ["POST", "/connect", batch, 200, true],
    ["PUT", "/disconnect", batch, 200, false],
    ["POST", "/connect", clients, 200, true],
    ["POST", "/disconnect", clients, 204, false],
    ["PUT", path, undefined, 200, true],
    ["DELETE", path, undefined, 204, false],
    ["POST", `${path}/connect`, undefined, 201, true],
    ["POST", `${path}/disconnect`, undefined, 204, false],
    ["POST", `${path}/disconnect`, undefined, 204, false],
  ];
  for (const [method, at, body, status, after] of steps) {
    const answer = await house.ask(method, at, { body });
    assert.equal(answer.status, status, `${method} ${at}: ${JSON.stringify(answer.body)}`);
    assert.match(answer.headers.get("millrace-position") ?? "", /^\d+$/);
    assert.equal(connected(), after, `${method} ${at}`);
  }
  await house.close();
});

Deno.test("connections by http: lists show who is connected and who is not", async () => {
  const house = await openHouse();
  const { thing, channel } = await pair(house);
  await pair(house);
  await house.ask("PUT", `/channels/${channel.id}/things/${thing.id}`);
  const list = async (path: string) => (await house.ask("GET", path)).body;
  assert.deepEqual((await list(`/things/${thing.id}/channels`)).channels, [channel]);
  assert.deepEqual((await list(`/channels/${channel.id}/things`)).things, [thing]);
  assert.equal((await list(`/things/${thing.id}/channels?connected=false`)).total, 1);
  assert.equal((await list(`/channels/${channel.id}/things?connected=false`)).total, 1);
  assertProblem(
    await house.ask("GET", `/things/${thing.id}/channels?connected=maybe`),
    400,
    "connected",
  );
  assertProblem(await house.ask("GET", `/things/${newId()}/channels`), 404);
  await house.close();
});

Deno.test("connections by http: nothing is connected unless both ends are there and entitled", async () => {
  const house = await openHouse();
  const { thing, channel } = await pair(house);
  const connect = (body: unknown, token = house.adminToken) =>
    house.ask("POST", "/connect", { body, token });
  const things = { thing_ids: [thing.id] };
  assertProblem(await connect({ ...things, channel_ids: [newId()] }), 404);
  assertProblem(await connect({ channel_ids: [channel.id], thing_ids: [newId()] }), 404);
  assertProblem(await connect({ ...things, channel_ids: [] }), 400, "channel_ids");
  assertProblem(await connect({ ...things, channel_ids: ["x"] }), 400, "channel_ids.0");
  assertProblem(
    await connect({ ...things, channel_ids: [channel.id], types: ["shout"] }),
    400,
    "types.0",
  );
  const many = Array.from({ length: 101 }, newId);
  assertProblem(await connect({ thing_ids: many, channel_ids: many }), 400);
  const user = await signedUp(house, "ada@example.com");
  const own = await pair(house, user.token);
  const foreign = { thing_ids: [own.thing.id], channel_ids: [channel.id] };
  assertProblem(await connect(foreign, user.token), 403);
  await house.ask("POST", `/channels/${channel.id}/share`, {
    body: { user_ids: [user.id], relation: "viewer" },
  });
  assertProblem(await connect(foreign, user.token), 403);
  assert.equal((await connect({ ...foreign, types: ["subscribe"] }, user.token)).status, 200);
  await house.close();
});

Deno.test("identify by http: a key tells its thing, and which channels it may use", async () => {
  const house = await openHouse();
  const { thing, channel } = await pair(house);
  const ask = (path: string, body: unknown) => house.ask("POST", path, { body, token: null });
  const access = `/identify/channels/${channel.id}`;
  assert.deepEqual((await ask("/identify", { token: thing.key })).body, { id: thing.id });
  assertProblem(await ask("/identify", { token: "unknown" }), 401);
  assertProblem(await ask(`${access}/access-by-key`, { token: thing.key }), 403);
  await house.ask("PUT", `/channels/${channel.id}/things/${thing.id}`);
  const allowed = await ask(`${access}/access-by-key`, { token: thing.key });
  assert.deepEqual([allowed.status, allowed.body], [200, { id: thing.id }]);
  assert.equal((await ask(`${access}/access-by-id`, { thing_id: thing.id })).status, 200);
  assertProblem(await ask(`${access}/access-by-id`, { thing_id: newId() }), 403);
  await house.ask("POST", `/things/${thing.id}/disable`);
  assertProblem(await ask(`${access}/access-by-key`, { token: thing.key }), 401);
  await house.close();
});

Deno.test("channels by http: a channel is created, shown, changed and removed, alone or many", async () => {
  const house = await openHouse();
  const { channel } = await pair(house);
  const child = await house.ask("POST", "/channels", { body: { parent_id: channel.id } });
  assert.equal(child.body.parent_id, channel.id);
  assert.equal(child.headers.get("location"), `/channels/${child.body.id}`);
  assertProblem(await house.ask("POST", "/channels", { body: { parent_id: newId() } }), 404);
  const path = `/channels/${child.body.id}`;
  assert.equal((await house.ask("PUT", path, { body: { name: "n" } })).body.name, "n");
  assert.equal((await house.ask("POST", `${path}/disable`)).body.status, "disabled");
  assert.equal((await house.ask("DELETE", path)).status, 204);
  assertProblem(await house.ask("GET", path), 404);
  assertProblem(await house.ask("POST", "/channels", { body: { id: child.body.id } }), 409, "id");
  const bulk = await house.ask("POST", "/channels/bulk", { body: [{ name: "a" }, { name: "b" }] });
  assert.equal(bulk.status, 201);
  assert.equal(bulk.body.channels[1].name, "b");
  assert.equal((await house.ask("GET", "/channels?name=b")).body.total, 1);
  await house.close();
});
