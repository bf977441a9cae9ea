import assert from "node:assert/strict";
import {
  type DeadLetter,
  type DeadLetters,
  type Mailbox,
  type MailboxFrame,
  newId,
  reject,
  TerminalError,
} from "../../../actors/mod.ts";
import { frameFor } from "./mailbox_contract.ts";

/* The port of dead letters in executable form, for mailboxes that keep frames. */

export interface WithDeadLetters {
  readonly mailbox: Mailbox;
  readonly deadLetters: DeadLetters;
  close(): Promise<void>;
}

export function deadLettersContract(name: string, open: () => Promise<WithDeadLetters>): void {
  const check = (says: string, run: (opened: WithDeadLetters) => Promise<void>) =>
    Deno.test(`${name}: ${says}`, async () => {
      const opened = await open();
      try {
        await run(opened);
      } finally {
        await opened.close();
      }
    });

  check(
    "has none before something was set aside, and knows none by any number",
    async ({ deadLetters }) => {
      assert.deepEqual(await deadLetters.list({ cursor: 0, limit: 10 }), { letters: [] });
      assert.equal(await deadLetters.remove(1), false);
      assert.equal(await deadLetters.replay(1), false);
    },
  );

  check(
    "keeps a frame that was given up, with the reason, before the next one is handled",
    async (opened) => {
      const { mailbox, deadLetters } = opened;
      const [bad, good] = [frameFor("channel-1", 3), frameFor("channel-1", 3)];
      const seenByNext = Promise.withResolvers<number>();
      mailbox.consume(3, async (frame) => {
        if (frame.id === bad.id) throw new TerminalError("Cannot store 'ä': it is bad");
        seenByNext.resolve((await deadLetters.list({ cursor: 0, limit: 10 })).letters.length);
        return [{ position: 1 }];
      });
      await mailbox.post(bad);
      await mailbox.post(good);
      assert.equal(await seenByNext.promise, 1);
      const { letters: [letter], nextCursor } = await deadLetters.list({ cursor: 0, limit: 10 });
      const { atMs, bytes, frameSequence, sequence, ...told } = letter!;
      assert.deepEqual(told, {
        partition: 3,
        attempts: 3,
        code: "failed",
        reason: "Cannot store 'ä': it is bad",
        messageCount: 1,
        channelIds: ["channel-1"],
      });
      assert.ok(atMs > 0 && bytes > 0 && frameSequence > 0 && sequence > 0);
      assert.equal(nextCursor, undefined);
    },
  );

  check(
    "keeps the sections that were refused, and only those, by their reasons",
    async (opened) => {
      const { mailbox, deadLetters } = opened;
      const sections = ["a", "b", "c", "d"].flatMap((channel) => frameFor(channel, 0).sections);
      const disabled = reject("forbidden", "Cannot publish: the channel is disabled");
      const absent = reject("not_found", "Cannot publish: there is no channel");
      const outcomes = [undefined, disabled, absent, disabled].map((rejection) => ({
        position: rejection === undefined ? 1 : 0,
        ...(rejection === undefined ? {} : { rejection }),
      }));
      const done = Promise.withResolvers<void>();
      mailbox.consume(0, ({ sections: { length } }) => {
        if (length === 4) return Promise.resolve(outcomes);
        done.resolve();
        return Promise.resolve([{ position: 2 }]);
      });
      await mailbox.post({ ...frameFor("a", 0), sections });
      await mailbox.post(frameFor("a", 0));
      await done.promise;
      const { letters } = await deadLetters.list({ cursor: 0, limit: 10 });
      assert.deepEqual(
        letters.map(({ code, reason, channelIds }) => [code, reason, ...channelIds]),
        [["forbidden", disabled.message, "b", "d"], ["not_found", absent.message, "c"]],
      );
    },
  );

  check("posts a letter again with its sections as they were, and removes it", async (opened) => {
    const { mailbox, deadLetters } = opened;
    const bad = frameFor("a", 5);
    let isCured = false;
    const again = Promise.withResolvers<MailboxFrame>();
    mailbox.consume(5, (frame) => {
      if (!isCured) throw new TerminalError("Cannot store: bad");
      again.resolve(frame);
      return Promise.resolve([{ position: 1 }]);
    });
    await mailbox.post(bad);
    const { sequence } = await firstLetter(deadLetters);
    isCured = true;
    assert.equal(await deadLetters.replay(sequence), true);
    const { id, sections } = await again.promise;
    assert.notEqual(id, bad.id);
    assert.deepEqual(sections, bad.sections);
    assert.deepEqual(await deadLetters.list({ cursor: 0, limit: 10 }), { letters: [] });
    assert.equal(await deadLetters.replay(sequence), false);
  });

  check("lists in pages, from a letter on, and past removed ones", async (opened) => {
    const { mailbox, deadLetters } = opened;
    const last = newId();
    const done = Promise.withResolvers<void>();
    mailbox.consume(0, ({ sections: [section] }) => {
      if (section!.eventId === last) done.resolve();
      const rejection = reject("forbidden", section!.channelId);
      return Promise.resolve([{ position: 0, rejection }]);
    });
    for (let n = 0; n < 5; n++) await mailbox.post(frameFor(`c${n}`, 0));
    await mailbox.post({
      ...frameFor("c5", 0),
      sections: [{ ...frameFor("c5").sections[0]!, eventId: last }],
    });
    await done.promise;
    const reasons: string[] = [];
    let cursor: number | undefined = 0;
    // The last one is set aside after its handler was done.
    while (reasons.at(-1) !== "c5") {
      const page = await deadLetters.list({ cursor: cursor ?? 0, limit: 2 });
      assert.ok(page.letters.length <= 2);
      if (cursor === undefined) reasons.length = 0;
      reasons.push(...page.letters.map(({ reason }) => reason));
      cursor = page.nextCursor;
    }
    assert.deepEqual(reasons, ["c0", "c1", "c2", "c3", "c4", "c5"]);
    const { letters } = await deadLetters.list({ cursor: 0, limit: 100 });
    assert.equal(await deadLetters.remove(letters[1]!.sequence), true);
    assert.equal(await deadLetters.remove(letters[1]!.sequence), false);
    const left = await deadLetters.list({ cursor: letters[1]!.sequence, limit: 1 });
    assert.deepEqual(left.letters.map(({ reason }) => reason), ["c2"]);
    assert.equal(left.nextCursor, letters[2]!.sequence + 1);
  });
}

export async function firstLetter(deadLetters: DeadLetters): Promise<DeadLetter> {
  for (;;) {
    const { letters: [letter] } = await deadLetters.list({ cursor: 0, limit: 1 });
    if (letter !== undefined) return letter;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
