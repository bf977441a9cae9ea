import assert from "node:assert/strict";
import { EngineUnreachable, newId, openJetStream, silentLogger } from "../../../../actors/mod.ts";
import { Authority } from "../../../protocols/sockets/authority.ts";
import { startNatsServer } from "../../../support/nats_server/mod.ts";
import { frameFor } from "../mailbox_contract.ts";

/** Files of a server that asks its clients for certificates, and of a client that has one. */
async function writeFiles(folder: string): Promise<void> {
  const authority = await Authority.make();
  const server = await authority.issue({ subject: "CN=nats", names: ["localhost"] });
  const client = await authority.issue({ subject: "CN=node" });
  const stranger = await Authority.make("stranger");
  const files = {
    "ca.pem": authority.identity.cert,
    "stranger.pem": stranger.identity.cert,
    "server.pem": server.cert,
    "server.key": server.key,
    "client.pem": client.cert,
    "client.key": client.key,
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}

Deno.test("jetstream tls: a node proves itself by its certificate, and believes no server of another authority", async () => {
  const folder = await Deno.makeTempDir();
  await writeFiles(folder);
  const server = await startNatsServer({
    more: `tls { cert_file: "${folder}/server.pem", key_file: "${folder}/server.key",
      ca_file: "${folder}/ca.pem", verify: true }`,
  });
  const open = (query: string) =>
    openJetStream({
      connectionString: `tls://localhost:${server.port}/?${query}`,
      logger: silentLogger,
      newId,
    });
  const own = `certFile=${folder}/client.pem&keyFile=${folder}/client.key`;
  try {
    const node = await open(`caFile=${folder}/ca.pem&${own}`);
    await node.mailbox.post(frameFor("a", 0));
    assert.equal((await node.status()).lag, 1);
    await node.close();
    await assert.rejects(open(`caFile=${folder}/stranger.pem&${own}`), EngineUnreachable);
  } finally {
    await server.stop();
    await Deno.remove(folder, { recursive: true });
  }
});
