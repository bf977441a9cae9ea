import assert from "node:assert/strict";
import {
  InvariantViolation,
  type Logger,
  openSecrets,
  openSqliteEventStore,
  silentLogger,
  TransientError,
} from "../../../actors/mod.ts";
import {
  type AccessRow,
  BEFORE_ALL,
  eventLogPath,
  InMemoryAccessIndex,
  startProjections,
} from "../../../projections/mod.ts";
import {
  CHANNEL,
  channelCreated,
  DOMAIN,
  durableKept,
  type Fact,
  say,
  TestLog,
  THING,
  thingCreated,
} from "../log.ts";

type Projections = Awaited<ReturnType<typeof startProjections>>;

interface Starting {
  readonly logger?: Logger;
  readonly onRetained?: (position: number) => void;
}

/** A data folder as the platform keeps it, with its log open in this thread. */
interface Folder {
  readonly path: string;
  readonly log: TestLog;
  readonly index: InMemoryAccessIndex;
  /** Every row that came, and the position it came with. */
  readonly access: (readonly [AccessRow, number])[];
  start(options?: Starting): Promise<Projections>;
}

const thing = `thing-${THING}`;
const channel = `channel-${CHANNEL}`;
const connected: Fact = {
  type: "ThingConnected",
  data: { channelId: CHANNEL, types: ["publish", "subscribe"] },
};
const ALL = [
  "access",
  "directory",
  "retained",
  "durable_sessions",
  "presence",
  "history",
  "measurements",
];

async function withFolder(run: (folder: Folder) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir();
  openSecrets(path).close();
  const store = await openSqliteEventStore({ path: eventLogPath(path) });
  const index = new InMemoryAccessIndex({ hashKey: (key) => key });
  const access: (readonly [AccessRow, number])[] = [];
  try {
    await run({
      path,
      log: new TestLog(store),
      index,
      access,
      start: ({ logger = silentLogger, onRetained = () => {} } = {}) =>
        startProjections({
          folder: path,
          logger,
          onAccess(rows, position) {
            for (const row of rows) access.push([row, position]);
            index.apply(rows, position);
          },
          onRetained,
        }),
    });
  } finally {
    await store.close();
    await Deno.remove(path, { recursive: true });
  }
}

/** Started, used, and stopped whatever happens. */
async function running(
  folder: Folder,
  run: (projections: Projections) => Promise<void>,
  options?: Starting,
): Promise<void> {
  const projections = await folder.start(options);
  try {
    await run(projections);
  } finally {
    await projections.stop();
  }
}

Deno.test("projections' thread: knows access as of the end of the log once it has started", () =>
  withFolder(async (folder) => {
    await folder.log.record(thing, thingCreated());
    await folder.log.record(channel, channelCreated());
    const end = await folder.log.record(thing, connected);
    const projections = await folder.start();
    assert.equal(folder.index.mayPublish(THING, CHANNEL), true);
    assert.equal(folder.index.position, end);
    await projections.stop();
  }));

Deno.test("projections' thread: hands access over again after a restart, from its read model", () =>
  withFolder(async (folder) => {
    await folder.log.record(thing, thingCreated());
    await folder.log.record(channel, channelCreated());
    const end = await folder.log.record(thing, connected);
    await running(folder, () => Promise.resolve());
    folder.access.length = 0;
    await running(folder, () => {
      assert.deepEqual(
        folder.access.map(([{ kind, id }, position]) => [kind, id, position]).toSorted(),
        [["channel", CHANNEL, end], ["thing", THING, end]],
      );
      return Promise.resolve();
    });
  }));

Deno.test("projections' thread: access rows come before the answer that waited for their position", () =>
  withFolder(async (folder) => {
    await folder.log.record(thing, thingCreated());
    await folder.log.record(channel, channelCreated());
    await running(folder, async ({ waitFor }) => {
      for (let round = 0; round < 20; round++) {
        const position = await folder.log.record(thing, connected);
        assert.ok(await waitFor(position, { projections: ["access"], timeoutMs: 10_000 }));
        assert.equal(folder.index.mayPublish(THING, CHANNEL), true);
        const cut = await folder.log.record(thing, {
          type: "ThingDisconnected",
          data: { channelId: CHANNEL },
        });
        assert.ok(await waitFor(cut, { projections: ["access"], timeoutMs: 10_000 }));
        assert.equal(folder.index.mayPublish(THING, CHANNEL), false);
      }
    });
  }));

Deno.test("projections' thread: every model answers from the other side", () =>
  withFolder(async (folder) => {
    await folder.log.record(thing, thingCreated({ name: "pump" }));
    await folder.log.record(...durableKept({ clientId: "away" }));
    const end = await say(folder.log, [
      { subtopic: "", payload: '[{"n":"a","v":21.5}]', retain: true },
      { subtopic: "", payload: '{"a":1}', contentKind: "json" },
    ]);
    await running(folder, async (models) => {
      assert.ok(await models.waitFor(end, { projections: ALL, timeoutMs: 10_000 }));
      assert.equal((await models.directory.get("thing", THING))?.fields["name"], "pump");
      assert.deepEqual({ ...await models.directory.names([THING]) }, { [THING]: "pump" });
      const history = await models.history.lines({
        domainId: DOMAIN,
        kind: "thing",
        id: THING,
        direction: "asc",
        limit: 10,
      });
      assert.equal(history.total, 1);
      const question = {
        domainId: DOMAIN,
        channelId: CHANNEL,
        direction: "asc",
        offset: 0,
        limit: 10,
      } as const;
      assert.equal((await models.measurements.messages(question)).rows[0]?.value, 21.5);
      assert.equal((await models.measurements.documents(question, "json")).total, 1);
      assert.equal(await models.measurements.unreadable(DOMAIN, CHANNEL), 0);
      assert.equal(await models.durableSessions.count(THING), 1);
      assert.equal(
        await models.presence.presence({ domainId: DOMAIN, thingId: THING }),
        undefined,
      );
      const { messages: [retained] } = await models.retained.retained({
        channelId: CHANNEL,
        filter: "#",
        after: BEFORE_ALL,
        until: Infinity,
        bounds: { messagesMax: 1, bytesMax: 1 },
      });
      assert.equal(new TextDecoder().decode(retained?.payload), '[{"n":"a","v":21.5}]');
      const status = await models.status();
      assert.deepEqual(status.map(({ name }) => name).toSorted(), ALL.toSorted());
      for (const { state, lag, name } of status) assert.deepEqual([state, lag], ["live", 0], name);
    });
  }));

Deno.test("projections' thread: says no when a position is not reached in time", () =>
  withFolder((folder) =>
    running(folder, async ({ waitFor }) => {
      assert.equal(await waitFor(1_000, { projections: ALL, timeoutMs: 1 }), false);
    })
  ));

Deno.test("projections' thread: says how far retained messages have come", () =>
  withFolder(async (folder) => {
    const reached = Promise.withResolvers<void>();
    let end = Infinity;
    await running(folder, async () => {
      end = await say(folder.log, [{ subtopic: "a", payload: "1", retain: true }]);
      await reached.promise;
    }, { onRetained: (position) => position >= end && reached.resolve() });
  }));

Deno.test("projections' thread: refuses a question that it cannot answer, and goes on", () =>
  withFolder((folder) =>
    running(folder, async ({ directory, status }) => {
      const question = {
        filter: { domainId: DOMAIN },
        page: { order: "no such order" as "id", direction: "asc", offset: 0, limit: 1 },
      } as const;
      await assert.rejects(directory.list("thing", question), TransientError);
      assert.equal((await status()).length, ALL.length);
    })
  ));

Deno.test("projections' thread: refuses what is asked beyond 10,000 open questions, and answers those", () =>
  withFolder((folder) =>
    running(folder, async ({ directory }) => {
      const asked = Array.from({ length: 10_002 }, () => directory.names([]));
      const settled = await Promise.allSettled(asked);
      const refused = settled.filter(({ status }) => status === "rejected");
      assert.equal(refused.length, 2);
      for (const each of settled.slice(10_000)) {
        assert.ok(each.status === "rejected" && each.reason instanceof TransientError);
      }
    })
  ));

Deno.test("projections' thread: answers nothing after its stop, and leaves no question open", () =>
  withFolder(async (folder) => {
    const projections = await folder.start();
    const open = projections.waitFor(1_000, { projections: ALL, timeoutMs: 60_000 });
    const refused = assert.rejects(open, TransientError);
    await projections.stop();
    await refused;
    await assert.rejects(projections.status(), TransientError);
  }));

Deno.test("projections' thread: names a damaged file, starts nothing, and comes back once it is removed", () =>
  withFolder(async (folder) => {
    await folder.log.record(thing, thingCreated({ name: "pump" }));
    await running(folder, () => Promise.resolve());
    const name = [...Deno.readDirSync(`${folder.path}/projections`)].map(({ name }) => name)
      .find((each) => /^directory-\d+\.db$/.test(each))!;
    const path = `${folder.path}/projections/${name}`;
    await Deno.writeTextFile(path, "damaged ".repeat(2_000));
    const said: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      error: (message, fields) => said.push(`${message}: ${fields?.["error"]}`),
    };
    await assert.rejects(
      folder.start({ logger }),
      (error) => error instanceof InvariantViolation && error.message.includes(path),
    );
    assert.equal(said.length, 1);
    assert.ok(said[0]!.includes(path), String(said));

    await Deno.remove(path);
    await running(folder, async ({ directory, waitFor }) => {
      assert.ok(await waitFor(1, { projections: ["directory"], timeoutMs: 10_000 }));
      assert.equal((await directory.get("thing", THING))?.fields["name"], "pump");
    });
  }));

Deno.test("projections' thread: a batch that cannot be read makes its projection red, while others go on", () =>
  withFolder(async (folder) => {
    await folder.log.record(`messages-${CHANNEL}-2026-01-01`, {
      type: "MessagesPublished",
      data: new Uint8Array(3),
    });
    const end = await folder.log.record(thing, thingCreated());
    const red = Promise.withResolvers<unknown>();
    const logger: Logger = { ...silentLogger, error: (_, fields) => red.resolve(fields) };
    await running(folder, async ({ waitFor, status, directory }) => {
      assert.equal((await red.promise as { projection: string }).projection, "measurements");
      assert.ok(await waitFor(end, { projections: ["directory"], timeoutMs: 10_000 }));
      assert.ok(await directory.get("thing", THING));
      const states = new Map((await status()).map((each) => [each.name, each]));
      assert.equal(states.get("measurements")!.state, "red");
      assert.match(states.get("measurements")!.error!, /before 1: /);
      assert.equal(states.get("measurements")!.checkpoint, 0);
      for (const name of ["access", "directory"]) assert.equal(states.get(name)!.state, "live");
    }, { logger });
  }));
