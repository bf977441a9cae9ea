import assert from "node:assert/strict";
import {
  type Clock,
  InProcessLeases,
  InProcessRequests,
  TransientError,
} from "../../../../actors/mod.ts";
import { leasesContract } from "../leases_contract.ts";
import { requestsContract } from "../requests_contract.ts";

/** Nothing else keeps a test alive while it waits for a deadline. */
const clock: Clock = {
  nowMs: () => performance.now(),
  schedule(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

leasesContract("in-process leases", () => {
  const leases = new InProcessLeases();
  return Promise.resolve({ leases, others: leases, close: () => Promise.resolve() });
});

requestsContract("in-process requests", () => {
  const requests = new InProcessRequests({ clock });
  return Promise.resolve({ requests, others: requests, close: () => Promise.resolve() });
});

Deno.test("in-process requests: refuse a question while too many are under way, and take others again", async () => {
  const requests = new InProcessRequests({ clock });
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  await requests.answer("actors.7", async (question) => {
    await held;
    return question;
  });
  const ask = () => requests.ask("actors.7", new Uint8Array(1), { timeoutMs: 60_000 });
  const asked = Array.from({ length: 4_096 }, ask);
  await assert.rejects(ask(), TransientError);
  release();
  await Promise.all(asked);
  assert.equal((await ask())?.length, 1);
});
