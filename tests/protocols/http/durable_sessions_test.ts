import assert from "node:assert/strict";
import { newId } from "../../../actors/mod.ts";
import { quiet, subscribePacket } from "../mqtt/test_client.ts";
import { assertProblem, type House, signedUp } from "./house.ts";
import { inScene } from "./scene.ts";

/** What is listed once everything that was written so far is known. */
async function listed({ ask, store, ground }: House, thingId: string, query = "") {
  await quiet();
  await ground.readModels.waitFor(await store.lastPosition(), {
    projections: ["durable_sessions"],
    timeoutMs: 5_000,
  });
  const { status, body } = await ask("GET", `/things/${thingId}/durable-sessions${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

Deno.test("http durable sessions: lists those that outlive their connection, and until when", () =>
  inScene(async ({ device, house, thingId, topic, box }) => {
    const client = await device("dev-1", { clean: false });
    await client.exchange(subscribePacket(1, { [topic]: 1 }));
    await device("dev-2");
    const here = await listed(house, thingId);
    assert.equal(here.total, 1);
    const [open] = here.sessions;
    assert.deepEqual(
      [open.client_id, open.connected, open.subscriptions, open.ends_at],
      ["dev-1", true, 1, undefined],
    );
    assert.ok((await box()).sessions.some(({ id }: { id: string }) => id === open.session));
    await client.exchange({ cmd: "disconnect" });
    const [left] = (await listed(house, thingId)).sessions;
    assert.deepEqual([left.connected, left.expiry_seconds], [false, 604_800]);
    const endsInMs = Date.parse(left.ends_at) - Date.now();
    assert.ok(endsInMs > 604_700_000 && endsInMs <= 604_800_000, left.ends_at);
    assert.ok(Date.parse(left.reaches_back_to) <= Date.now());
    await (await device("dev-1")).exchange({ cmd: "disconnect" });
    assert.deepEqual((await listed(house, thingId)).sessions, []);
  }));

Deno.test("http durable sessions: are listed page by page", () =>
  inScene(async ({ device, house, thingId }) => {
    for (const name of ["b", "c", "a"]) await device(name, { clean: false });
    const names = ({ sessions }: { sessions: { client_id: string }[] }) =>
      sessions.map(({ client_id }) => client_id);
    const first = await listed(house, thingId, "?limit=2");
    assert.deepEqual([first.total, names(first)], [3, ["a", "b"]]);
    const rest = await listed(house, thingId, `?limit=2&cursor=${first.next_cursor}`);
    assert.deepEqual([names(rest), rest.next_cursor], [["c"], undefined]);
  }));

Deno.test("http durable sessions: are shown to whoever may read the thing's history", () =>
  inScene(async ({ house, thingId }) => {
    const { token } = await signedUp(house, "ada@example.com");
    const path = `/things/${thingId}/durable-sessions`;
    assertProblem(await house.ask("GET", path, { token }), 403);
    assertProblem(await house.ask("GET", path, { token: null }), 401);
    assertProblem(await house.ask("GET", `/things/${newId()}/durable-sessions`), 404);
  }));
