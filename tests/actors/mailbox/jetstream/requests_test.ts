import assert from "node:assert/strict";
import { ANSWERS_AT_ONCE_MAX } from "../../../../actors/mailbox/jetstream/limits.ts";
import { TransientError } from "../../../../actors/mod.ts";
import { requestsContract } from "../../nodes/requests_contract.ts";
import { inInstallation, startInstallation } from "./nodes.ts";

requestsContract("requests at NATS", async () => {
  const installation = await startInstallation();
  const [one, other] = [await installation.open(), await installation.open()];
  return { nodes: [one.requests, other.requests], close: () => installation.close() };
});

Deno.test("requests at NATS: a node that answers as many questions as it can says so at once, and answers again", () =>
  inInstallation(async ({ open }) => {
    const [one, other] = [await open(), await open()];
    const release = Promise.withResolvers<void>();
    await other.requests.answer("busy", async (question) => {
      await release.promise;
      return question;
    });
    const ask = () => one.requests.ask("busy", new Uint8Array(1), { timeoutMs: 20_000 });
    const asked = Array.from({ length: ANSWERS_AT_ONCE_MAX }, ask);
    await assert.rejects(ask(), (error) => {
      assert.ok(error instanceof TransientError);
      assert.match(error.message, /ask again/);
      return true;
    });
    release.resolve();
    await Promise.all(asked);
    assert.deepEqual(await ask(), new Uint8Array(1));
  }));

Deno.test("requests at NATS: a question over a line that breaks ends as unknown, long before its deadline", () =>
  inInstallation(async ({ server, open }) => {
    const { requests } = await open();
    const begun = Promise.withResolvers<void>();
    await requests.answer("never", () => {
      begun.resolve();
      return new Promise(() => {});
    });
    const asked = requests.ask("never", new Uint8Array(1), { timeoutMs: 3_600_000 });
    await begun.promise;
    const unknown = assert.rejects(asked, TransientError);
    await server.kill();
    await unknown;
  }));
