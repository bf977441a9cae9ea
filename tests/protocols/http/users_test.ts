import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { SignJWT } from "jose";
import { newId } from "../../../actors/mod.ts";
import { ADMIN, assertProblem, type House, openHouse, signedUp } from "./house.ts";

function signIn(house: House, email: string, password: string) {
  return house.ask("POST", "/tokens", { body: { email, password }, token: null });
}

Deno.test("users by http: a person registers, signs in, and refreshes tokens", async () => {
  const house = await openHouse();
  const body = {
    name: "Ada",
    credentials: { identity: "Ada@Example.com", secret: "correct horse" },
    tags: ["x"],
    metadata: { a: 1 },
  };
  const made = await house.ask("POST", "/users", { body, token: null });
  assert.equal(made.status, 201);
  assert.equal(made.headers.get("location"), `/users/${made.body.id}`);
  assert.equal(made.body.email, "ada@example.com");
  assert.equal(made.body.role, "user");
  assert.ok(!JSON.stringify(made.body).includes("argon2"));
  const issued = await house.ask("POST", "/users/tokens/issue", {
    body: { identity: "ada@example.com", secret: "correct horse" },
    token: null,
  });
  assert.equal(issued.status, 201);
  const { access_token: access, refresh_token: refresh } = issued.body;
  assert.equal((await house.ask("GET", "/users/profile", { token: access })).body.name, "Ada");
  assertProblem(await house.ask("GET", "/users/profile", { token: refresh }), 401);
  const again = await house.ask("POST", "/users/tokens/refresh", { token: refresh });
  assert.equal(again.status, 201);
  assertProblem(await house.ask("POST", "/users/tokens/refresh", { token: access }), 401);
  const bare = { authorization: access };
  const shown = await house.ask("GET", `/users/${made.body.id}`, { token: null, headers: bare });
  assert.equal(shown.status, 200);
  await house.close();
});

Deno.test("users by http: an address has one user, also when two register at once", async () => {
  const house = await openHouse();
  const register = (email: string) =>
    house.ask("POST", "/users", { body: { email, password: "a long password" }, token: null });
  const both = await Promise.all([register("one@example.com"), register("ONE@example.com")]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
  assertProblem(await register("one@example.com"), 409, "email");
  assertProblem(await register("no address"), 400, "email");
  assertProblem(
    await house.ask("POST", "/users", {
      body: { email: "a@b.cd", password: "short" },
      token: null,
    }),
    400,
    "password",
  );
  assertProblem(
    await house.ask("POST", "/users", {
      body: { email: "a@b.cd", password: "long enough", metadata: { a: "x".repeat(17_000) } },
      token: null,
    }),
    400,
    "metadata",
  );
  assert.equal((await register("a@b.cd")).status, 201);
  await house.close();
});

Deno.test("users by http: nobody registers itself where that is off", async () => {
  const house = await openHouse({ selfRegister: false });
  const body = { email: "one@example.com", password: "a long password" };
  assertProblem(await house.ask("POST", "/users", { body, token: null }), 401);
  assert.equal((await house.ask("POST", "/users", { body })).status, 201);
  const { body: { token } } = await signIn(house, body.email, body.password);
  const other = { email: "two@example.com", password: "a long password" };
  assertProblem(await house.ask("POST", "/users", { body: other, token }), 403);
  await house.close();
});

Deno.test("users by http: tokens that expired, were altered or signed otherwise are refused", async () => {
  const house = await openHouse();
  const refused = async (token: string, what: RegExp) => {
    const answer = await house.ask("GET", "/things", { token });
    assertProblem(answer, 401);
    assert.match(answer.body.detail, what);
  };
  const { id } = (await house.ask("GET", "/users/profile")).body;
  const claims = (alg: string) =>
    new SignJWT({ use: "access", iatms: Date.now() }).setProtectedHeader({ alg })
      .setIssuer("millrace").setSubject(id).setJti(newId()).setIssuedAt();
  const key = house.ground.secrets.tokenKey;
  await refused(await claims("HS256").setExpirationTime(1).sign(key), /expired/);
  const longKey = Buffer.concat([key, key]);
  await refused(await claims("HS512").setExpirationTime("1h").sign(longKey), /algorithm/);
  await refused(await claims("HS256").setExpirationTime("1h").sign(longKey), /signature/);
  const [head, payload, signature] = house.adminToken.split(".");
  const altered = JSON.parse(Buffer.from(payload!, "base64url").toString());
  const forged = Buffer.from(JSON.stringify({ ...altered, sub: newId() })).toString("base64url");
  await refused(`${head}.${forged}.${signature}`, /signature/);
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  await refused(`${none}.${payload}.`, /not a token|algorithm/);
  await refused("nonsense", /not a token/);
  assertProblem(await house.ask("GET", "/things", { token: null }), 401);
  await house.close();
});

Deno.test("users by http: a new password and a disabling end the tokens of before", async () => {
  const house = await openHouse();
  const user = await signedUp(house, "ada@example.com");
  const change = (old_secret: string, new_secret: string) =>
    house.ask("PATCH", "/users/secret", { body: { old_secret, new_secret }, token: user.token });
  assertProblem(await change("wrong password", "another password"), 401);
  assertProblem(await change("a long password", "short"), 400, "new_secret");
  await new Promise((resolve) => setTimeout(resolve, 5));
  const changed = await house.ask("PATCH", "/password", {
    body: { old_password: "a long password", password: "another password" },
    token: user.token,
  });
  assert.equal(changed.status, 201);
  const old = await house.ask("GET", "/things", { token: user.token });
  assertProblem(old, 401);
  assert.match(old.body.detail, /password was changed/);
  assertProblem(await signIn(house, "ada@example.com", "a long password"), 401);
  const { body: { token } } = await signIn(house, "ada@example.com", "another password");
  assert.equal((await house.ask("GET", "/things", { token })).status, 200);
  assert.equal((await house.ask("POST", `/users/${user.id}/disable`)).body.status, "disabled");
  assertProblem(await house.ask("GET", "/things", { token }), 401);
  assertProblem(await signIn(house, "ada@example.com", "another password"), 401);
  await house.close();
});

Deno.test("users by http: sign-ins that fail again and again are held back", async () => {
  const house = await openHouse();
  for (let attempt = 0; attempt < 10; attempt++) {
    assertProblem(await signIn(house, ADMIN.email, "wrong password"), 401);
  }
  assertProblem(await signIn(house, ADMIN.email, ADMIN.password), 429);
  assertProblem(await signIn(house, "nobody@example.com", "wrong password"), 401);
  await house.close();
});

Deno.test("users by http: only admins list users and change roles, and everybody changes itself", async () => {
  const house = await openHouse();
  const user = await signedUp(house, "ada@example.com");
  const other = await signedUp(house, "bob@example.com");
  assert.equal((await house.ask("GET", "/users")).body.total, 3);
  assert.equal((await house.ask("GET", "/users?email=ADA@example.com")).body.total, 1);
  const { token } = user;
  assertProblem(await house.ask("GET", "/users", { token }), 403);
  assertProblem(await house.ask("GET", `/users/${other.id}`, { token }), 403);
  const path = `/users/${user.id}`;
  const named = await house.ask("PATCH", path, { body: { name: "Ada" }, token });
  assert.equal(named.body.name, "Ada");
  const own = await house.ask("PUT", "/users", { body: { metadata: { a: 1 } }, token });
  assert.deepEqual([own.body.name, own.body.metadata], ["Ada", { a: 1 }]);
  assert.deepEqual(
    (await house.ask("PATCH", `${path}/tags`, { body: { tags: ["t"] }, token })).body.tags,
    ["t"],
  );
  assertProblem(await house.ask("PATCH", `${path}/role`, { body: { role: "admin" }, token }), 403);
  const identity = (address: string) =>
    house.ask("PATCH", `${path}/identity`, { body: { identity: address }, token });
  assertProblem(await identity("bob@example.com"), 409, "email");
  assert.equal((await identity("ada2@example.com")).body.email, "ada2@example.com");
  assert.equal((await signIn(house, "ada2@example.com", "a long password")).status, 201);
  const freed = { email: "ada@example.com", password: "a long password" };
  assert.equal((await house.ask("POST", "/users", { body: freed, token: null })).status, 201);
  await house.close();
});

Deno.test("keys by http: a key speaks for its user until it is revoked", async () => {
  const house = await openHouse();
  const issued = await house.ask("POST", "/keys", { body: { type: 2, duration: 3_600 } });
  assert.equal(issued.status, 201);
  const { id, value } = issued.body;
  const shown = await house.ask("GET", `/keys/${id}`);
  assert.equal(shown.body.value, undefined);
  assert.equal(shown.body.expires_at, issued.body.expires_at);
  assert.equal((await house.ask("GET", "/things", { token: value })).status, 200);
  assertProblem(await house.ask("POST", "/keys", { body: {}, token: value }), 403);
  assertProblem(await house.ask("POST", "/keys", { body: { type: 0 } }), 400, "type");
  assert.equal((await house.ask("DELETE", `/keys/${id}`)).status, 204);
  assertProblem(await house.ask("GET", "/things", { token: value }), 401);
  assertProblem(await house.ask("GET", `/keys/${id}`), 404);
  await house.close();
});

Deno.test("users by http: changes of different fields at once are all kept", async () => {
  const house = await openHouse();
  const { id, token } = await signedUp(house, "ada@example.com");
  const patch = (path: string, body: unknown) =>
    house.ask("PATCH", `/users/${id}${path}`, { body, token });
  const answers = await Promise.all([
    patch("", { name: "Ada" }),
    patch("", { metadata: { a: 1 } }),
    patch("/identity", { identity: "ada2@example.com" }),
    patch("/identity", { identity: "no address" }),
    house.ask("PUT", "/users", { body: {}, token }),
    patch("", { tags: ["t"] }),
  ]);
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 400, 200, 200]);
  const { body } = await house.ask("GET", `/users/${id}`);
  assert.deepEqual(
    [body.name, body.metadata, body.email, body.tags],
    ["Ada", { a: 1 }, "ada2@example.com", ["t"]],
  );
  await house.close();
});

Deno.test("users by http: who was erased cannot be described anew, and may still be disabled", async () => {
  const house = await openHouse();
  const { id } = await signedUp(house, "ada@example.com");
  await house.ground.secrets.erasePerson(id);
  const refused = await house.ask("PATCH", `/users/${id}`, { body: { name: "Ada" } });
  assertProblem(refused, 409);
  assert.ok(refused.body.detail.includes("the person was erased"));
  const renamed = { body: { identity: "ben@example.com" } };
  assertProblem(await house.ask("PATCH", `/users/${id}/identity`, renamed), 409);
  assert.equal((await house.ask("POST", `/users/${id}/disable`)).status, 200);
  assert.ok((await signedUp(house, "ben@example.com")).token, "the address is free");
  await house.close();
});
