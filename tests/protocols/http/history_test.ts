import assert from "node:assert/strict";
import { AppendingJournal, newId } from "../../../actors/mod.ts";
import { ADMIN, ALL_ROUTES, assertProblem, type House, openHouse, signedUp } from "./house.ts";

const MEMBERS = [
  "at",
  "causationId",
  "changes",
  "correlationId",
  "data",
  "hash",
  "id",
  "position",
  "principal",
  "revision",
  "stream",
  "type",
  "via",
];

interface Line {
  readonly type: string;
  readonly position: number;
  readonly at: string;
  readonly data: unknown;
  readonly changes: unknown;
}
interface Page {
  readonly events: readonly Line[];
  readonly total: number;
  readonly nextCursor?: string;
}

/** Reads a history once it has everything that was written. */
async function historyOf(
  house: House,
  path: string,
  { query = "", token = house.adminToken }: { query?: string; token?: string } = {},
): Promise<Page> {
  const answer = await askHistory(house, path, { query, token });
  assert.equal(answer.status, 200, `${path}?${query}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

async function askHistory(
  house: House,
  path: string,
  { query = "", token }: { query?: string; token: string | null },
) {
  const headers = { "millrace-wait-for": String(await house.ground.events.lastPosition()) };
  return await house.ask("GET", `${path}/history?${query}`, { token, headers });
}

const typesOf = ({ events }: Page) => events.map(({ type }) => type);

/** A thing of Ada, which the admin changed, and a channel that it was connected to. */
async function openWorkshop() {
  const house = await openHouse({ groups: ALL_ROUTES });
  const ada = await signedUp(house, "ada@example.com");
  const asAda = { token: ada.token };
  const { body: thing } = await house.ask("POST", "/things", {
    ...asAda,
    body: { name: "pump", key: "a-secret-key", metadata: { key: "shown", deep: { hash: "too" } } },
    headers: { "x-request-id": "order-1" },
  });
  const { body: channel } = await house.ask("POST", "/channels", {
    ...asAda,
    body: { name: "cellar" },
  });
  await house.ask("PUT", `/things/${thing.id}`, { body: { name: "boiler" } });
  await house.ask("PUT", `/channels/${channel.id}/things/${thing.id}`, asAda);
  await house.ask("PATCH", `/things/${thing.id}/key`, {
    ...asAda,
    body: { key: "another-secret" },
  });
  const path = `/things/${thing.id}`;
  return {
    ...house,
    ada,
    thing: { id: thing.id as string },
    channelId: channel.id as string,
    path,
  };
}

/** As an edge records it when it closes the connection of a thing that was removed. */
async function endedSession(house: House, thingId: string): Promise<void> {
  const { store, ground } = house;
  const journal = new AppendingJournal({ ...ground, store });
  journal.record({
    thingId,
    sessionId: newId(),
    principal: { kind: "thing", id: thingId },
    edge: "mqtt",
    remoteAddress: "10.0.0.1:1",
  }, {
    type: "SessionEnded",
    data: {
      domainId: ground.domainId,
      sessionId: newId(),
      clientId: "pump",
      reason: "the thing was removed",
      clean: false,
      messagesReceived: 0,
      messagesSent: 0,
      messagesDropped: 0,
    },
  });
  await journal.flush();
}

Deno.test("history: tells newest first what happened, by whom, from where, why and what it changed", async () => {
  const shop = await openWorkshop();
  const page = await historyOf(shop, shop.path);
  assert.deepEqual(typesOf(page), [
    "ThingKeyChanged",
    "ThingConnected",
    "ThingUpdated",
    "ThingCreated",
  ]);
  assert.equal(page.total, 4);
  assert.equal(page.nextCursor, undefined);
  for (const line of page.events) assert.deepEqual(Object.keys(line).sort(), MEMBERS, line.type);
  const [, , updated, created] = page.events.map((line): Record<string, unknown> => ({ ...line }));
  assert.equal(created!["revision"], 0);
  assert.equal(created!["correlationId"], "order-1");
  assert.deepEqual(created!["principal"], {
    kind: "user",
    id: shop.ada.id,
    name: "ada@example.com",
  });
  assert.deepEqual(created!["via"], { edge: "http", address: "local" });
  assert.match(String(created!["hash"]), /^[0-9a-f]{64}$/);
  assert.match(String(created!["causationId"]), /^[0-9a-f-]{36}$/);
  assert.match(String(created!["at"]), /^\d{4}-.*Z$/);
  assert.equal((updated!["principal"] as { name: string }).name, ADMIN.email);
  assert.deepEqual(updated!["data"], { name: "boiler" });
  assert.deepEqual(updated!["changes"], [{ op: "replace", path: "/name", value: "boiler" }]);
  const positions = page.events.map(({ position }) => position);
  assert.deepEqual(positions, positions.toSorted((a, b) => b - a));
  await shop.close();
});

Deno.test("history: no secret is shown, neither in data nor in changes, but what people said is", async () => {
  const shop = await openWorkshop();
  await shop.ask("PATCH", "/users/secret", {
    body: { old_secret: "a long password", new_secret: "another password" },
    token: shop.ada.token,
  });
  await shop.ask("POST", "/keys", { body: { label: "program" } });
  const users = (await shop.ask("GET", "/users")).body.users as { id: string }[];
  const paths = [
    shop.path,
    `/channels/${shop.channelId}`,
    ...users.map(({ id }) => `/users/${id}`),
  ];
  for (const path of paths) {
    const { events } = await historyOf(shop, path);
    assert.ok(events.length > 0, path);
    const shown = JSON.stringify(events.map(({ data, changes }) => [data, changes]));
    for (const secret of ["secret-key", "another-secret", "argon2", 'password":"', "eyJ"]) {
      assert.ok(!shown.includes(secret), `${path} shows ${secret}`);
    }
    // Keyed hashes and sealed bytes are of no use to a reader, and of some to an attacker.
    assert.doesNotMatch(shown, /"(sealed|passwordHash|emailHash|personal)":"(?!\(sealed\))/);
    assert.doesNotMatch(shown, /"[A-Za-z0-9+_=-]{40,}"/, path);
  }
  const { events } = await historyOf(shop, shop.path, { query: "dir=asc&limit=1" });
  assert.deepEqual((events[0]!.data as { metadata: object }).metadata, {
    key: "shown",
    deep: { hash: "too" },
  });
  await shop.close();
});

Deno.test("history: is narrowed by type, principal and time, and paged either way", async () => {
  const shop = await openWorkshop();
  const types = async (query: string) => typesOf(await historyOf(shop, shop.path, { query }));
  const all = ["ThingCreated", "ThingUpdated", "ThingConnected", "ThingKeyChanged"];
  assert.deepEqual(await types("dir=asc"), all);
  assert.deepEqual(await types("dir=desc"), all.toReversed());
  assert.deepEqual(await types("type=ThingUpdated"), ["ThingUpdated"]);
  assert.deepEqual(await types("type=Nothing"), []);
  const byAda = `principal=${shop.ada.id}&dir=asc`;
  assert.deepEqual(await types(byAda), ["ThingCreated", "ThingConnected", "ThingKeyChanged"]);
  assert.deepEqual(await types(`principal=${newId()}`), []);
  assert.deepEqual(await types(`${byAda}&type=ThingConnected`), ["ThingConnected"]);
  const { events } = await historyOf(shop, shop.path, { query: "dir=asc" });
  const at = (index: number) => events[index]!.at;
  const ms = Date.parse(at(0));
  const later = (byMs: number) => new Date(ms + byMs).toISOString();
  assert.deepEqual(await types(`dir=asc&from=${at(0)}&to=${at(3)}`), all);
  assert.deepEqual(await types(`from=${later(3_600_000)}`), []);
  assert.deepEqual(await types(`to=${later(-1)}`), []);
  assert.ok((await types(`to=${ms / 1_000}&dir=asc`)).includes("ThingCreated"));
  for (const [dir, wanted] of [["asc", all], ["desc", all.toReversed()]] as const) {
    const heard: string[] = [];
    let cursor = "";
    let pages = 0;
    do {
      const page = await historyOf(shop, shop.path, { query: `dir=${dir}&limit=3${cursor}` });
      assert.equal(page.total, 4, "the total is that of all pages");
      heard.push(...typesOf(page));
      cursor = page.nextCursor === undefined ? "" : `&cursor=${page.nextCursor}`;
      assert.ok(++pages <= 3);
    } while (cursor !== "");
    assert.deepEqual(heard, wanted);
  }
  await shop.close();
});

Deno.test("history: a connection stands in that of both ends, and ten lines make a page", async () => {
  const shop = await openWorkshop();
  const path = `/channels/${shop.channelId}`;
  assert.deepEqual(typesOf(await historyOf(shop, path)), ["ThingConnected", "ChannelCreated"]);
  for (let n = 0; n < 10; n++) await shop.ask("PUT", path, { body: { name: `name ${n}` } });
  const page = await historyOf(shop, path);
  assert.equal(page.events.length, 10);
  assert.equal(page.total, 12);
  assert.ok(page.nextCursor !== undefined);
  await shop.close();
});

Deno.test("history: is for the owner, those who may read, and admins, also after a removal", async () => {
  const shop = await openWorkshop();
  const bob = await signedUp(shop, "bob@example.com");
  const channelPath = `/channels/${shop.channelId}`;
  const paths = [shop.path, channelPath];
  const status = async (path: string, token: string | null) =>
    (await askHistory(shop, path, { token })).status;
  for (const path of paths) {
    assertProblem(await askHistory(shop, path, { token: null }), 401);
    assertProblem(await askHistory(shop, path, { token: bob.token }), 403);
    assert.equal(await status(path, shop.ada.token), 200);
    await shop.ask("POST", `${path}/share`, { body: { user_id: bob.id, policies: ["read"] } });
    assert.equal(await status(path, bob.token), 200);
  }
  assert.equal(await status(`/users/${bob.id}`, bob.token), 200);
  assertProblem(await askHistory(shop, `/users/${shop.ada.id}`, { token: bob.token }), 403);
  assertProblem(await askHistory(shop, `/things/${newId()}`, { token: shop.adminToken }), 404);
  // What comes after the removal is history as well: here the end of the connection.
  await shop.ask("DELETE", channelPath);
  await shop.ask("DELETE", `${channelPath}/things/${shop.thing.id}`);
  const { events } = await historyOf(shop, channelPath, { token: shop.ada.token });
  assert.deepEqual(events.slice(0, 2).map(({ type }) => type), [
    "ThingDisconnected",
    "ChannelRemoved",
  ]);
  await shop.ask("DELETE", shop.path);
  await endedSession(shop, shop.thing.id);
  const ended = await historyOf(shop, shop.path, { token: shop.ada.token, query: "limit=2" });
  assert.deepEqual(typesOf(ended), ["SessionEnded", "ThingRemoved"]);
  assert.equal(await status(shop.path, shop.adminToken), 200);
  const carol = await signedUp(shop, "carol@example.com");
  for (const path of paths) assert.equal(await status(path, carol.token), 403, path);
  await shop.close();
});
