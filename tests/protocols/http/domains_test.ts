import assert from "node:assert/strict";
import { newId } from "../../../actors/mod.ts";
import { assertProblem, createAdmin, DOMAIN_ID, openHouse, signedUp } from "./house.ts";
import { createDomain } from "./own_domain.ts";
import { inScene } from "./scene.ts";

Deno.test("domains by http: not even an admin sees or touches what belongs to another domain", async () => {
  const house = await openHouse();
  const { body: thing } = await house.ask("POST", "/things", { body: { key: "k" } });
  const { body: channel } = await house.ask("POST", "/channels", { body: {} });
  const user = await signedUp(house, "ada@example.com");
  const stranger = { email: "root@elsewhere.com", password: "a long password" };
  await createAdmin(house.ground, { ...stranger, domainId: newId() });
  const { body: { token } } = await house.ask("POST", "/tokens", { body: stranger, token: null });
  const ask = (method: string, path: string, body?: unknown) =>
    house.ask(method, path, { body, token });
  const own = (await ask("POST", "/things", {})).body;
  for (const path of [`/things/${thing.id}`, `/channels/${channel.id}`]) {
    assertProblem(await ask("GET", path), 404);
    assertProblem(await ask("PUT", path, { name: "x" }), 404);
    assertProblem(await ask("POST", `${path}/disable`), 404);
    assertProblem(await ask("DELETE", path), 404);
    const share = { user_id: user.id, policies: ["read"] };
    assertProblem(await ask("POST", `${path}/share`, share), 400, "user_id");
  }
  assertProblem(await ask("PATCH", `/things/${thing.id}/key`, { key: "mine" }), 404);
  assertProblem(await ask("GET", `/things/${thing.id}/channels`), 404);
  assertProblem(await ask("POST", "/channels", { parent_id: channel.id }), 404);
  assertProblem(
    await ask("POST", "/connect", { thing_ids: [own.id], channel_ids: [channel.id] }),
    404,
  );
  assertProblem(await ask("PATCH", `/things/${own.id}/owner`, { owner: user.id }), 400, "owner");
  assert.equal((await ask("GET", "/things")).body.total, 1);
  assert.equal((await ask("GET", "/channels")).body.total, 0);
  assert.equal((await ask("GET", "/users")).body.total, 1);
  for (
    const [method, path, body] of [
      ["GET", "", undefined],
      ["PATCH", "", { name: "x" }],
      ["PATCH", "/role", { role: "admin" }],
      ["PATCH", "/identity", { identity: "x@example.com" }],
      ["POST", "/disable", undefined],
    ] as const
  ) {
    assertProblem(await ask(method, `/users/${user.id}${path}`, body), 404);
  }
  await house.close();
});

Deno.test("domains by http: an admin limits how long sessions outlive their connection, and takes it back", () =>
  inScene(async ({ house, device, box }) => {
    await createDomain(house);
    const path = `/domains/${DOMAIN_ID}`;
    const limit = (seconds: unknown, options = {}) =>
      house.ask("PUT", `${path}/session-expiry`, { body: { seconds_max: seconds }, ...options });
    const set = await limit(60);
    assert.deepEqual([set.status, set.body.session_expiry_seconds_max], [200, 60]);
    const shown = await house.ask("GET", path);
    assert.deepEqual(
      [shown.body.id, shown.body.name, shown.body.session_expiry_seconds_max],
      [DOMAIN_ID, "default", 60],
    );
    await device("dev-1", { clean: false });
    assert.deepEqual((await box()).sessions[0].session_expiry, { granted_seconds: 60 });
    assert.equal((await limit(null)).body.session_expiry_seconds_max, null);
    await device("dev-2", { clean: false });
    assert.equal((await box()).sessions[0].session_expiry, undefined);
    await house.reported();
    const { body: { events } } = await house.ask("GET", `${path}/history`);
    assert.deepEqual(
      events.slice(0, 2).map((event: Record<string, unknown>) => event["type"]),
      ["DomainSessionExpiryLimited", "DomainSessionExpiryLimited"],
    );
  }));

Deno.test("domains by http: a limit is refused to whoever is no admin, of another domain, and where it is no number of seconds", () =>
  inScene(async ({ house }) => {
    await createDomain(house);
    const user = await signedUp(house, "ada@example.com");
    const ask = (seconds: unknown, { id = DOMAIN_ID, ...options } = {}) =>
      house.ask("PUT", `/domains/${id}/session-expiry`, {
        body: { seconds_max: seconds },
        ...options,
      });
    assertProblem(await ask(60, { token: user.token } as object), 403);
    assert.equal((await house.ask("GET", `/domains/${DOMAIN_ID}`, user)).status, 200);
    assertProblem(await ask(60, { id: newId() }), 404);
    assertProblem(await house.ask("GET", `/domains/${newId()}`), 404);
    for (const seconds of [-1, 1.5, 2 ** 32, "60"]) assertProblem(await ask(seconds), 400);
  }));
