import assert from "node:assert/strict";
import { newId, openJetStream, pause, silentLogger } from "../../../../actors/mod.ts";
import { startNatsCluster } from "../../../support/nats_server/mod.ts";
import { Log, posting } from "./recording.ts";

Deno.test("jetstream cluster: with three replicas nothing is warned of, and a server that crashes stops nothing for long", async () => {
  const { servers, url } = await startNatsCluster(3);
  const log = new Log();
  const options = { connectionString: `${url}/?replicas=3`, logger: silentLogger, newId };
  const edge = await openJetStream(options);
  const actors = await openJetStream({ ...options, logEnd: log.end });
  try {
    assert.deepEqual((await edge.status()).warnings, []);
    const lease = await edge.leases.write({ partition: 0, node: "a" }, { revision: 0 });
    for (const partition of [0, 1]) actors.mailbox.consume(partition, log.handler);
    const posters = [0, 1].map((partition) => posting(edge.mailbox, partition));
    // One after another, so that the leaders of streams and consumers are among them.
    for (const server of servers) {
      const before = log.eventIds.length;
      while (log.eventIds.length < before + 20) await pause(20);
      await server.kill();
      const during = log.eventIds.length;
      while (log.eventIds.length < during + 20) await pause(20);
      await server.start();
      await pause(2_000);
    }
    await Promise.all(posters.map(({ stop }) => stop()));
    for (const partition of [0, 1]) await actors.mailbox.handled(partition, { timeoutMs: 30_000 });
    const stored = new Set(log.eventIds);
    for (const { posted, acknowledged } of posters) {
      assert.deepEqual(acknowledged.filter((id) => !stored.has(id)), []);
      const mine = new Set(posted);
      assert.deepEqual(
        log.eventIds.filter((id) => mine.has(id)),
        posted.filter((id) => stored.has(id)),
      );
    }
    assert.deepEqual(await actors.leases.all(), [lease]);
  } finally {
    await edge.close();
    await actors.close();
    for (const server of servers) await server.stop();
  }
});
