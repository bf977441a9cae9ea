import assert from "node:assert/strict";
import {
  type Clock,
  InProcessMailbox,
  InvariantViolation,
  partitionOf,
  PARTITIONS,
  TransientError,
} from "../../../actors/mod.ts";
import { boundedMailboxContract, frameFor, mailboxContract } from "./mailbox_contract.ts";

/** Nothing else keeps a test alive while it waits for a repeat. */
const clock: Clock = {
  nowMs: () => Date.now(),
  schedule(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

const open = () => {
  const mailbox = new InProcessMailbox({ clock });
  return Promise.resolve({ mailbox, close: () => mailbox.close() });
};

mailboxContract("in-process mailbox", "waits", open);
boundedMailboxContract("in-process mailbox", open);

Deno.test("in-process mailbox: answers the outcomes, for the handler has stored them", async () => {
  const { mailbox, close } = await open();
  mailbox.consume(0, () => Promise.resolve([{ position: 42 }]));
  assert.deepEqual(await mailbox.post(frameFor("a", 0)), { outcomes: [{ position: 42 }] });
  await close();
});

Deno.test("in-process mailbox: tells the poster when a frame was given up, or failed for good", async () => {
  const { mailbox, close } = await open();
  mailbox.consume(0, () => Promise.reject(new TransientError("Cannot store: away")));
  await assert.rejects(mailbox.post(frameFor("a", 0)), TransientError);
  mailbox.consume(1, () => Promise.reject(new InvariantViolation("Cannot be")));
  await assert.rejects(mailbox.post(frameFor("a", 1)), InvariantViolation);
  await close();
});

Deno.test("partitions: a channel keeps its own, and channels spread over all of them", () => {
  assert.equal(partitionOf("0192f0c4-0000-7000-8000-000000000001"), 8);
  const counts = new Array<number>(PARTITIONS).fill(0);
  for (let n = 0; n < 3_200; n++) counts[partitionOf(crypto.randomUUID())]!++;
  assert.ok(counts.every((count) => count > 40 && count < 200), counts.join(" "));
});
