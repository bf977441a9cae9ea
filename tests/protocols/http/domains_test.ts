import assert from "node:assert/strict";
import { newId } from "../../../actors/mod.ts";
import { assertProblem, createAdmin, openHouse, signedUp } from "./house.ts";

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
