import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { withServer } from "./authentication_server.ts";
import { CHANNEL_A, THING_1 } from "./installation.ts";
import { METHOD, ScramPeer } from "./scram_peer.ts";
import { publishPacket, quiet } from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;

Deno.test("mqtt authentication: a thing proves its key, and the server proves that it knows it [MQTT5-4.12.0-2] [MQTT5-4.12.0-5]", () =>
  withServer(async ({ server, installation }) => {
    const peer = new ScramPeer(server);
    const question = await peer.asked();
    assert.match(question, /^r=rOprNGfwEbeRWgbNEkqO[!-+\--~]{18,},s=[A-Za-z0-9+/=]{24},i=\d+$/);
    peer.auth(0x18, peer.scram.final(question));
    const { cmd, code, method, said } = await peer.next();
    const expected = { cmd: "connack", code: 0, method: METHOD, said: peer.scram.expected };
    assert.deepEqual({ cmd, code, method, said }, expected);
    const [connected] = installation.facts;
    assert.equal(connected?.event.type, "SessionConnected");
    assert.equal(connected?.origin.thingId, THING_1);
    peer.send(publishPacket(A, "x", { qos: 1, id: 7 }));
    assert.deepEqual(await peer.next(), { cmd: "puback", code: 0 });
  }));

Deno.test("mqtt authentication: PBKDF2 goes round at least 4096 times [RFC7677 4]", () =>
  withServer(async ({ server }) => {
    const [, iterations] = /i=(\d+)$/.exec(await new ScramPeer(server).asked())!;
    assert.ok(Number(iterations) >= 4_096);
  }));

Deno.test("mqtt authentication: the server's nonce is never the same, the salt of a name always", () =>
  withServer(async ({ server }) => {
    const questions = [];
    for (let each = 0; each < 20; each++) questions.push(await new ScramPeer(server).asked());
    assert.equal(new Set(questions).size, 20);
    assert.equal(new Set(questions.map((question) => question.split(",")[1])).size, 1);
  }));

Deno.test("mqtt authentication: the username may say who it is, and the password may be the key", () =>
  withServer(async ({ server }) => {
    for (
      const beside of [{ username: "" }, { username: THING_1 }, {
        username: THING_1,
        password: Buffer.from("key-1"),
      }]
    ) {
      const peer = new ScramPeer(server);
      peer.auth(0x18, peer.scram.final(await peer.asked(beside)));
      assert.equal((await peer.next()).code, 0);
    }
  }));

Deno.test("mqtt authentication: a client may say DISCONNECT while it authenticates [MQTT5-3.1.2-30]", () =>
  withServer(async ({ server }) => {
    const peer = new ScramPeer(server);
    await peer.asked();
    peer.send({ cmd: "disconnect", reasonCode: 0 });
    await peer.closed();
  }));

Deno.test("mqtt authentication: a client that goes before its proof is checked leaves nothing behind", () =>
  withServer(async ({ server, installation }) => {
    const peer = new ScramPeer(server);
    peer.auth(0x18, peer.scram.final(await peer.asked()));
    peer.leave();
    await peer.next().catch(() => undefined);
    for (let turn = 0; turn < 1_000 && server.counters.connectionsOpen > 0; turn++) await quiet();
    assert.equal(server.counters.connectionsOpen, 0);
    const types = installation.events.map(({ type }) => type);
    assert.ok(types.length === 0 || types.at(-1) === "SessionEnded", types.join());
  }));

Deno.test("mqtt authentication: what comes behind the proof waits for the CONNACK", () =>
  withServer(async ({ server }) => {
    const peer = new ScramPeer(server);
    peer.auth(0x18, peer.scram.final(await peer.asked()));
    peer.send({ cmd: "pingreq" });
    assert.equal((await peer.next()).cmd, "connack");
    assert.equal((await peer.next()).cmd, "pingresp");
  }));

Deno.test("mqtt authentication: a changed key ends the connection, and only the new one is proven from then on", () =>
  withServer(async ({ server, installation }) => {
    const peer = await ScramPeer.connected(server);
    installation.thing(THING_1, { key: "new key" });
    assert.equal(await peer.refused("disconnect"), 0x87);
    const old = new ScramPeer(server);
    old.auth(0x18, old.scram.final(await old.asked()));
    assert.equal(await old.refused(), 0x87);
    const fresh = new ScramPeer(server, { key: "new key" });
    fresh.auth(0x18, fresh.scram.final(await fresh.asked()));
    assert.equal((await fresh.next()).code, 0);
  }));

Deno.test("mqtt authentication: a key that changes between question and answer counts", () =>
  withServer(async ({ server, installation }) => {
    const peer = new ScramPeer(server);
    const question = await peer.asked();
    installation.thing(THING_1, { key: "new key" });
    peer.auth(0x18, peer.scram.final(question));
    assert.equal(await peer.refused(), 0x87);
  }));

Deno.test("mqtt authentication: without a method there is no AUTH, neither way [MQTT5-4.12.0-6] [MQTT5-4.12.0-7]", () =>
  withServer(async ({ server }) => {
    const peer = new ScramPeer(server);
    peer.send({
      cmd: "connect",
      protocolVersion: 5,
      clientId: "device",
      clean: true,
      username: THING_1,
      password: Buffer.from("key-1"),
    });
    const { cmd, code, method, said } = await peer.next();
    assert.deepEqual([cmd, code, method, said], ["connack", 0, undefined, undefined]);
    peer.auth(0x19, peer.scram.first);
    assert.equal(await peer.refused("disconnect"), 0x82);
  }));
