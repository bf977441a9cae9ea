import assert from "node:assert/strict";
import {
  EVENT_BYTES_MAX,
  InvariantViolation,
  newId,
  SYSTEM_AUTHORITY,
  TransientError,
  verifyStream,
} from "../../../actors/mod.ts";
import { event, METADATA } from "../event_store/events.ts";
import { CHANNEL_A, CHANNEL_B, DAY_MS, frame, section, withDesk } from "./desk.ts";

const any = { expectedRevision: "any" } as const;

Deno.test("recorder: appends one event for each section, as its bytes came, with who and because of what", async () => {
  await withDesk(async ({ recorder, said }) => {
    const sent = section(CHANNEL_A);
    const it = frame([sent]);
    const outcomes = await recorder.record(it);
    const [stored, ...more] = await said(CHANNEL_A);
    assert.ok(stored !== undefined && more.length === 0);
    assert.deepEqual(outcomes, [{ position: stored.position }]);
    assert.deepEqual(
      [stored.id, stored.type, stored.data],
      [sent.eventId, "MessagesPublished", sent.batch],
    );
    const { recordedAtMs: _, ...metadata } = stored.metadata;
    assert.deepEqual(metadata, {
      schemaVersion: 1,
      domainId: METADATA.domainId,
      principal: { kind: "system", id: "ingress" },
      edge: "system",
      remoteAddress: "local",
      causationId: it.id,
      correlationId: it.id,
      messageCount: sent.messageCount,
      retainedCount: 1,
    });
    assert.ok(!("what" in verifyStream([stored])), "the chain covers the batch");
  });
});

Deno.test("recorder: a frame that is delivered again appends nothing twice, and answers the same", async () => {
  await withDesk(async ({ recorder, another, said }) => {
    const first = frame([section(CHANNEL_A), section(CHANNEL_B), section(CHANNEL_A)]);
    const outcomes = await recorder.record(first);
    const later = await recorder.record(frame([section(CHANNEL_A)]));
    assert.deepEqual(await recorder.record(first), outcomes);
    assert.deepEqual(await another().record(first), outcomes, "after a restart too");
    assert.equal((await recorder.record(frame([section(CHANNEL_A)])))[0]?.rejection, undefined);
    const ids = (await said(CHANNEL_A)).map(({ revision }) => revision);
    assert.deepEqual(ids, [0, 1, 2, 3]);
    assert.equal((await said(CHANNEL_B)).length, 1);
    assert.ok(later[0]!.position > outcomes[2]!.position);
  });
});

Deno.test("recorder: a frame whose answer was lost is stored once when it comes again", async () => {
  await withDesk(async ({ recorder, said, through }) => {
    let lost = true;
    through((inner) => async (...append) => {
      const result = await inner(...append);
      if (lost) throw new TransientError("Cannot append: the answer was lost");
      return result;
    });
    const it = frame([section(CHANNEL_A), section(CHANNEL_A)]);
    await assert.rejects(recorder.record(it), TransientError);
    lost = false;
    const outcomes = await recorder.record(it);
    const stored = await said(CHANNEL_A);
    assert.deepEqual(stored.map(({ id }) => id), it.sections.map(({ eventId }) => eventId));
    assert.deepEqual(outcomes, stored.map(({ position }) => ({ position })));
  });
});

Deno.test("recorder: keeps the order of a channel's sections, and of frames", async () => {
  await withDesk(async ({ recorder, said }) => {
    const frames = Array.from(
      { length: 5 },
      () => frame([section(CHANNEL_A), section(CHANNEL_B), section(CHANNEL_A)]),
    );
    for (const it of frames) await recorder.record(it);
    const expected = frames.flatMap(({ sections }) =>
      sections.filter(({ channelId }) => channelId === CHANNEL_A).map(({ eventId }) => eventId)
    );
    assert.deepEqual((await said(CHANNEL_A)).map(({ id }) => id), expected);
  });
});

Deno.test("recorder: refuses a disabled, a removed and an unknown channel alone, and writes nothing to it", async () => {
  await withDesk(async ({ recorder, command, said }) => {
    const unknown = newId();
    const it = frame([section(CHANNEL_A), section(CHANNEL_B), section(unknown)]);
    await command(CHANNEL_B, { type: "DisableChannel", by: SYSTEM_AUTHORITY });
    const codes = (await recorder.record(it)).map(({ rejection }) => rejection?.code);
    assert.deepEqual(codes, [undefined, "forbidden", "not_found"]);
    await command(CHANNEL_B, { type: "EnableChannel", by: SYSTEM_AUTHORITY });
    assert.equal((await recorder.record(frame([section(CHANNEL_B)])))[0]?.rejection, undefined);
    await command(CHANNEL_B, { type: "RemoveChannel", by: SYSTEM_AUTHORITY });
    const [removed] = await recorder.record(frame([section(CHANNEL_B)]));
    assert.equal(removed?.rejection?.code, "not_found");
    assert.deepEqual([(await said(CHANNEL_B)).length, (await said(unknown)).length], [1, 0]);
  });
});

Deno.test("recorder: refuses a batch without messages, and one that the log cannot hold", async () => {
  await withDesk(async ({ recorder, said }) => {
    const tooLarge = { batch: new Uint8Array(EVENT_BYTES_MAX + 1) };
    const outcomes = await recorder.record(
      frame([section(CHANNEL_A, { messageCount: 0 }), section(CHANNEL_A, tooLarge)]),
    );
    assert.deepEqual(outcomes.map(({ rejection }) => rejection?.code), ["invalid", "too_large"]);
    assert.deepEqual(await said(CHANNEL_A), []);
  });
});

Deno.test("recorder: begins a stream with each UTC day of a tick, and returns to a day for a late frame", async () => {
  await withDesk(async ({ recorder, said }) => {
    const midnightMs = DAY_MS + 24 * 3_600_000;
    const late = frame([section(CHANNEL_A)], midnightMs - 1);
    const outcomes = await recorder.record(late);
    await recorder.record(frame([section(CHANNEL_A)], midnightMs));
    await recorder.record(frame([section(CHANNEL_A)], midnightMs - 1));
    assert.deepEqual(await recorder.record(late), outcomes, "repeated after midnight");
    await recorder.record(frame([section(CHANNEL_A)], midnightMs + 1));
    const revisions = async (day: string) =>
      (await said(CHANNEL_A, day)).map(({ revision }) => revision);
    assert.deepEqual(await revisions("2026-01-01"), [0, 1]);
    assert.deepEqual(await revisions("2026-01-02"), [0, 1]);
  });
});

Deno.test("recorder: goes on behind what another node wrote", async () => {
  await withDesk(async ({ recorder, another, said }) => {
    await recorder.record(frame([section(CHANNEL_A)]));
    await another().record(frame([section(CHANNEL_A)]));
    const [outcome] = await recorder.record(frame([section(CHANNEL_A)]));
    const stored = await said(CHANNEL_A);
    assert.deepEqual(stored.map(({ revision }) => revision), [0, 1, 2]);
    assert.equal(outcome?.position, stored[2]?.position);
  });
});

Deno.test("recorder: refuses a channel that another node keeps writing, after three attempts", async () => {
  await withDesk(async ({ recorder, log, said, through }) => {
    let attempts = 0;
    through((inner) => async (stream, events, options) => {
      attempts++;
      await log.append(stream, [event(new Uint8Array([1]))], any);
      return await inner(stream, events, options);
    });
    const it = frame([section(CHANNEL_A)]);
    const [outcome] = await recorder.record(it);
    assert.deepEqual([outcome?.rejection?.code, attempts], ["unavailable", 3]);
    assert.match(outcome!.rejection!.message, new RegExp(CHANNEL_A));
    const stored = await said(CHANNEL_A);
    assert.ok(stored.every(({ id }) => id !== it.sections[0]!.eventId));
  });
});

Deno.test("recorder: tells that the log is full, keeps nothing of what was refused, and goes on with room", async () => {
  await withDesk(async ({ recorder, log, said }) => {
    const large = () => {
      const batch = crypto.getRandomValues(new Uint8Array(60_000));
      return frame([section(CHANNEL_A, { batch })]);
    };
    let kept = 0;
    let refused = large();
    for (; kept < 100; kept++) {
      const [outcome] = await recorder.record(refused);
      if (outcome?.rejection?.code === "storage_full") break;
      assert.equal(outcome?.rejection, undefined);
      refused = large();
    }
    const stored = await said(CHANNEL_A);
    assert.equal(stored.length, kept, "reads go on");
    assert.ok(stored.every(({ id }) => id !== refused.sections[0]!.eventId));
    await log.setStreamLimits(`messages-${CHANNEL_A}-2026-01-01`, { maxCount: 1 });
    await log.scavenge({ through: await log.lastPosition() });
    const [again] = await recorder.record(refused);
    assert.equal(again?.rejection, undefined);
    assert.equal((await said(CHANNEL_A)).at(-1)?.revision, kept);
  }, { pagesMax: 300 });
});

Deno.test("recorder: passes on what it cannot judge, so that the mailbox decides", async () => {
  await withDesk(async ({ recorder, through, said }) => {
    through(() => () => Promise.reject(new InvariantViolation("Cannot append")));
    await assert.rejects(recorder.record(frame([section(CHANNEL_A)])), InvariantViolation);
    through((inner) => inner);
    await recorder.record(frame([section(CHANNEL_A)]));
    assert.equal((await said(CHANNEL_A)).length, 1);
  });
});

Deno.test("recorder: goes on in streams whose newest revision it has let go of", async () => {
  await withDesk(async ({ recorder, command, said }) => {
    // One more than it remembers.
    const channelIds = Array.from({ length: 20_001 }, newId);
    for (const id of channelIds) {
      await command(id, {
        type: "CreateChannel",
        by: SYSTEM_AUTHORITY,
        domainId: METADATA.domainId,
        profile: { name: "one of many" },
      });
    }
    for (let at = 0; at < channelIds.length; at += 1_000) {
      const sections = channelIds.slice(at, at + 1_000).map((id) => section(id));
      await recorder.record(frame(sections));
    }
    for (const id of [channelIds[0]!, channelIds.at(-1)!]) {
      const [outcome] = await recorder.record(frame([section(id)]));
      const stored = await said(id);
      assert.deepEqual(stored.map(({ revision }) => revision), [0, 1]);
      assert.equal(outcome?.position, stored[1]?.position);
    }
  });
});

Deno.test("recorder: appends of all channels of a frame start in the same turn", async () => {
  await withDesk(async ({ recorder, through }) => {
    await recorder.record(frame([section(CHANNEL_A), section(CHANNEL_B)]));
    const started: string[] = [];
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    through((inner) => async (...append) => {
      started.push(append[0]);
      await held;
      return await inner(...append);
    });
    const recording = recorder.record(frame([section(CHANNEL_A), section(CHANNEL_B)]));
    assert.equal(started.length, 2, "one flush of the disk serves both");
    release();
    await recording;
  });
});
