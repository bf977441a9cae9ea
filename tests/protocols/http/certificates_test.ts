import assert from "node:assert/strict";
import { assertProblem, openHouse, signedUp } from "./house.ts";

const FINGERPRINT = "0f".repeat(32);
/** The same, as openssl prints it. */
const PRINTED = Array(32).fill("0F").join(":");

Deno.test("certificates by http: one is bound, listed, known at the edges, and unbound", async () => {
  const house = await openHouse();
  const { body: { id } } = await house.ask("POST", "/things", { body: {} });
  const path = `/things/${id}/certificates`;
  assert.deepEqual((await house.ask("GET", path)).body, { certificates: [] });
  const bound = await house.ask("POST", path, { body: { fingerprint: PRINTED } });
  assert.equal(bound.status, 201);
  assert.deepEqual(bound.body, { fingerprint: FINGERPRINT });
  assert.equal(house.ground.access.thingByCertificate(FINGERPRINT)?.id, id);
  assert.deepEqual((await house.ask("GET", path)).body, {
    certificates: [{ fingerprint: FINGERPRINT }],
  });
  const unbound = await house.ask("DELETE", `${path}?fingerprint=${FINGERPRINT}`);
  assert.equal(unbound.status, 204);
  assert.equal(house.ground.access.thingByCertificate(FINGERPRINT), undefined);
  assert.deepEqual((await house.ask("GET", path)).body, { certificates: [] });
  const past = await house.ask("GET", `${path}?at=${bound.headers.get("millrace-position")}`);
  assert.deepEqual(past.body, { certificates: [{ fingerprint: FINGERPRINT }] });
  const again = await house.ask("DELETE", `${path}?fingerprint=${FINGERPRINT}`);
  assert.equal(again.status, 204);
  await house.close();
});

Deno.test("certificates by http: one certificate names one thing, and is free again once it is given up", async () => {
  const house = await openHouse();
  const { body: first } = await house.ask("POST", "/things", { body: {} });
  const { body: second } = await house.ask("POST", "/things", { body: {} });
  const body = { fingerprint: FINGERPRINT };
  const bind = (id: string) => house.ask("POST", `/things/${id}/certificates`, { body });
  assert.equal((await bind(first.id)).status, 201);
  assertProblem(await bind(second.id), 409, "fingerprint");
  const notItsOwn = `/things/${second.id}/certificates?fingerprint=${FINGERPRINT}`;
  assert.equal((await house.ask("DELETE", notItsOwn)).status, 204);
  assertProblem(await bind(second.id), 409, "fingerprint");
  await house.ask("DELETE", `/things/${first.id}/certificates?fingerprint=${FINGERPRINT}`);
  assert.equal((await bind(second.id)).status, 201);
  await house.ask("DELETE", `/things/${second.id}`);
  assert.equal((await bind(first.id)).status, 201);
  await house.close();
});

Deno.test("certificates by http: what is no SHA-256 fingerprint is refused", async () => {
  const house = await openHouse();
  const { body: { id } } = await house.ask("POST", "/things", { body: {} });
  for (const fingerprint of ["", "0f", "0f".repeat(20), "0g".repeat(32), `${FINGERPRINT}:`]) {
    const answer = await house.ask("POST", `/things/${id}/certificates`, {
      body: { fingerprint },
    });
    assertProblem(answer, 400, "fingerprint");
  }
  await house.close();
});

Deno.test("certificates by http: strangers neither see nor bind them, and readers only see them", async () => {
  const house = await openHouse();
  const { body: { id } } = await house.ask("POST", "/things", { body: {} });
  const { id: userId, token } = await signedUp(house, "guest@example.com");
  const path = `/things/${id}/certificates`;
  const body = { fingerprint: FINGERPRINT };
  assertProblem(await house.ask("GET", path, { token }), 403);
  assertProblem(await house.ask("POST", path, { token, body }), 403);
  await house.ask("POST", `/things/${id}/share`, {
    body: { user_ids: [userId], policies: ["read"] },
  });
  assert.equal((await house.ask("GET", path, { token })).status, 200);
  assertProblem(await house.ask("POST", path, { token, body }), 403);
  assertProblem(await house.ask("DELETE", `${path}?fingerprint=${FINGERPRINT}`, { token }), 403);
  await house.close();
});
