import assert from "node:assert/strict";
import { CHANNEL_A, THING_1, THING_2 } from "./installation.ts";
import { withServer } from "./authentication_server.ts";
import { ScramClient } from "./admission/scram_client.ts";
import { METHOD, ScramPeer } from "./scram_peer.ts";
import { publishPacket, quiet } from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;

/** Goes as far as the server's question of another authentication on an open connection. */
async function askedAgain(peer: ScramPeer, scram: ScramClient): Promise<string> {
  peer.auth(0x19, scram.first);
  const { said, ...question } = await peer.next();
  assert.deepEqual(question, { cmd: "auth", code: 0x18, method: METHOD });
  return said!;
}

Deno.test("mqtt authentication again: succeeds by an AUTH with reason 0 and the method, as often as wanted [MQTT5-4.12.1-1] [MQTT5-4.12.0-5]", () =>
  withServer(async ({ server }) => {
    const peer = await ScramPeer.connected(server);
    const nonces = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const scram = new ScramClient(THING_1, "key-1", { nonce: `round-${round}` });
      const question = await askedAgain(peer, scram);
      nonces.add(question.split(",")[0]!.slice(`r=round-${round}`.length));
      peer.auth(0x18, scram.final(question));
      const expected = { cmd: "auth", code: 0, method: METHOD, said: scram.expected };
      assert.deepEqual(await peer.next(), expected);
    }
    assert.equal(nonces.size, 3);
    peer.send({ cmd: "pingreq" });
    assert.equal((await peer.next()).cmd, "pingresp");
  }));

Deno.test("mqtt authentication again: everything else goes on meanwhile", () =>
  withServer(async ({ server, installation }) => {
    const peer = await ScramPeer.connected(server);
    const question = await askedAgain(peer, peer.scram);
    peer.send(publishPacket(A, "meanwhile", { qos: 1, id: 7 }));
    assert.equal((await peer.next()).cmd, "puback");
    peer.auth(0x18, peer.scram.final(question));
    peer.send({ cmd: "pingreq" });
    const heard = [await peer.next(), await peer.next()].map(({ cmd }) => cmd);
    assert.deepEqual(heard.toSorted(), ["auth", "pingresp"]);
    assert.equal(installation.ingress.stored.length, 1);
  }));

Deno.test("mqtt authentication again: a wrong proof ends the connection with 0x87 [MQTT5-4.12.1-2]", () =>
  withServer(async ({ server, installation }) => {
    const peer = await ScramPeer.connected(server);
    const scram = new ScramClient(THING_1, "a wrong key");
    peer.auth(0x18, scram.final(await askedAgain(peer, scram)));
    assert.equal(await peer.refused("disconnect"), 0x87);
    await quiet();
    const ended = installation.events.at(-1);
    assert.ok(ended?.type === "SessionEnded");
    const { reasonCode, endedBy } = ended.data;
    assert.deepEqual([reasonCode, endedBy], [0x87, "server"]);
    assert.match(ended.data.reason, /authentication refused/);
  }));

Deno.test("mqtt authentication again: the right proof of another thing ends the connection with 0x87 [MQTT5-4.12.1-2]", () =>
  withServer(async ({ server }) => {
    const peer = await ScramPeer.connected(server);
    const scram = new ScramClient(THING_2, "key-2");
    peer.auth(0x18, scram.final(await askedAgain(peer, scram)));
    assert.equal(await peer.refused("disconnect"), 0x87);
  }));

Deno.test("mqtt authentication again: a message that is none of SCRAM ends the connection with 0x87 [MQTT5-4.12.1-2]", () =>
  withServer(async ({ server }) => {
    const first = await ScramPeer.connected(server);
    first.auth(0x19, "hello");
    assert.equal(await first.refused("disconnect"), 0x87);
    const last = await ScramPeer.connected(server);
    await askedAgain(last, last.scram);
    last.auth(0x18, "hello");
    assert.equal(await last.refused("disconnect"), 0x87);
  }));

Deno.test("mqtt authentication again: another method than that of the CONNECT is a protocol error [MQTT5-4.12.1-1]", () =>
  withServer(async ({ server }) => {
    for (
      const [reasonCode, method] of [[0x19, "SCRAM-SHA-1"], [0x19, ""], [0x18, "PLAIN"]] as const
    ) {
      const peer = await ScramPeer.connected(server);
      if (reasonCode === 0x18) await askedAgain(peer, peer.scram);
      peer.auth(reasonCode, peer.scram.first, method);
      assert.equal(await peer.refused("disconnect"), 0x82, method);
    }
  }));

Deno.test("mqtt authentication again: an answer to no question, and a question within a question, are protocol errors", () =>
  withServer(async ({ server }) => {
    const unasked = await ScramPeer.connected(server);
    unasked.auth(0x18, unasked.scram.first);
    assert.equal(await unasked.refused("disconnect"), 0x82);
    const twice = await ScramPeer.connected(server);
    await askedAgain(twice, twice.scram);
    twice.auth(0x19, twice.scram.first);
    assert.equal(await twice.refused("disconnect"), 0x82);
    const hasty = await ScramPeer.connected(server);
    const proof = hasty.scram.final(await askedAgain(hasty, hasty.scram));
    hasty.auth(0x18, proof);
    hasty.auth(0x18, proof);
    assert.equal(await hasty.refused("disconnect"), 0x82);
  }));

Deno.test("mqtt authentication again: the reason of servers, or of nobody, is none of a client [MQTT5-3.15.2-1]", () =>
  withServer(async ({ server }) => {
    for (const reasonCode of [0x00, 0x17, 0x87]) {
      const peer = await ScramPeer.connected(server);
      peer.auth(reasonCode as 0x18, peer.scram.first);
      assert.equal(await peer.refused("disconnect"), 0x82);
    }
  }));

Deno.test("mqtt authentication again: a key that was changed meanwhile ends the connection, whatever is proven", () =>
  withServer(async ({ server, installation }) => {
    const peer = await ScramPeer.connected(server);
    const proof = peer.scram.final(await askedAgain(peer, peer.scram));
    installation.thing(THING_1, { key: "new key" });
    peer.auth(0x18, proof);
    assert.equal(await peer.refused("disconnect"), 0x87);
  }));
