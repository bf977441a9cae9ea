import assert from "node:assert/strict";
import {
  FRAME_ATTEMPTS_MAX,
  FRAMES_WAITING_MAX,
  InvariantViolation,
  type Mailbox,
  type MailboxFrame,
  newId,
  partitionOf,
  PARTITIONS,
  type SectionOutcome,
  TerminalError,
  TransientError,
} from "../../../actors/mod.ts";

/*
 * The port of the mailbox in executable form. It speaks to the port alone, and takes no outcome from
 * `post` for granted: an engine that keeps the frame itself answers before it was handled.
 *
 * That is also the one difference between engines, and where the suite asks for another thing it says
 * so by {@link MailboxKind}: a poster that still waits is told that an engine was away too long, and
 * its device too. Nobody is left to be told of a frame that was kept: it waits for that engine, and
 * only what goes wrong in another way is given up.
 */

/** Whether a post waits until its frame was handled, or the engine keeps the frame. */
export type MailboxKind = "waits" | "keeps";

export interface OpenedMailbox {
  readonly mailbox: Mailbox;
  close(): Promise<void>;
}

export function frameFor(channelId: string, partition = partitionOf(channelId)): MailboxFrame {
  return {
    id: newId(),
    partition,
    closedAtMs: Date.now(),
    sections: [{
      channelId,
      eventId: newId(),
      batch: new Uint8Array([1, 2, 3]),
      messageCount: 1,
      retainedCount: 0,
    }],
  };
}

const done: readonly SectionOutcome[] = [{ position: 1 }];

export function mailboxContract(
  name: string,
  kind: MailboxKind,
  open: () => Promise<OpenedMailbox>,
): void {
  const check = (says: string, run: (mailbox: Mailbox) => Promise<void>) =>
    Deno.test(`${name}: ${says}`, async () => {
      const { mailbox, close } = await open();
      try {
        await run(mailbox);
      } finally {
        await close();
      }
    });

  check("says which engine it is, and how many frames were taken and not handled yet", async (
    mailbox,
  ) => {
    const status = async () => {
      const { state, lag } = await mailbox.status();
      return [state, lag];
    };
    assert.match((await mailbox.status()).engine, /^[a-z-]+$/);
    assert.deepEqual(await status(), ["up", 0]);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { handled, handler } = collecting(2);
    mailbox.consume(0, async (frame) => {
      await held;
      return await handler(frame);
    });
    const posts = [mailbox.post(frameFor("a", 0)), mailbox.post(frameFor("a", 0))];
    while ((await mailbox.status()).lag !== 2) await new Promise((done) => setTimeout(done, 1));
    release();
    await Promise.all([handled, ...posts]);
    while ((await mailbox.status()).lag !== 0) await new Promise((done) => setTimeout(done, 1));
  });

  check("hands a frame on as it was posted", async (mailbox) => {
    const frame = frameFor("channel-1");
    const { handled, handler } = collecting(1);
    mailbox.consume(frame.partition, handler);
    await mailbox.post(frame);
    const [{ sequence: _, ...handed }] = await handled as readonly [MailboxFrame];
    assert.deepEqual(handed, frame);
  });

  check(
    "handles the frames of a partition one after another, in the order of posting",
    async (mailbox) => {
      const frames = Array.from({ length: 20 }, () => frameFor("channel-1"));
      let inHand = 0;
      const { handled, handler } = collecting(frames.length);
      mailbox.consume(frames[0]!.partition, async (frame) => {
        assert.equal(++inHand, 1);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inHand--;
        return handler(frame);
      });
      await Promise.all(frames.map((frame) => mailbox.post(frame)));
      assert.deepEqual((await handled).map(({ id }) => id), frames.map(({ id }) => id));
    },
  );

  check("does not let one partition wait for another", async (mailbox) => {
    let release = () => {};
    const stuck = new Promise<void>((resolve) => release = resolve);
    const slow = frameFor("a", 0);
    mailbox.consume(0, () => stuck.then(() => done));
    const { handled, handler } = collecting(1);
    mailbox.consume(1, handler);
    const posted = mailbox.post(slow);
    await mailbox.post(frameFor("b", 1));
    assert.equal((await handled).length, 1);
    release();
    await posted;
  });

  check("keeps a frame for a consumer that comes later", async (mailbox) => {
    const posted = mailbox.post(frameFor("a", 3));
    const { handled, handler } = collecting(1);
    mailbox.consume(3, handler);
    assert.equal((await handled).length, 1);
    await posted;
  });

  check("delivers again after a TransientError, with nothing overtaking", async (mailbox) => {
    const frames = [frameFor("a", 0), frameFor("a", 0)];
    const seen: string[] = [];
    let failures = 0;
    const all = Promise.withResolvers<void>();
    mailbox.consume(0, (frame) => {
      seen.push(frame.id);
      if (failures++ < FRAME_ATTEMPTS_MAX - 1) throw new TransientError("Cannot store: away");
      if (frame.id === frames[1]!.id) all.resolve();
      return Promise.resolve(done);
    });
    await Promise.all(frames.map((frame) => mailbox.post(frame)));
    await all.promise;
    const [first, second] = frames.map(({ id }) => id);
    assert.deepEqual(seen, [first, first, first, second]);
  });

  if (kind === "waits") {
    check("goes on with the next frame after one that was given up", async (mailbox) => {
      assert.equal(await attemptsAt(mailbox, new TransientError("Cannot store: away")), 3);
    });
  } else {
    check("gives no frame up whose engine is away, however long", async (mailbox) => {
      const [first, second] = [frameFor("a", 0), frameFor("a", 0)];
      const seen: string[] = [];
      const all = Promise.withResolvers<void>();
      mailbox.consume(0, (frame) => {
        seen.push(frame.id);
        if (seen.length <= FRAME_ATTEMPTS_MAX + 1) throw new TransientError("Cannot store: away");
        if (frame.id === second.id) all.resolve();
        return Promise.resolve(done);
      });
      await Promise.all([mailbox.post(first), mailbox.post(second)]);
      await all.promise;
      const repeats = new Array<string>(FRAME_ATTEMPTS_MAX + 2).fill(first.id);
      assert.deepEqual(seen, [...repeats, second.id]);
    });

    check("goes on with the next frame after one that was given up", async (mailbox) => {
      assert.equal(await attemptsAt(mailbox, new TerminalError("Cannot store: bad")), 3);
    });
  }

  check("refuses a partition that is none, and a second consumer", async (mailbox) => {
    await assert.rejects(mailbox.post(frameFor("a", PARTITIONS)), InvariantViolation);
    mailbox.consume(0, () => Promise.resolve(done));
    assert.throws(() => mailbox.consume(0, () => Promise.resolve(done)), InvariantViolation);
  });

  check(
    "ends a consumer once the frame in hand is done, and takes another one then",
    async (mailbox) => {
      const { handled, handler } = collecting(1);
      const end = mailbox.consume(0, handler);
      await mailbox.post(frameFor("a", 0));
      await handled;
      await end();
      const second = collecting(1);
      mailbox.consume(0, second.handler);
      await mailbox.post(frameFor("a", 0));
      assert.equal((await second.handled).length, 1);
    },
  );

  check("refuses posts after it was closed", async (mailbox) => {
    await mailbox.close();
    await assert.rejects(mailbox.post(frameFor("a", 0)), TransientError);
  });
}

/** How often a frame is tried that fails like this, while the next one of its partition waits. */
async function attemptsAt(mailbox: Mailbox, failure: Error): Promise<number> {
  const [bad, good] = [frameFor("a", 0), frameFor("a", 0)];
  const { handled, handler } = collecting(1);
  let attempts = 0;
  mailbox.consume(0, (frame) => {
    if (frame.id !== bad.id) return handler(frame);
    attempts++;
    throw failure;
  });
  await Promise.allSettled([mailbox.post(bad), mailbox.post(good)]);
  assert.deepEqual((await handled).map(({ id }) => id), [good.id]);
  assert.equal(FRAME_ATTEMPTS_MAX, 3);
  return attempts;
}

/** A handler that says when it has had so many frames. */
function collecting(count: number) {
  const frames: MailboxFrame[] = [];
  const all = Promise.withResolvers<readonly MailboxFrame[]>();
  return {
    handled: all.promise,
    handler(frame: MailboxFrame): Promise<readonly SectionOutcome[]> {
      frames.push(frame);
      if (frames.length === count) all.resolve(frames);
      return Promise.resolve(done);
    },
  };
}

/** For mailboxes that hold frames in this process: the bound on what may wait. */
export function boundedMailboxContract(name: string, open: () => Promise<OpenedMailbox>): void {
  Deno.test(`${name}: refuses a frame when too many wait in its partition, and takes others again`, async () => {
    const { mailbox, close } = await open();
    const posts = Array.from(
      { length: FRAMES_WAITING_MAX },
      () => mailbox.post(frameFor("a", 0)),
    );
    await assert.rejects(mailbox.post(frameFor("a", 0)), TransientError);
    mailbox.consume(1, () => Promise.resolve(done));
    await mailbox.post(frameFor("b", 1));
    mailbox.consume(0, () => Promise.resolve(done));
    await Promise.all(posts);
    await mailbox.post(frameFor("a", 0));
    await close();
  });
}
