import assert from "node:assert/strict";
import { DEAD_LETTERS_PAGE_MAX } from "../../../../actors/mailbox/jetstream/limits.ts";
import { InvariantViolation, TerminalError } from "../../../../actors/mod.ts";
import { deadLettersContract, firstLetter } from "../dead_letters_contract.ts";
import { rawClient } from "./raw_client.ts";
import { inInstallation, startInstallation } from "./nodes.ts";
import { frameFor } from "../mailbox_contract.ts";

deadLettersContract("jetstream dead letters", async () => {
  const installation = await startInstallation();
  const { mailbox, deadLetters } = await installation.open();
  return { mailbox, deadLetters, close: () => installation.close() };
});

Deno.test("jetstream dead letters: what is no frame is set aside as it came, and holds nothing up", () =>
  inInstallation(async ({ server, open }) => {
    const { mailbox, deadLetters } = await open();
    const raw = await rawClient(server.url);
    await raw.publish("millrace.mailbox.02", new Uint8Array([77, 1, 2]));
    const handled = Promise.withResolvers<void>();
    mailbox.consume(2, () => {
      handled.resolve();
      return Promise.resolve([{ position: 1 }]);
    });
    await mailbox.post(frameFor("a", 2));
    await handled.promise;
    const { sequence, reason, bytes } = await firstLetter(deadLetters);
    assert.match(reason, /Cannot read a frame of the mailbox: 3 bytes hold no head/);
    assert.equal(bytes, 3);
    await assert.rejects(deadLetters.replay(sequence), TerminalError);
    assert.equal((await firstLetter(deadLetters)).sequence, sequence);
    await raw.close();
  }));

Deno.test("jetstream dead letters: a page is bounded", () =>
  inInstallation(async ({ open }) => {
    const { deadLetters } = await open();
    for (const limit of [0, 1.5, DEAD_LETTERS_PAGE_MAX + 1]) {
      await assert.rejects(
        async () => await deadLetters.list({ cursor: 0, limit }),
        InvariantViolation,
      );
    }
    await deadLetters.list({ cursor: 0, limit: DEAD_LETTERS_PAGE_MAX });
  }));
