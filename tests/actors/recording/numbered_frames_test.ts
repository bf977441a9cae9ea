import assert from "node:assert/strict";
import {
  InvariantViolation,
  newId,
  openInlineEventStore,
  StorageFull,
} from "../../../actors/mod.ts";
import { openStore } from "../event_store/eventstoredb/opened.ts";
import { startEsdbServer } from "../../support/esdb_server/mod.ts";
import { METADATA } from "../event_store/events.ts";
import { CHANNEL_A, DAY_MS, section, withDesk } from "./desk.ts";
import { numberedFrame } from "./line_desk.ts";
import { numberedFrames } from "./numbered_frames_contract.ts";

numberedFrames("recorder on sqlite", {
  seeds: 200,
  open() {
    const log = openInlineEventStore({ path: ":memory:", nowMs: () => DAY_MS });
    return Promise.resolve({ connect: () => Promise.resolve(log), close: () => log.close() });
  },
});

numberedFrames("recorder on eventstoredb", {
  seeds: 10,
  async open() {
    const server = await startEsdbServer();
    const stores: Awaited<ReturnType<typeof openStore>>[] = [];
    return {
      async connect() {
        // Each node has a connection, and a memory of heads, of its own.
        const store = await openStore(server);
        stores.push(store);
        return store;
      },
      async close() {
        for (const store of stores) await store.close();
        await server.close();
      },
    };
  },
});

Deno.test("recorder: keeps a numbered frame waiting while the log is full, and stores it with room", async () => {
  await withDesk(async ({ recorder, log, said }) => {
    const large = (sequence: number) => {
      const batch = crypto.getRandomValues(new Uint8Array(60_000));
      return { ...numberedFrame(sequence), sections: [section(CHANNEL_A, { batch })] };
    };
    let full: unknown;
    let sequence = 1;
    let it = large(sequence);
    for (; full === undefined && sequence < 100; sequence++) {
      it = large(sequence);
      await recorder.record(it).catch((error) => full = error);
    }
    assert.ok(full instanceof StorageFull, "nobody is told that it was refused");
    const kept = (await said(CHANNEL_A)).length;
    await log.setStreamLimits(`messages-${CHANNEL_A}-2026-01-01`, { maxCount: 1 });
    await log.scavenge({ through: await log.lastPosition() });
    const [outcome] = await recorder.record(it);
    const newest = (await said(CHANNEL_A)).at(-1);
    assert.deepEqual([newest?.revision, newest?.position], [kept, outcome?.position]);
  }, { pagesMax: 300 });
});

Deno.test("recorder: looks for a repeat no further back than its bound, and stores nothing twice", async () => {
  await withDesk(async ({ recorder, log, said }) => {
    const first = numberedFrame(1);
    const outcomes = await recorder.record(first);
    // As many as are looked at, all behind the first one.
    for (let page = 0; page < 4; page++) {
      const events = Array.from({ length: 1_000 }, (_, n) => said1(2 + page * 1_000 + n));
      await log.append(`messages-${CHANNEL_A}-2026-01-01`, events, { expectedRevision: "any" });
    }
    assert.deepEqual(await recorder.record(first), outcomes);
    const events = Array.from({ length: 96 }, (_, n) => said1(4_002 + n));
    await log.append(`messages-${CHANNEL_A}-2026-01-01`, events, { expectedRevision: "any" });
    await assert.rejects(
      recorder.record(first),
      (error: Error) => error instanceof InvariantViolation && /4096 events/.test(error.message),
    );
    const newest = await log.readStream(`messages-${CHANNEL_A}-2026-01-01`, {
      direction: "backwards",
      limit: 1,
    });
    assert.equal(newest[0]?.revision, 4_096);
    assert.equal((await said(CHANNEL_A))[0]?.id, first.sections[0]!.eventId);
  });
});

function said1(mailboxSequence: number) {
  return {
    id: newId(),
    type: "MessagesPublished",
    data: new Uint8Array([1]),
    metadata: { ...METADATA, mailboxSequence },
  };
}
