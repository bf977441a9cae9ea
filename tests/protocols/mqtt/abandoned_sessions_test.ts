import assert from "node:assert/strict";
import { AppendingJournal, newId, silentLogger, systemClock } from "../../../actors/mod.ts";
import { presenceProjection, presenceQueries, PresenceStore } from "../../../projections/mod.ts";
import { endAbandonedSessions } from "../../../protocols/mqtt/mod.ts";
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
  await endAbandonedSessions({
    events: log.store,
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
