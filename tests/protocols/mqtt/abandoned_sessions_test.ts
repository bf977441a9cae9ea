import assert from "node:assert/strict";
import {
  AppendingJournal,
  ManualClock,
  newId,
  silentLogger,
  systemClock,
} from "../../../actors/mod.ts";
import { presenceProjection, presenceQueries, PresenceStore } from "../../../projections/mod.ts";
import { AbandonedSessions } from "../../../protocols/mqtt/keeping/mod.ts";
import { sessionConnected, sessionEnded, TestLog, THING } from "../../projections/log.ts";

const STREAM = `session-${THING}`;

Deno.test("mqtt sessions: those that a killed process left open are ended, and no others", async () => {
  const log = new TestLog();
  const presence = new PresenceStore(":memory:");
  const followed = { projection: presenceProjection, readModel: presence };
  const journal = new AppendingJournal({
    store: log.store,
    clock: systemClock,
    logger: silentLogger,
    newId,
  });
  const [left, ended, begun] = [newId(), newId(), newId()];
  await log.record(STREAM, sessionConnected(left, "left"));
  await log.record(STREAM, sessionConnected(ended));
  await log.record(STREAM, sessionEnded(ended));
  const queries = presenceQueries(presence.file);
  const abandoned = new AbandonedSessions({
    clock: systemClock,
    clients: undefined,
    store: log.store,
    journal,
    logger: silentLogger,
    readModels: {
      // A session that begins while presence catches up is not one of before.
      async waitFor() {
        await log.record(STREAM, sessionConnected(begun));
        await log.follow(followed);
        return true;
      },
      presence: { openSessions: (which) => Promise.resolve(queries.openSessions(which)) },
    },
  });
  await abandoned.begin();
  await journal.flush();
  await log.follow(followed);
  const open = queries.openSessions({ through: Number.MAX_SAFE_INTEGER, limit: 10 });
  assert.deepEqual(open.map(({ sessionId }) => sessionId), [begun]);
  const last = (await log.events()).at(-1)!;
  assert.equal(last.type, "SessionEnded");
  const { sessionId, clientId, reason, clean } = last.data as Record<string, unknown>;
  assert.deepEqual(
    { sessionId, clientId, reason, clean },
    {
      sessionId: left,
      clientId: "left",
      reason: "the platform stopped without a farewell",
      clean: false,
    },
  );
  await presence.close();
  await log.store.close();
});

Deno.test("mqtt sessions: among nodes, those that a node has stay open, and those that have just ended are left to it", async () => {
  const log = new TestLog();
  const clock = new ManualClock();
  const presence = new PresenceStore(":memory:");
  const followed = { projection: presenceProjection, readModel: presence };
  const queries = presenceQueries(presence.file);
  const [held, moved, ending, lost] = [newId(), newId(), newId(), newId()];
  for (const id of [held, moved, ending, lost]) {
    await log.record(STREAM, sessionConnected(id, `client ${id}`));
  }
  await log.follow(followed);
  const ended: string[] = [];
  const connections = new Map([[`client ${held}`, held], [`client ${moved}`, newId()]]);
  const abandoned = new AbandonedSessions({
    store: log.store,
    clock,
    logger: silentLogger,
    journal: { record: (origin) => void ended.push(origin.sessionId) },
    readModels: {
      waitFor: () => Promise.resolve(true),
      presence: { openSessions: (which) => Promise.resolve(queries.openSessions(which)) },
    },
    clients: { holder: ({ clientId }) => Promise.resolve(connections.get(clientId)) },
  });
  const looked = abandoned.begin();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(ended, []);
  await log.record(STREAM, sessionEnded(ending));
  await log.follow(followed);
  clock.advance(5_000);
  await looked;
  assert.deepEqual(ended, [moved, lost]);
  ended.length = 0;
  clock.advance(600_000);
  await new Promise((resolve) => setTimeout(resolve, 0));
  abandoned.close();
  clock.advance(5_000);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(ended, [], "it is closed between its looks");
  await presence.close();
  await log.store.close();
});
