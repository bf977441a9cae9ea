import assert from "node:assert/strict";
import { verifyFile } from "../../../cli/verify.ts";
import { ALL_ROUTES, assertProblem, type House, openHouse, signedUp } from "./house.ts";

/** Two instants between the steps of a test, as a position and as a time. */
async function now(house: House): Promise<readonly string[]> {
  const position = await house.ground.events.lastPosition();
  const { events } = await house.ground.events.readAll({ after: position - 1, limit: 1 });
  const atMs = events[0]!.metadata.recordedAtMs;
  // The next event must not share the millisecond, or no instant would lie between the two.
  while (Date.now() <= atMs) await new Promise((resolve) => setTimeout(resolve, 1));
  return [String(position), new Date(atMs).toISOString()];
}

for (const noun of ["thing", "channel"] as const) {
  Deno.test(`the past: a ${noun} is shown as it was, by position and by instant, alone and in the list`, async () => {
    const house = await openHouse({ groups: ALL_ROUTES });
    const list = `/${noun}s`;
    const before = await now(house);
    const { body: made } = await house.ask("POST", list, {
      body: { name: "first", metadata: { a: 1 }, tags: ["x"] },
    });
    const path = `${list}/${made.id}`;
    const first = await now(house);
    await house.ask("PUT", path, { body: { name: "second", metadata: { b: 2 } } });
    const { body: other } = await house.ask("POST", list, { body: { name: "other" } });
    const second = await now(house);
    await house.ask("POST", `${path}/disable`);
    const third = await now(house);
    await house.ask("DELETE", path);
    const after = await now(house);

    const at = (where: string, when: string) => house.ask("GET", `${where}?at=${when}`);
    const namesAt = async (when: string) =>
      (await at(list, when)).body[`${noun}s`].map(({ name }: { name: string }) => name);
    for (const index of [0, 1]) {
      assertProblem(await at(path, before[index]!), 404);
      assert.deepEqual((await at(path, first[index]!)).body, made);
      const { body } = await at(path, second[index]!);
      assert.deepEqual([body.name, body.metadata, body.tags], ["second", { b: 2 }, ["x"]]);
      assert.equal(body.status, "enabled");
      assert.equal((await at(path, third[index]!)).body.status, "disabled");
      const removed = await at(path, after[index]!);
      assertProblem(removed, 404);
      assert.match(removed.body.detail, /as of/);

      assert.deepEqual(await namesAt(before[index]!), []);
      assert.deepEqual(await namesAt(first[index]!), ["first"]);
      assert.deepEqual(await namesAt(second[index]!), ["second", "other"]);
      assert.deepEqual(await namesAt(after[index]!), ["other"]);
      const filtered = await at(list, `${first[index]}&name=fir&tag=x&order=name&limit=1`);
      assert.deepEqual([filtered.body.total, filtered.body[`${noun}s`][0].id], [1, made.id]);
      const disabled = await at(list, `${third[index]}&status=disabled`);
      assert.equal(disabled.body.total, 1);
    }
    assertProblem(await house.ask("GET", path), 404);
    assert.equal((await house.ask("GET", `${list}/${other.id}`)).body.name, "other");
    await house.close();
  });
}

Deno.test("the past: who was connected to what is answered as of an instant", async () => {
  const house = await openHouse({ groups: ALL_ROUTES });
  const { body: thing } = await house.ask("POST", "/things", { body: {} });
  const { body: channel } = await house.ask("POST", "/channels", { body: {} });
  const apart = await now(house);
  await house.ask("PUT", `/channels/${channel.id}/things/${thing.id}`);
  const together = await now(house);
  await house.ask("DELETE", `/channels/${channel.id}/things/${thing.id}`);
  for (const path of [`/things/${thing.id}/channels`, `/channels/${channel.id}/things`]) {
    const total = async (query: string) => (await house.ask("GET", `${path}?${query}`)).body.total;
    for (const index of [0, 1]) {
      assert.equal(await total(`at=${apart[index]}`), 0);
      assert.equal(await total(`at=${together[index]}`), 1);
      assert.equal(await total(`at=${apart[index]}&connected=false`), 1);
      assert.equal(await total(`at=${together[index]}&connected=false`), 0);
    }
    assert.equal(await total(""), 0);
  }
  await house.close();
});

Deno.test("the past: a user is shown as it was, and shares count as they were", async () => {
  const house = await openHouse({ groups: ALL_ROUTES });
  const ada = await signedUp(house, "ada@example.com");
  const { body: thing } = await house.ask("POST", "/things", { body: {} });
  const before = await now(house);
  await house.ask("PATCH", `/users/${ada.id}`, { body: { name: "Ada" }, token: ada.token });
  const share = { user_id: ada.id, policies: ["read"] };
  await house.ask("POST", `/things/${thing.id}/share`, { body: share });
  const shared = await now(house);
  await house.ask("POST", `/things/${thing.id}/unshare`, { body: share });
  for (const index of [0, 1]) {
    const { body } = await house.ask("GET", `/users/${ada.id}?at=${before[index]}`);
    assert.equal(body.name, "");
    const list = await house.ask("GET", `/users?at=${before[index]}&email=ada@example.com`);
    assert.deepEqual([list.body.total, list.body.users[0].name], [1, ""]);
    const seen = async (when: string) =>
      (await house.ask("GET", `/things?at=${when}`, { token: ada.token })).body.total;
    assert.equal(await seen(before[index]!), 0);
    assert.equal(await seen(shared[index]!), 1);
  }
  assert.equal((await house.ask("GET", "/things", { token: ada.token })).body.total, 0);
  await house.close();
});

function verified(bundle: string): { readonly code: number; readonly said: string } {
  const file = Deno.makeTempFileSync();
  Deno.writeTextFileSync(file, bundle);
  const said: string[] = [];
  const code = verifyFile([file], (line) => said.push(line));
  Deno.removeSync(file);
  return { code, said: said.join("\n") };
}

Deno.test("history export: every kind verifies offline, a changed copy does not, and strangers get none", async () => {
  const house = await openHouse({ groups: ALL_ROUTES });
  const ada = await signedUp(house, "ada@example.com");
  const bob = await signedUp(house, "bob@example.com");
  const asAda = { token: ada.token };
  const { body: thing } = await house.ask("POST", "/things", { ...asAda, body: { key: "hidden" } });
  const { body: channel } = await house.ask("POST", "/channels", { ...asAda, body: {} });
  // More events than one read of the log answers.
  for (let n = 0; n < 300; n++) {
    await house.ask("PUT", `/things/${thing.id}`, { ...asAda, body: { name: `name ${n}` } });
  }
  const exported = async (path: string, token: string | null) =>
    await house.ask("GET", `${path}/history/export`, {
      token,
      headers: { "millrace-wait-for": String(await house.ground.events.lastPosition()) },
    });
  const kinds: readonly [string, string, number][] = [
    [`/things/${thing.id}`, `thing ${thing.id}`, 301],
    [`/channels/${channel.id}`, `channel ${channel.id}`, 1],
    [`/users/${ada.id}`, `user ${ada.id}`, 1],
  ];
  for (const [path, entity, count] of kinds) {
    const answer = await exported(path, ada.token);
    assert.equal(answer.status, 200, path);
    assert.equal(answer.headers.get("content-type"), "application/jsonl");
    assert.match(answer.headers.get("content-disposition") ?? "", /attachment; filename=".*jsonl"/);
    const text = String(answer.body);
    assert.ok(!text.includes("hidden"), "a key is exported");
    const whole = verified(text);
    assert.equal(whole.code, 0, whole.said);
    assert.match(whole.said, new RegExp(`${entity}, .* ${count} events`));
    const lines = text.trimEnd().split("\n");
    const altered = lines.with(
      1,
      lines[1]!.replace('"enabled"', '"x"').replace('"http"', '"mqtt"'),
    );
    const found = verified(altered.map((line) => `${line}\n`).join(""));
    assert.equal(found.code, 1);
    assert.match(found.said, new RegExp(`event ${JSON.parse(lines[1]!).id} .* altered`));
    assertProblem(await exported(path, null), 401);
    assertProblem(await exported(path, bob.token), 403);
    assert.equal((await exported(path, house.adminToken)).status, 200);
  }
  await house.close();
});
