import assert from "node:assert/strict";
import {
  openSecrets,
  openSqliteEventStore,
  silentLogger,
  TransientError,
} from "../../../actors/mod.ts";
import { eventLogPath, startProjections } from "../../../projections/mod.ts";
import { CHANNEL, DOMAIN, say, TestLog, THING, thingCreated } from "../log.ts";

/** What takes connections and never answers, or takes none. */
async function withPort(
  kind: "silent" | "closed",
  run: (port: number) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const taking = (async () => {
    for await (const connection of listener) connections.push(connection);
  })();
  if (kind === "closed") listener.close();
  try {
    await run(listener.addr.port);
  } finally {
    if (kind === "silent") listener.close();
    await taking;
    for (const connection of connections) connection.close();
  }
}

for (const kind of ["silent", "closed"] as const) {
  Deno.test(`projections' thread: an InfluxDB whose port is ${kind} holds up none but the measurements`, () =>
    withPort(kind, async (port) => {
      const folder = await Deno.makeTempDir();
      openSecrets(folder).close();
      const store = await openSqliteEventStore({ path: eventLogPath(folder) });
      const log = new TestLog(store);
      await log.record(`thing-${THING}`, thingCreated());
      const projections = await startProjections({
        folder,
        logger: silentLogger,
        onAccess: () => {},
        onRetained: () => {},
        influx: { url: `http://127.0.0.1:${port}`, org: "o", bucket: "b", token: "hush" },
      });
      const said = await say(log, [{ subtopic: "", payload: '[{"n":"a","v":1}]' }]);
      const end = await log.record(`thing-${THING}`, { type: "ThingUpdated", data: { name: "x" } });
      const others = ["access", "directory", "presence", "history", "retained"];
      assert.ok(await projections.waitFor(end, { projections: others, timeoutMs: 10_000 }));
      assert.ok(
        !await projections.waitFor(said, { projections: ["measurements"], timeoutMs: 50 }),
      );
      const asked = { domainId: DOMAIN, channelId: CHANNEL, offset: 0, limit: 1 };
      const questions = Array.from(
        { length: 300 },
        () => projections.measurements.lastValues({ ...asked, direction: "asc" }),
      );
      const ended = Promise.allSettled(questions);
      const refused = async (question: Promise<unknown> | undefined, why: RegExp) =>
        await assert.rejects(
          async () => await question,
          (error) => error instanceof TransientError && why.test(error.message),
        );
      // One that does not answer holds questions up, but not more of them than can be held.
      if (kind === "silent") await refused(questions.at(-1), /256 questions are under way/);
      else await refused(questions[0], /cannot be reached/);
      const status = (await projections.status()).find(({ name }) => name === "measurements")!;
      assert.notEqual(status.state, "red");
      assert.equal((await projections.timeSeriesStatus()).state, "away");
      assert.ok(status.lag > 0);
      assert.ok(!JSON.stringify(status).includes("hush"));
      await projections.stop();
      await ended;
      await store.close();
      await Deno.remove(folder, { recursive: true });
    }));
}
