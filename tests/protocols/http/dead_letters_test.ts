import assert from "node:assert/strict";
import {
  newId,
  openJetStream,
  reject,
  type SharedMailbox,
  silentLogger,
} from "../../../actors/mod.ts";
import { frameFor } from "../../actors/mailbox/mailbox_contract.ts";
import { startNatsServer } from "../../support/nats_server/mod.ts";
import { assertProblem, type House, openHouse, signedUp } from "./house.ts";

const PATH = "/mailbox/dead-letters";

/** A house whose mailbox keeps frames, at a real server. */
async function inHouse(
  run: (house: House, mailbox: SharedMailbox) => Promise<void>,
): Promise<void> {
  const server = await startNatsServer();
  const node = await openJetStream({ connectionString: server.url, logger: silentLogger, newId });
  const house = await openHouse({ deadLetters: node.deadLetters });
  try {
    await run(house, node.mailbox);
  } finally {
    await house.close();
    await node.close();
    await server.stop();
  }
}

Deno.test("http dead letters: are listed in pages, replayed and removed", () =>
  inHouse(async (house, mailbox) => {
    let isEnabled = false;
    const replayed = Promise.withResolvers<string>();
    mailbox.consume(0, ({ sections: [section] }) => {
      if (isEnabled) replayed.resolve(section!.channelId);
      const rejection = reject("forbidden", "Cannot publish: the channel is disabled");
      return Promise.resolve([isEnabled ? { position: 1 } : { position: 0, rejection }]);
    });
    for (const channel of ["a", "b", "c"]) await mailbox.post(frameFor(channel, 0));
    await mailbox.handled(0, { timeoutMs: 5_000 });
    const { status, body: first } = await house.ask("GET", `${PATH}?limit=2`);
    assert.equal(status, 200);
    assert.equal(first.dead_letters.length, 2);
    const { at, bytes, frame_sequence, ...letter } = first.dead_letters[0];
    assert.deepEqual(letter, {
      sequence: 1,
      partition: 0,
      attempts: 1,
      code: "forbidden",
      reason: "Cannot publish: the channel is disabled",
      message_count: 1,
      channel_ids: ["a"],
    });
    assert.ok(Date.parse(at) > 0 && bytes > 0 && frame_sequence > 0);
    const { body: second } = await house.ask("GET", `${PATH}?cursor=${first.next_cursor}`);
    assert.equal(second.dead_letters.length, 1);
    assert.deepEqual(second.dead_letters[0].channel_ids, ["c"]);
    assert.equal(second.next_cursor, undefined);

    isEnabled = true;
    assert.equal((await house.ask("POST", `${PATH}/1/replay`)).status, 202);
    assert.equal(await replayed.promise, "a");
    assert.equal((await house.ask("DELETE", `${PATH}/2`)).status, 204);
    const { body: left } = await house.ask("GET", PATH);
    assert.equal(left.dead_letters.length, 1);
    assert.equal(left.dead_letters[0].sequence, 3);
    assertProblem(await house.ask("POST", `${PATH}/1/replay`), 404);
    assertProblem(await house.ask("DELETE", `${PATH}/2`), 404);
  }));

Deno.test("http dead letters: are for administrators", async () => {
  const house = await openHouse();
  const { token } = await signedUp(house, "user@example.com");
  for (
    const [method, path] of [
      ["GET", PATH],
      ["POST", `${PATH}/1/replay`],
      ["DELETE", `${PATH}/1`],
    ] as const
  ) {
    assertProblem(await house.ask(method, path, { token }), 403);
    assertProblem(await house.ask(method, path, { token: null }), 401);
  }
  await house.close();
});

Deno.test("http dead letters: there are none where the poster is told, and bad questions are refused", async () => {
  const house = await openHouse();
  const { body } = await house.ask("GET", PATH);
  assert.deepEqual(body, { dead_letters: [] });
  assertProblem(await house.ask("POST", `${PATH}/7/replay`), 404);
  assertProblem(await house.ask("DELETE", `${PATH}/7`), 404);
  assertProblem(await house.ask("DELETE", `${PATH}/x`), 400, "sequence");
  assertProblem(await house.ask("GET", `${PATH}?limit=101`), 400, "limit");
  assertProblem(await house.ask("GET", `${PATH}?cursor=-1`), 400, "cursor");
  await house.close();
});
