import assert from "node:assert/strict";
import { type Logger, silentLogger, TransientError } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { Installation, THING_1, THING_2 } from "./installation.ts";
import { ScramClient } from "./admission/scram_client.ts";
import { ScramPeer } from "./scram_peer.ts";
import { quiet } from "./test_client.ts";

/** A server whose keys, but that of thing 1, cannot be read: the error says why. */
function withoutKeys(error: Error, logger: Logger = silentLogger): MqttServer {
  const { ground } = new Installation();
  const thingKeys = {
    ...ground.thingKeys,
    keyOf: (thingId: string) =>
      thingId === THING_1 ? ground.thingKeys.keyOf(thingId) : Promise.reject(error),
  };
  return new MqttServer({ ...ground, logger, thingKeys });
}

Deno.test("mqtt authentication: a client that is asked for its proof counts among those that wait to be let in", async () => {
  const { ground } = new Installation();
  const server = new MqttServer(ground, { connectionsWaitingMax: 2 });
  const waiting = [new ScramPeer(server), new ScramPeer(server)];
  const questions = [await waiting[0]!.asked({ clientId: "a" }), await waiting[1]!.asked()];
  const turnedAway = new ScramPeer(server);
  await turnedAway.closed();
  waiting[0]!.auth(0x18, waiting[0]!.scram.final(questions[0]!));
  assert.equal((await waiting[0]!.next()).code, 0);
  const next = new ScramPeer(server);
  await next.asked({ clientId: "b" });
  await server.close({ timeoutMs: 0 });
});

Deno.test("mqtt authentication: a proof that cannot be checked now is answered by 0x89, at connecting and again", async () => {
  const server = withoutKeys(new TransientError("Cannot ask: a thousand questions wait"));
  const peer = new ScramPeer(server, { name: THING_2, key: "key-2" });
  peer.auth(0x18, peer.scram.final(await peer.asked()));
  const { code, reason } = await peer.next();
  assert.equal(code, 0x89);
  assert.match(reason!, /could not be checked now/);
  await peer.closed();
  const again = await ScramPeer.connected(server);
  const other = new ScramClient(THING_2, "key-2");
  again.auth(0x19, other.first);
  again.auth(0x18, other.final((await again.next()).said!));
  assert.equal(await again.refused("disconnect"), 0x89);
  await server.close({ timeoutMs: 0 });
});

Deno.test("mqtt authentication: what nobody expected is logged and closes, and lets nobody in", async () => {
  const logged: string[] = [];
  const logger = { ...silentLogger, error: (message: string) => void logged.push(message) };
  const server = withoutKeys(new RangeError("it broke"), logger);
  const peer = new ScramPeer(server, { name: THING_2, key: "key-2" });
  peer.auth(0x18, peer.scram.final(await peer.asked()));
  await peer.closed();
  const again = await ScramPeer.connected(server);
  const other = new ScramClient(THING_2, "key-2");
  again.auth(0x19, other.first);
  again.auth(0x18, other.final((await again.next()).said!));
  assert.equal(await again.refused("disconnect"), 0x80);
  assert.equal(logged.length, 2);
  await server.close({ timeoutMs: 0 });
});

Deno.test("mqtt authentication: a server that stops does not wait for clients that were asked", async () => {
  const server = new MqttServer(new Installation().ground);
  const asked = new ScramPeer(server);
  await asked.asked();
  const proving = new ScramPeer(server);
  proving.auth(0x18, proving.scram.final(await proving.asked()));
  await server.close({ timeoutMs: 0 });
  await quiet();
  assert.deepEqual([asked.isClosed, proving.isClosed], [true, true]);
});
