import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  compareEndings,
  compareLogs,
  copyLog,
  type ListedLog,
  type LogCopy,
  openEventStoreDbCopy,
  openInlineEventStore,
  openSqliteLogCopy,
  openStoredSqliteLog,
  READ_LIMIT_MAX,
} from "../../../actors/mod.ts";
import { startEsdbServer } from "../../support/esdb_server/mod.ts";
import { event, numbered } from "../event_store/events.ts";
import { fillOrigin } from "../event_store/log_copy_contract.ts";

const NONE = { told: new Map(), onStreams: () => {} };
const nowhere = new Set<number>();
const onProgress = () => {};

interface Logs {
  readonly path: string;
  readonly from: ListedLog;
  readonly to: LogCopy;
  /** The copy, opened once more. */
  copy(): Promise<LogCopy>;
}

/** Into each engine. */
function check(says: string, run: (logs: Logs) => Promise<void>): void {
  Deno.test(`moving a log to a server: ${says}`, async () => {
    const server = await startEsdbServer();
    const { connectionString } = server;
    try {
      await between(() => openEventStoreDbCopy({ connectionString }), run);
    } finally {
      await server.close();
    }
  });
  Deno.test(`moving a log to a file: ${says}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await between(() => Promise.resolve(openSqliteLogCopy(`${folder}/copy.db`)), run);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

async function between(
  copy: () => Promise<LogCopy>,
  run: (logs: Logs) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/origin.db`;
  const origin = openInlineEventStore({ path });
  await fillOrigin(origin);
  await origin.close();
  const from = openStoredSqliteLog(path);
  const to = await copy();
  try {
    await run({ path, from, to, copy });
  } finally {
    await from.close();
    await to.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function altered(path: string, sql: string): Promise<void> {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
  await Promise.resolve();
}

check("copies and proves, and says how much it was", async ({ from, to }) => {
  const reached: number[] = [];
  const count = await copyLog({ from, to, onProgress: ({ position }) => reached.push(position) });
  const { events } = await from.events.readAll({ after: 0, limit: READ_LIMIT_MAX });
  assert.equal(count, events.length);
  assert.equal(reached.at(-1), await from.events.lastPosition());
  const compared = await compareLogs({ from, to, onProgress }, nowhere);
  assert.equal(compared.events, events.length);
  const endings = await compareEndings({ from, to, list: from }, NONE);
  assert.equal(endings.streams, new Set(events.map(({ stream }) => stream)).size);
  assert.match(endings.heads, /^[0-9a-f]{64}$/);
  assert.equal(await copyLog({ from, to, onProgress }), 0, "nothing comes twice");
});

check("goes on wherever it was cut off", async ({ from, copy }) => {
  const { events } = await from.events.readAll({ after: 0, limit: READ_LIMIT_MAX });
  for (let cut = 0; cut < events.length; cut += 3) {
    const to = await copy();
    const held = (await to.events.readAll({ after: 0, limit: READ_LIMIT_MAX })).events.length;
    await to.add(events.slice(held, cut + 1));
    await to.close();
  }
  const to = await copy();
  await copyLog({ from, to, onProgress });
  assert.equal((await compareLogs({ from, to, onProgress }, nowhere)).events, events.length);
  await compareEndings({ from, to, list: from }, NONE);
  await to.close();
});

check(
  "says what to do where the origin has let go what was not copied yet",
  async ({ path, from, to }) => {
    const { events } = await from.events.readAll({ after: 0, limit: READ_LIMIT_MAX });
    const cut = events.findIndex(({ stream }) => stream === "thing-hidden");
    await to.add(events.slice(0, cut + 1));
    const store = openInlineEventStore({ path });
    await store.setStreamLimits("thing-hidden", { truncateBefore: 3 });
    await store.setStreamLimits("thing-whole", { truncateBefore: 2 });
    const again = async (through: number, reason: RegExp) => {
      await store.scavenge({ through });
      await assert.rejects(copyLog({ from, to, onProgress }), { message: reason });
    };
    const gap = events[cut + 2]!.position;
    await altered(
      path,
      `DELETE FROM events WHERE position > ${events[cut]!.position} AND position <= ${gap}`,
    );
    await again(
      0,
      /event 3 of 'thing-hidden' .*: revision 1 of its stream is missing; .* begin again with an empty target/,
    );
    await again(gap, /the newest is Happened .* event 0 of 'thing-hidden'; empty the target/);
    await store.close();
  },
);

check("tells where the copy has places of the origin", async ({ from, to }) => {
  await copyLog({ from, to, onProgress });
  const { events } = await from.events.readAll({ after: 0, limit: READ_LIMIT_MAX });
  const there = (await to.events.readAll({ after: 0, limit: READ_LIMIT_MAX })).events;
  const before = events[0]!.position - 1;
  // The scavenge has left a gap in the numbers.
  const gap = events.findIndex(({ position }, at) => events[at + 1]?.position !== position + 1);
  const inGap = events[gap]!.position + 1;
  const beyond = events.at(-1)!.position + 100;
  const wanted = new Set([before, inGap, beyond, ...events.map(({ position }) => position)]);
  const { places } = await compareLogs({ from, to, onProgress }, wanted);
  assert.deepEqual([places.at(before), places.through(before)], [undefined, 0]);
  assert.deepEqual(
    [places.at(inGap), places.through(inGap)],
    [undefined, there[gap]!.position],
  );
  assert.deepEqual([places.at(beyond), places.through(beyond)], [
    undefined,
    there.at(-1)!.position,
  ]);
  for (const [index, { position }] of events.entries()) {
    assert.equal(places.at(position), there[index]!.position);
    assert.equal(places.through(position), there[index]!.position);
  }
});

check(
  "refuses a target that holds the events of another log, and names what is there",
  async ({ from, to }) => {
    const folder = await Deno.makeTempDir();
    const store = openInlineEventStore({ path: `${folder}/other.db` });
    await store.append("thing-other", [event({}, "ThingCreated")], { expectedRevision: "any" });
    await store.close();
    const other = openStoredSqliteLog(`${folder}/other.db`);
    await copyLog({ from: other, to, onProgress });
    await assert.rejects(copyLog({ from, to, onProgress }), {
      name: "TerminalError",
      message:
        /target holds events that the origin does not have, the newest is ThingCreated .* event 0 of 'thing-other'/,
    });
    await other.close();
    await Deno.remove(folder, { recursive: true });
  },
);

check("names the first event that is not the same", async ({ path, from, to }) => {
  await copyLog({ from, to, onProgress });
  const differs = async (sql: string, reason: RegExp) => {
    await altered(path, sql);
    await assert.rejects(compareLogs({ from, to, onProgress }, nowhere), {
      name: "TerminalError",
      message: reason,
    });
  };
  const second = "(SELECT position FROM events ORDER BY position LIMIT 1 OFFSET 1)";
  const last = "(SELECT max(position) FROM events)";
  await differs(
    `INSERT INTO events SELECT position + 50, stream_id, revision + 50, recorded_at_ms, encoding,
       event_id, hash, type, metadata, data FROM events WHERE position = ${last}`,
    /the target lacks event 60 of 'session-scavenged'/,
  );
  await differs(
    `UPDATE events SET data = CAST('{"n":99}' AS BLOB) WHERE position = ${second}`,
    /data of event 1 of 'thing-whole' \(Happened, .*\) is not the same in both/,
  );
  await differs(
    `DELETE FROM events WHERE position = ${second}`,
    /where the origin has event 2 of 'thing-whole' .*, the target has event 1 of 'thing-whole'/,
  );
});

check("names what only the target has", async ({ path, from, to }) => {
  await copyLog({ from, to, onProgress });
  await altered(path, "DELETE FROM events WHERE position = (SELECT max(position) FROM events)");
  await assert.rejects(compareLogs({ from, to, onProgress }, nowhere), {
    message: /the target also has event 10 of 'session-scavenged'/,
  });
});

check("names the stream that ends elsewhere", async ({ path, from, to }) => {
  await copyLog({ from, to, onProgress });
  await altered(path, "UPDATE streams SET last_revision = 77 WHERE name = 'thing-whole'");
  await assert.rejects(compareEndings({ from, to, list: from }, NONE), {
    message: /stream 'thing-whole' ends at revision 77, .* in the origin, at revision 4, /,
  });
});

check("moves pages of a log that is longer than one", async ({ path, from, to }) => {
  const store = openInlineEventStore({ path });
  for (let n = 0; n < 3; n++) {
    await store.append("thing-long", numbered(900, n * 900), { expectedRevision: "any" });
  }
  await store.close();
  await copyLog({ from, to, onProgress });
  const { events } = await compareLogs({ from, to, onProgress }, nowhere);
  assert.ok(events > 2_700);
});

Deno.test("moving a log to a server: holds each event once, whatever becomes of answers and connections", async () => {
  const server = await startEsdbServer();
  const { connectionString, faults } = server;
  try {
    await between(
      () => openEventStoreDbCopy({ connectionString, answerMs: 100 }),
      async ({ from, to }) => {
        Object.assign(faults, { answersDropped: 3, connectionsCut: 2, appendsRefused: 1 });
        const moving = copyLog({ from, to, onProgress });
        await server.restart({ downMs: 100 });
        await moving;
        assert.deepEqual([faults.answersDropped, faults.connectionsCut, faults.appendsRefused], [
          0,
          0,
          0,
        ]);
        await compareLogs({ from, to, onProgress }, nowhere);
        await compareEndings({ from, to, list: from }, NONE);
      },
    );
  } finally {
    await server.close();
  }
});

Deno.test("moving a log to a server: ends with what is wrong if the server stays away, and goes on later", async () => {
  const server = await startEsdbServer();
  const { connectionString, faults } = server;
  const hasty = { connectionString, answerMs: 50, patienceMs: 100 };
  try {
    await between(() => openEventStoreDbCopy(hasty), async ({ from, to, copy }) => {
      faults.appendDelayMs = 20;
      const moving = copyLog({ from, to, onProgress });
      const wanted = server.log.events.length + 3;
      while (server.log.events.length < wanted) await new Promise((ok) => setTimeout(ok, 1));
      const restarted = server.restart({ downMs: 500 });
      await assert.rejects(moving, { name: "TransientError", message: /does not answer/ });
      await restarted;
      faults.appendDelayMs = 0;
      const again = await copy();
      await copyLog({ from, to: again, onProgress });
      await compareLogs({ from, to: again, onProgress }, nowhere);
      await again.close();
    });
  } finally {
    await server.close();
  }
});
