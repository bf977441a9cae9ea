import assert from "node:assert/strict";
import {
  ActorRuntime,
  AppendingJournal,
  channelKind,
  type CommandContext,
  InProcessMailbox,
  type MailboxFrame,
  MessageBatchWriter,
  MessageRecorder,
  newId,
  openInlineEventStore,
  partitionOf,
  silentLogger,
  SYSTEM_AUTHORITY,
  systemClock,
  thingKind,
} from "../../actors/mod.ts";
import {
  InMemoryAccessIndex,
  LiveFeed,
  openModels,
  ProjectionRunner,
  RecentRetained,
} from "../../projections/mod.ts";
import {
  DATA_ROUTES,
  httpApp,
  type HttpGround,
  MqttServer,
  TickingIngress,
} from "../../protocols/mod.ts";

/** The files of the README's list, in its order. */
async function listed(): Promise<readonly string[]> {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const section = readme.slice(readme.indexOf("## Follow one message"), readme.indexOf("## More"));
  return [...section.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, path]) => path!);
}

/** The listed files that are running right now, the caller before the called. */
function running(path: readonly string[]): readonly string[] {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const { stack = "" } = new RangeError("only for its stack");
  Error.stackTraceLimit = before;
  const frames = stack.split("\n").reverse();
  return [...new Set(frames.flatMap((frame) => path.filter((file) => frame.includes(file))))];
}

const SETUP: CommandContext = {
  commandId: newId(),
  correlationId: newId(),
  principal: { kind: "system", id: "setup" },
  edge: "system",
  remoteAddress: "local",
};

Deno.test("follow one message: it passes the files of the README's list, in that order", async (t) => {
  const path = await listed();
  const visited: string[] = [];
  // What is on the stack at a station was passed on the way there; the station itself comes last.
  const passed = (...stations: readonly string[]) => {
    for (const file of [...running(path), ...stations]) {
      if (!visited.includes(file)) visited.push(file);
    }
  };

  await t.step("every file of the list is there", async () => {
    for (const file of path) await Deno.stat(new URL(`../../${file}`, import.meta.url));
  });

  // The stations between the parts are watched from outside: wrapped, never replaced.
  const inline = openInlineEventStore({ path: ":memory:" });
  const store: typeof inline = {
    ...inline,
    append(stream, events, options) {
      if (stream.startsWith("messages-")) passed("actors/event_store/sqlite/engine.ts");
      return inline.append(stream, events, options);
    },
  };
  const ground = { store, clock: systemClock, logger: silentLogger, newId };
  const runtime = new ActorRuntime(ground);
  const access = new InMemoryAccessIndex({ hashKey: (key) => `hash of ${key}` });
  const models = openModels(":memory:", {
    secrets: { openPersonal: () => undefined },
    onAccess: (rows, position) => access.apply(rows, position),
  });
  const measured = models.followed.find(({ projection }) => projection.name === "measurements")!;
  const followed = models.followed.map((each) =>
    each !== measured ? each : {
      ...each,
      projection: {
        ...each.projection,
        project(event: Parameters<typeof each.projection.project>[0]) {
          passed("projections/measurements/measurements.ts");
          return each.projection.project(event);
        },
      },
    }
  );
  const runner = new ProjectionRunner({
    events: store,
    clock: systemClock,
    logger: silentLogger,
    breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
  });
  const stop = new AbortController();
  const following = runner.run(followed, stop.signal);

  const [thingId, channelId, domainId] = [newId(), newId(), newId()];
  const by = SYSTEM_AUTHORITY;
  const context = () => ({ ...SETUP, commandId: newId() });
  await runtime.execute(channelKind, {
    id: channelId,
    command: { type: "CreateChannel", by, domainId, profile: {} },
    context: context(),
  });
  await runtime.execute(thingKind, {
    id: thingId,
    command: {
      type: "CreateThing",
      by,
      domainId,
      profile: {},
      key: { sealed: "sealed", hash: "hash of key" },
    },
    context: context(),
  });
  const connected = await runtime.execute(thingKind, {
    id: thingId,
    command: { type: "ConnectThing", by, channelId, types: ["publish", "subscribe"] },
    context: context(),
  });
  assert.ok("position" in connected);
  assert.ok(
    await runner.waitFor(connected.position, { projections: ["access"], timeoutMs: 5_000 }),
  );

  const mailbox = new InProcessMailbox({ clock: systemClock });
  const recorder = new MessageRecorder({ store, runtime });
  const end = mailbox.consume(partitionOf(channelId), (frame: MailboxFrame) => {
    passed();
    return recorder.record(frame);
  });
  const liveFeed = new LiveFeed();
  const retained = new RecentRetained({ stored: () => Promise.resolve([]), reached: () => 0 });
  const ingress = new TickingIngress({ ...ground, mailbox, liveFeed });
  const journal = new AppendingJournal(ground);
  const mayPublish = access.mayPublish.bind(access);
  access.mayPublish = (...args) => {
    passed();
    return mayPublish(...args);
  };
  const add = MessageBatchWriter.prototype.add;
  MessageBatchWriter.prototype.add = function (...args) {
    passed("actors/message/batch_writer.ts");
    return add.apply(this, args);
  };
  const mqtt = new MqttServer({
    ...ground,
    access,
    ingress,
    liveFeed,
    retained,
    journal,
  });
  mqtt.listen({ hostname: "127.0.0.1", port: 0 });

  const { success, stderr } = await new Deno.Command("mosquitto_pub", {
    args: [
      "-h",
      "127.0.0.1",
      "-p",
      String(mqtt.address.port),
      "-u",
      thingId,
      "-P",
      "key",
      "-q",
      "1",
    ]
      .concat([
        "-t",
        `channels/${channelId}/messages/hall`,
        "-m",
        `[{"n":"temperature","v":21.5}]`,
      ]),
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  assert.ok(
    await runner.waitFor(await store.lastPosition(), {
      projections: ["measurements"],
      timeoutMs: 5_000,
    }),
  );

  const queries = models.queries.measurements;
  const app = httpApp(
    {
      ...ground,
      access,
      readModels: {
        measurements: {
          messages(question: Parameters<typeof queries.messages>[0]) {
            assert.deepEqual(running(path), ["protocols/http/messages/readers.ts"]);
            passedQuery();
            return Promise.resolve(queries.messages(question));
          },
        },
      },
    } as unknown as HttpGround,
    DATA_ROUTES,
  );
  const passedQuery = () => visited.push("projections/measurements/sqlite/queries.ts");
  const response = await app.request(`/channels/${channelId}/messages`, {
    headers: { authorization: "Thing key" },
  });
  visited.push("protocols/http/messages/readers.ts");
  const { total, messages } = await response.json();
  assert.equal(total, 1);
  assert.equal(messages[0].value, 21.5);
  assert.equal(messages[0].subtopic, "hall");
  assert.equal(messages[0].publisher, thingId);
  assert.deepEqual(visited, path);

  MessageBatchWriter.prototype.add = add;
  await mqtt.close({ timeoutMs: 1_000 });
  await ingress.flush();
  await journal.flush();
  await end();
  stop.abort();
  await following;
  runtime.close();
  for (const { readModel } of models.followed) await readModel.close();
  await store.close();
});
