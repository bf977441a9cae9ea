import assert from "node:assert/strict";
import { generateKeyPair, SignJWT } from "jose";
import { ManualClock, newId } from "../../../actors/mod.ts";
import { ADMIN, ALL_ROUTES, assertProblem, type House, openHouse, signedUp } from "./house.ts";

async function issued(house: House, body: object, token = house.adminToken) {
  const answer = await house.ask("POST", "/keys", { body, token });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer;
}

Deno.test("api keys: an issued key shows its value once, and says when it ends", async () => {
  const house = await openHouse();
  const { headers, body } = await issued(house, { type: 2, duration: 3_600, label: "importer" });
  const { value, ...rest } = body;
  assert.equal(headers.get("location"), `/keys/${body.id}`);
  const { body: profile } = await house.ask("GET", "/users/profile");
  assert.deepEqual(rest, {
    id: body.id,
    type: 2,
    issuer_id: profile.id,
    issued_at: body.issued_at,
    expires_at: new Date(Date.parse(body.issued_at) + 3_600_000).toISOString(),
    label: "importer",
  });
  assert.equal(value.split(".").length, 3);
  const shown = await house.ask("GET", `/keys/${body.id}`);
  assert.deepEqual([shown.status, shown.body], [200, rest]);
  for (const endless of [{}, { duration: 0 }]) {
    assert.equal((await issued(house, endless)).body.expires_at, undefined);
  }
  await house.close();
});

Deno.test("api keys: a key ends with its time, with a new password, and with its user", async () => {
  const clock = new ManualClock(Date.now());
  const house = await openHouse({ clock });
  const works = async (token: string) => (await house.ask("GET", "/things", { token })).status;
  const { body: short } = await issued(house, { duration: 60 });
  const { body: endless } = await issued(house, {});
  clock.advance(59_000);
  assert.equal(await works(short.value), 200);
  clock.advance(2_000);
  const late = await house.ask("GET", "/things", { token: short.value });
  assertProblem(late, 401);
  assert.match(late.body.detail, /expired/);
  clock.advance(10 * 24 * 3_600_000);
  assert.equal(await works(house.adminToken), 401, "a session ends earlier");
  assert.equal(await works(endless.value), 200);
  const { body: { token } } = await house.ask("POST", "/tokens", { body: ADMIN, token: null });
  const ada = await signedUp(house, "ada@example.com");
  const { body: hers } = await issued(house, {}, ada.token);
  assert.equal(await works(hers.value), 200);
  assert.equal((await house.ask("POST", `/users/${ada.id}/disable`, { token })).status, 200);
  assert.equal(await works(hers.value), 401);
  const change = { old_secret: ADMIN.password, new_secret: "another password" };
  clock.advance(1);
  assert.equal((await house.ask("PATCH", "/users/secret", { body: change, token })).status, 200);
  assert.equal(await works(endless.value), 401);
  await house.close();
});

Deno.test("api keys: belong to their user alone, and are gone once revoked", async () => {
  const house = await openHouse();
  const ada = await signedUp(house, "ada@example.com");
  const { body: key } = await issued(house, {}, ada.token);
  const path = `/keys/${key.id}`;
  assertProblem(await house.ask("GET", path), 404);
  await house.ask("DELETE", path);
  assert.equal((await house.ask("GET", path, { token: ada.token })).status, 200);
  assertProblem(await house.ask("GET", path, { token: null }), 401);
  assertProblem(await house.ask("GET", `/keys/${newId()}`), 404);
  assertProblem(await house.ask("GET", "/keys/__proto__"), 400, "id");
  const revoked = await house.ask("DELETE", path, { token: ada.token });
  assert.equal(revoked.status, 204);
  assertProblem(await house.ask("GET", path, { token: ada.token }), 404);
  const refused = await house.ask("GET", "/things", { token: key.value });
  assertProblem(refused, 401);
  assert.match(refused.body.detail, /revoked/);
  await house.close();
});

Deno.test("api keys: a program with a key does what its user may, but issues no keys", async () => {
  const house = await openHouse({ groups: ALL_ROUTES });
  const ada = await signedUp(house, "ada@example.com");
  const { body: key } = await issued(house, {}, ada.token);
  const asKey = (method: string, path: string, body?: unknown) =>
    house.ask(method, path, { token: key.value, ...(body === undefined ? {} : { body }) });
  const made = await asKey("POST", "/things", { name: "by key" });
  assert.equal(made.status, 201);
  assert.equal(made.body.owner, ada.id);
  assertProblem(await asKey("GET", "/users"), 403);
  assertProblem(await asKey("POST", "/keys", {}), 403);
  const bare = { authorization: key.value };
  assert.equal((await house.ask("GET", "/things", { token: null, headers: bare })).status, 200);
  assertProblem(await asKey("POST", "/users/tokens/refresh"), 401);
  await house.close();
});

Deno.test("api keys: wrong wishes are refused, naming the limit", async () => {
  const house = await openHouse();
  const wrong: readonly [unknown, string, RegExp][] = [
    [{ type: 0 }, "type", /2/],
    [{ type: "2" }, "type", /2/],
    [{ duration: -1 }, "duration", /0/],
    [{ duration: 1.5 }, "duration", /./],
    [{ duration: "1h" }, "duration", /number/],
    [{ duration: 10 ** 12 }, "duration", /316224000/],
    [{ label: "x".repeat(2_000) }, "label", /\d/],
  ];
  const before = await house.ground.events.lastPosition();
  for (const [body, field, limit] of wrong) {
    const answer = await house.ask("POST", "/keys", { body });
    assertProblem(answer, 400, field);
    assert.match(answer.body.detail, limit);
  }
  assertProblem(await house.ask("POST", "/keys", { body: {}, token: null }), 401);
  assert.equal(await house.ground.events.lastPosition(), before);
  await house.close();
});

Deno.test("tokens: those of another algorithm, issuer or time are refused, whoever signed them", async () => {
  const house = await openHouse();
  const { body: profile } = await house.ask("GET", "/users/profile");
  const token = (alg: string, issuer = "millrace") =>
    new SignJWT({ use: "access", iatms: Date.now() }).setProtectedHeader({ alg }).setIssuer(issuer)
      .setSubject(profile.id).setJti(newId()).setIssuedAt().setExpirationTime("1h");
  const { tokenKey } = house.ground.secrets;
  const genuine = await token("HS256").sign(tokenKey);
  assert.equal((await house.ask("GET", "/things", { token: genuine })).status, 200);
  const refused = [
    await token("HS256", "elsewhere").sign(tokenKey),
    await token("HS256").setNotBefore("1h").sign(tokenKey),
    await token("HS256").setExpirationTime("-1s").sign(tokenKey),
    `${genuine}x`,
    `${genuine}.${genuine}`,
    genuine.slice(0, -4),
  ];
  for (const alg of ["RS256", "PS256", "ES256", "EdDSA"]) {
    const { privateKey } = await generateKeyPair(alg);
    refused.push(await token(alg).sign(privateKey));
  }
  for (const each of refused) {
    const answer = await house.ask("GET", "/things", { token: each });
    assertProblem(answer, 401);
    assert.ok(!answer.body.detail.includes(each.slice(-20)), "a token is repeated to nobody");
  }
  await house.close();
});
