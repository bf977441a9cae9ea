import assert from "node:assert/strict";
import { ADMIN, assertProblem, DOMAIN_ID, openHouse, signedUp } from "./house.ts";

Deno.test("token check: tells a proxy the user, the domain and the role, and nothing in the body", async () => {
  const house = await openHouse();
  const ada = await signedUp(house, "ada@example.com");
  const { body: profile } = await house.ask("GET", "/users/profile");
  for (
    const [token, id, role] of [[house.adminToken, profile.id, "admin"], [
      ada.token,
      ada.id,
      "user",
    ]]
  ) {
    const { status, headers, body } = await house.ask("GET", "/auth/check", { token });
    assert.deepEqual([status, body], [204, ""]);
    const told = ["user", "domain", "role"].map((name) => headers.get(`millrace-${name}`));
    assert.deepEqual(told, [id, DOMAIN_ID, role]);
    assert.equal(headers.get("cache-control"), "no-store");
  }
  await house.close();
});

Deno.test("token check: lets administrators alone pass where the role is asked for", async () => {
  const house = await openHouse();
  const ada = await signedUp(house, "ada@example.com");
  const path = "/auth/check?role=admin";
  assert.equal((await house.ask("GET", path)).status, 204);
  const refused = await house.ask("GET", path, { token: ada.token });
  assertProblem(refused, 403);
  assert.equal(refused.headers.get("millrace-user"), null);
  assertProblem(await house.ask("GET", "/auth/check?role=owner"), 400, "role");
  const { body: key } = await house.ask("POST", "/keys", { body: { type: 2 } });
  assert.equal((await house.ask("GET", path, { token: key.value })).status, 204, "by API key");
  await house.close();
});

Deno.test("token check: refuses what is no access token, of users who may not any more, and keys of things", async () => {
  const house = await openHouse();
  const ada = await signedUp(house, "ada@example.com");
  const { body: pair } = await house.ask("POST", "/tokens", { body: ADMIN, token: null });
  const { body: thing } = await house.ask("POST", "/things", { body: { name: "meter" } });
  assert.equal(typeof thing.key, "string");
  const [head, body, signature] = house.adminToken.split(".");
  const forged = `${head}.${body}.${signature!.split("").reverse().join("")}`;
  for (const token of [null, "", "no token", forged, pair.refresh_token, thing.key]) {
    assertProblem(await house.ask("GET", "/auth/check", { token }), 401);
  }
  for (const authorization of [`Thing ${thing.key}`, "Basic YTpi"]) {
    assertProblem(
      await house.ask("GET", "/auth/check", { token: null, headers: { authorization } }),
      401,
    );
  }
  await house.ask("POST", `/users/${ada.id}/disable`);
  assertProblem(await house.ask("GET", "/auth/check", { token: ada.token }), 401);
  await house.close();
});
