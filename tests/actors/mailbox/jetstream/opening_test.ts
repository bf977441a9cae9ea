import assert from "node:assert/strict";
import {
  EngineUnreachable,
  type JetStreamNode,
  newId,
  openJetStream,
  pause,
  silentLogger,
  UsageError,
} from "../../../../actors/mod.ts";
import { ACK_WAIT_MS } from "../../../../actors/mailbox/jetstream/limits.ts";
import {
  type NatsServer,
  type NatsServerOptions,
  startNatsServer,
} from "../../../support/nats_server/mod.ts";
import { frameFor } from "../mailbox_contract.ts";
import { inInstallation } from "./nodes.ts";
import { rawClient } from "./raw_client.ts";

function open(connectionString: string): Promise<JetStreamNode> {
  return openJetStream({ connectionString, logger: silentLogger, newId });
}

async function withServer(
  options: NatsServerOptions,
  run: (server: NatsServer) => Promise<void>,
): Promise<void> {
  const server = await startNatsServer(options);
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}

async function refusal(options: NatsServerOptions, query = ""): Promise<string> {
  let text = "";
  await withServer(options, async ({ url }) => {
    await assert.rejects(open(`${url}/${query}`), (error) => {
      assert.ok(error instanceof UsageError, String(error));
      text = error.message;
      return true;
    });
  });
  return text;
}

Deno.test("jetstream opening: says what a single server may lose, in its status and in the log", () =>
  withServer({}, async ({ url, version }) => {
    const said: unknown[] = [];
    const node = await openJetStream({
      connectionString: url,
      newId,
      logger: { ...silentLogger, warn: (_, fields) => said.push(fields?.["warning"]) },
    });
    const { warnings, ...status } = await node.status();
    assert.deepEqual(status, { engine: "jetstream", version, state: "up", lag: 0, waiting: [] });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /one copy.*sync_interval: always.*replicas=3/);
    assert.deepEqual(said, warnings);
    await node.mailbox.post(frameFor("a", 0));
    assert.equal((await node.status()).lag, 1);
    await node.close();
    assert.equal((await node.status()).state, "away");
  }));

Deno.test("jetstream opening: refuses a server without JetStream, and says what to do", async () => {
  assert.match(
    await refusal({ jetstream: false }),
    /JetStream is off, switch it on by a jetstream/,
  );
});

Deno.test("jetstream opening: refuses a server that takes too small messages", async () => {
  const text = await refusal({ maxPayload: 1_000_000 });
  assert.match(text, /its max_payload is 1000000 bytes, set it to 1MB or more/);
});

Deno.test("jetstream opening: refuses a server without room for its streams", async () => {
  const text = await refusal({ storeBytes: 100_000_000 });
  assert.match(text, /JetStream has no such room .*lower maxBytes or replicas/);
});

Deno.test("jetstream opening: refuses replicas that a single server cannot keep", async () => {
  assert.match(await refusal({}, "?replicas=3"), /replicas/);
});

Deno.test("jetstream opening: refuses a user that the server does not know, and never says the password", async () => {
  const options = { more: 'authorization { users: [{ user: "u", password: "right-one" }] }' };
  await withServer(options, async ({ port }) => {
    await assert.rejects(open(`nats://u:wrong-one@127.0.0.1:${port}`), (error) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.match(error.message, /refuses the user/);
      const text = Deno.inspect(error, { depth: 10 });
      assert.ok(!text.includes("wrong-one"), text);
      return true;
    });
    const node = await open(`nats://u:right-one@127.0.0.1:${port}`);
    await node.mailbox.post(frameFor("a", 0));
    await node.close();
  });
});

Deno.test("jetstream opening: ends when no server answers for long", async () => {
  await assert.rejects(open("nats://127.0.0.1:1"), (error) => {
    assert.ok(error instanceof EngineUnreachable, String(error));
    assert.match(error.message, /cannot be reached at '127.0.0.1:1'/);
    return true;
  });
});

Deno.test("jetstream opening: waits for a server that starts later", () =>
  withServer({}, async (server) => {
    await server.kill();
    const opening = open(server.url);
    await pause(500);
    await server.start();
    const node = await opening;
    await node.mailbox.post(frameFor("a", 0));
    await node.close();
  }));

Deno.test("jetstream opening: makes a mailbox as it should be, and says what it changed", () =>
  withServer({}, async ({ url }) => {
    const raw = await rawClient(url);
    await raw.makeMailbox("workqueue", 5_000_000);
    const node = await open(`${url}/?maxBytes=24000000`);
    const { warnings } = await node.status();
    const changed =
      "stream 'millrace_mailbox_0' had max_bytes '5000000', it was changed to '6000000'";
    assert.ok(warnings.includes(changed), warnings.join("\n"));
    await node.close();
    const again = await open(`${url}/?maxBytes=24000000`);
    assert.equal((await again.status()).warnings.length, 1);
    await again.close();
    await raw.close();
  }));

Deno.test("jetstream opening: refuses a stream that would drop frames", () =>
  withServer({}, async ({ url }) => {
    const raw = await rawClient(url);
    await raw.makeMailbox("limits", 5_000_000);
    await assert.rejects(open(url), /its retention is 'limits', 'workqueue' is needed/);
    await raw.close();
  }));

Deno.test("jetstream opening: installations of two prefixes share a server and nothing else", () =>
  inInstallation(async ({ open }) => {
    const [one, other] = [await open(), await open({ query: "?prefix=second" })];
    await one.mailbox.post(frameFor("a", 0));
    await other.mailbox.handled(0, { timeoutMs: 5_000 });
    assert.deepEqual([(await one.status()).lag, (await other.status()).lag], [1, 0]);
    await one.leases.write({ partition: 0, node: "a" }, { revision: 0 });
    assert.deepEqual(await other.leases.all(), []);
  }));

Deno.test("jetstream opening: a consumer of another version is made as it should be, and one that is gone again", () =>
  inInstallation(async ({ server, open }) => {
    const { mailbox } = await open();
    const raw = await rawClient(server.url);
    await raw.makeConsumer("03", 60_000);
    let handled = 0;
    mailbox.consume(3, () => Promise.resolve([{ position: ++handled }]));
    await mailbox.post(frameFor("a", 3));
    await mailbox.handled(3, { timeoutMs: 5_000 });
    assert.equal(await raw.ackWaitMsOf("03"), ACK_WAIT_MS);
    await raw.deleteConsumer("03");
    await mailbox.post(frameFor("a", 3));
    await mailbox.handled(3, { timeoutMs: 20_000 });
    assert.equal(handled, 2);
    await raw.close();
  }));
