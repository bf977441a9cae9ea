import assert from "node:assert/strict";
import {
  InvariantViolation,
  newId,
  SYSTEM_AUTHORITY,
  TransientError,
  verifyStream,
} from "../../../actors/mod.ts";
import { event } from "../event_store/events.ts";
import { CHANNEL_A, CHANNEL_B, section } from "./desk.ts";
import { type LineDesk, numberedFrame, type SharedLog, withLine } from "./line_desk.ts";
import { interleaved } from "./interleaving.ts";

/*
 * What the recorder makes of frames that a mailbox keeps and numbers, over any log: each is stored
 * once, whichever nodes it was delivered to, how often, and in whatever order they come to it.
 */

type Check = (says: string, run: (desk: LineDesk) => Promise<void>) => void;

export function numberedFrames(
  name: string,
  { open, seeds }: { readonly open: () => Promise<SharedLog>; readonly seeds: number },
): void {
  const check: Check = (says, run) =>
    Deno.test(`${name}: ${says}`, async () => await withLine(await open(), run));
  repeats(check);
  passedOver(check);
  check("stores every section once, whatever two nodes make of the same frames", async (desk) => {
    for (let seed = 1; seed <= seeds; seed++) await interleaved(desk, seed);
  });
}

function repeats(check: Check): void {
  check("keeps with each event which section of which frame it was", async (desk) => {
    const { recorder } = await desk.node();
    await recorder.record(numberedFrame(7, [CHANNEL_A, CHANNEL_B, CHANNEL_A]));
    const places = async (channelId: string) =>
      (await desk.said(channelId)).map(({ metadata }) => [
        metadata.mailboxSequence,
        metadata.mailboxSection,
      ]);
    assert.deepEqual(await places(CHANNEL_A), [[7, undefined], [7, 1]]);
    assert.deepEqual(await places(CHANNEL_B), [[7, undefined]]);
    assert.ok(!("what" in verifyStream(await desk.said(CHANNEL_A))), "the chain covers them");
  });

  check("stores a frame once that another node recorded and did not acknowledge", async (desk) => {
    const it = numberedFrame(1, [CHANNEL_A, CHANNEL_B, CHANNEL_A]);
    const crashed = await desk.node();
    const outcomes = await crashed.recorder.record(it);
    const { recorder } = await desk.node();
    assert.deepEqual(await recorder.record(it), outcomes);
    await recorder.record(numberedFrame(2));
    assert.deepEqual(await crashed.recorder.record(it), outcomes, "if it lives after all");
    assert.deepEqual([(await desk.said(CHANNEL_A)).length, (await desk.said(CHANNEL_B)).length], [
      3,
      1,
    ]);
  });

  check("stores the rest of a frame of which a part was recorded", async (desk) => {
    const it = numberedFrame(1, [CHANNEL_A, CHANNEL_A, CHANNEL_A]);
    const crashed = await desk.node();
    let appends = 0;
    crashed.through((inner) => async (...append) => {
      if (++appends === 3) throw new TransientError("Cannot append: killed");
      return await inner(...append);
    });
    await assert.rejects(crashed.recorder.record(it), TransientError);
    const { recorder } = await desk.node();
    const outcomes = await recorder.record(it);
    const stored = await desk.said(CHANNEL_A);
    assert.deepEqual(stored.map(({ id }) => id), it.sections.map(({ eventId }) => eventId));
    assert.deepEqual(outcomes, stored.map(({ position }) => ({ position })));
  });

  check("knows a frame again behind hundreds that another node recorded since", async (desk) => {
    const it = numberedFrame(1);
    const old = await desk.node();
    const outcomes = await old.recorder.record(it);
    const { recorder } = await desk.node();
    for (let sequence = 2; sequence <= 300; sequence++) {
      await recorder.record(numberedFrame(sequence));
    }
    // A node that has never seen any of it, and one that takes the stream for as it left it.
    for (const node of [await desk.node(), old]) {
      assert.deepEqual(await node.recorder.record(it), outcomes);
    }
    assert.equal((await desk.said(CHANNEL_A)).length, 300);
  });

  check("stores an append once that lands after the frame came again", async (desk) => {
    const it = numberedFrame(1);
    const slow = await desk.node();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    slow.through((inner) => async (...append) => {
      await held;
      return await inner(...append);
    });
    const late = slow.recorder.record(it);
    const { recorder } = await desk.node();
    const outcomes = await recorder.record(it);
    await recorder.record(numberedFrame(2));
    release();
    assert.deepEqual(await late, outcomes);
    assert.equal((await desk.said(CHANNEL_A)).length, 2);
  });
}

/** Frames that a node comes to only after another one recorded later ones. */
function passedOver(check: Check): void {
  check("appends nothing behind a later frame, and says so", async (desk) => {
    const fenced = await desk.node();
    await fenced.recorder.record(numberedFrame(1));
    const { recorder } = await desk.node();
    await recorder.record(numberedFrame(5));
    const older = numberedFrame(3, [CHANNEL_A, CHANNEL_B]);
    await assert.rejects(
      fenced.recorder.record(older),
      (error: Error) =>
        error instanceof InvariantViolation && /frame 3 .* is at frame 5/.test(error.message),
    );
    const sequences = (await desk.said(CHANNEL_A)).map(({ metadata }) => metadata.mailboxSequence);
    assert.deepEqual(sequences, [1, 5]);
    const [other] = await desk.said(CHANNEL_B);
    assert.equal(other?.id, older.sections[1]!.eventId, "other channels get theirs");
  });

  check("answers the refusal of a channel that refused the frame in its turn", async (desk) => {
    const fenced = await desk.node();
    await fenced.recorder.record(numberedFrame(1));
    const owner = await desk.node();
    await owner.recorder.record(numberedFrame(3));
    await desk.command(owner, CHANNEL_A, { type: "DisableChannel", by: SYSTEM_AUTHORITY });
    // In the memory of the fenced node the channel is still enabled.
    const [outcome] = await fenced.recorder.record(numberedFrame(2));
    assert.equal(outcome?.rejection?.code, "forbidden");
    assert.equal((await desk.said(CHANNEL_A)).length, 2);
  });

  check("does not take another frame with an old number for a repeat", async (desk) => {
    const { recorder } = await desk.node();
    await recorder.record(numberedFrame(1));
    await assert.rejects(
      recorder.record(numberedFrame(1)),
      (error: Error) => error instanceof InvariantViolation && /anew/.test(error.message),
    );
    assert.equal((await desk.said(CHANNEL_A)).length, 1);
  });

  check("keeps a frame waiting that others keep it from storing", async (desk) => {
    const { recorder, through } = await desk.node();
    through((inner) => async (stream, events, options) => {
      await inner(stream, [event(new Uint8Array([1]))], { expectedRevision: "any" });
      return await inner(stream, events, options);
    });
    const it = numberedFrame(1);
    await assert.rejects(recorder.record(it), TransientError);
    through((inner) => inner);
    const [outcome] = await recorder.record(it);
    const stored = (await desk.said(CHANNEL_A)).at(-1);
    assert.deepEqual([stored?.id, stored?.position], [it.sections[0]!.eventId, outcome?.position]);
  });

  check("stores frames without numbers beside those with one", async (desk) => {
    const { recorder } = await desk.node();
    const { sequence: _, ...unnumbered } = numberedFrame(0);
    await recorder.record(numberedFrame(1));
    const outcomes = await recorder.record(unnumbered);
    assert.deepEqual(await recorder.record(unnumbered), outcomes);
    await recorder.record({
      ...numberedFrame(2),
      sections: [section(CHANNEL_A), section(newId())],
    });
    assert.equal((await desk.said(CHANNEL_A)).length, 3);
  });
}
