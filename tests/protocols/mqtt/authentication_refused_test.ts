import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { withServer } from "./authentication_server.ts";
import { CHANNEL_A, THING_1, THING_2 } from "./installation.ts";
import { ScramPeer } from "./scram_peer.ts";
import { publishPacket, quiet, subscribePacket } from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;
const UNKNOWN = "70000000-0000-4000-8000-0000000000ff";

Deno.test("mqtt authentication: a username or password of another thing is refused, though the proof is right", () =>
  withServer(async ({ server }) => {
    for (
      const beside of [{ username: THING_2 }, {
        username: THING_1,
        password: Buffer.from("key-2"),
      }, { username: THING_1, password: Buffer.from("no key") }]
    ) {
      const peer = new ScramPeer(server);
      peer.auth(0x18, peer.scram.final(await peer.asked(beside)));
      assert.equal(await peer.refused(), 0x86);
    }
  }));

Deno.test("mqtt authentication: methods that are not offered are answered by 0x8C [MQTT5-4.12.0-1]", () =>
  withServer(async ({ server }) => {
    for (
      const authenticationMethod of [
        "SCRAM-SHA-1",
        "SCRAM-SHA-256-PLUS",
        "scram-sha-256",
        "PLAIN",
        "",
      ]
    ) {
      const peer = new ScramPeer(server);
      peer.connect({}, { authenticationMethod });
      assert.equal(await peer.refused(), 0x8c, authenticationMethod);
    }
  }));

Deno.test("mqtt authentication: a proof of another key is answered by 0x87 [MQTT5-4.12.0-4]", () =>
  withServer(async ({ server }) => {
    const peer = new ScramPeer(server, { key: "key-2" });
    peer.auth(0x18, peer.scram.final(await peer.asked()));
    const { code, said, method } = await peer.next();
    assert.deepEqual([code, said, method], [0x87, undefined, undefined]);
    await peer.closed();
  }));

Deno.test("mqtt authentication: a thing that does not exist is asked as one that does, and answered as a wrong key is", () =>
  withServer(async ({ server }) => {
    const answers = [];
    for (const name of [THING_1, UNKNOWN, "no,thing=at all"]) {
      const escaped = name.replaceAll("=", "=3D").replaceAll(",", "=2C");
      const said = [];
      for (let attempt = 0; attempt < 2; attempt++) {
        const peer = new ScramPeer(server, { name: escaped, key: "a wrong key" });
        const question = await peer.asked();
        said.push(question.split(",")[1]);
        peer.auth(0x18, peer.scram.final(question));
        const { code, reason } = await peer.next();
        answers.push(`${code} ${reason}`);
        await peer.closed();
      }
      assert.equal(said[0], said[1], "the salt of a name stays as it is");
    }
    assert.equal(new Set(answers).size, 1, answers.join("; "));
  }));

Deno.test("mqtt authentication: a disabled thing is refused as with its key", () =>
  withServer(async ({ server, installation }) => {
    installation.thing(THING_1, { status: "disabled" });
    const peer = new ScramPeer(server);
    peer.auth(0x18, peer.scram.final(await peer.asked()));
    const { code, reason } = await peer.next();
    assert.equal(code, 0x87);
    assert.match(reason!, /disabled/);
  }));

Deno.test("mqtt authentication: messages that are none of SCRAM are refused with a reason", () =>
  withServer(async ({ server }) => {
    for (
      const authenticationData of [
        undefined,
        Buffer.alloc(0),
        Buffer.from("n,,n=,r=abc"),
        Buffer.from("p=tls-unique,,n=a,r=b"),
        Buffer.from([0xff, 0xfe]),
        Buffer.from(`n,,n=${THING_1},r=${"x".repeat(2_000)}`),
      ]
    ) {
      const peer = new ScramPeer(server);
      peer.connect({}, { authenticationData } as never);
      const { cmd, code, reason } = await peer.next();
      assert.deepEqual([cmd, code], ["connack", 0x87]);
      assert.notEqual(reason ?? "", "");
      await peer.closed();
    }
    const proof = Buffer.alloc(32).toString("base64");
    for (const final of ["", "c=biws,r=abc", `c=biws,r=rOprNGfwEbeRWgbNEkqO,p=${proof}`]) {
      const peer = new ScramPeer(server);
      await peer.asked();
      peer.auth(0x18, final);
      assert.equal(await peer.refused(), 0x87, final);
    }
  }));

Deno.test("mqtt authentication: the proof of one connection is none on another", () =>
  withServer(async ({ server }) => {
    const peer = new ScramPeer(server);
    const proof = peer.scram.final(await peer.asked());
    peer.auth(0x18, proof);
    assert.equal((await peer.next()).code, 0);
    const thief = new ScramPeer(server);
    await thief.asked();
    thief.auth(0x18, proof);
    assert.equal(await thief.refused(), 0x87);
  }));

Deno.test("mqtt authentication: until its CONNACK a client sends AUTH or DISCONNECT and nothing else [MQTT5-3.1.2-30]", () =>
  withServer(async ({ server, installation }) => {
    for (
      const packet of [
        Uint8Array.of(0xc0, 0x00),
        publishPacket(A, "x"),
        subscribePacket(1, { [A]: 0 }),
        { cmd: "connect", protocolVersion: 5, clientId: "device", clean: true } as const,
      ]
    ) {
      const peer = new ScramPeer(server);
      await peer.asked();
      peer.send(packet);
      assert.equal(await peer.refused(), 0x82);
    }
    assert.equal(installation.ingress.stored.length, 0);
  }));

Deno.test("mqtt authentication: the method stays the same, and the reason is 0x18 [MQTT5-4.12.0-3] [MQTT5-4.12.0-5] [MQTT5-3.15.2-1]", () =>
  withServer(async ({ server }) => {
    const other = new ScramPeer(server);
    other.auth(0x18, other.scram.final(await other.asked()), "SCRAM-SHA-1");
    assert.equal(await other.refused(), 0x82);
    const again = new ScramPeer(server);
    again.auth(0x19, again.scram.final(await again.asked()));
    assert.equal(await again.refused(), 0x82);
    for (const bytes of ["f000", "f0020000", "f0021800", "f0023300"]) {
      const peer = new ScramPeer(server);
      await peer.asked();
      peer.send(new Uint8Array(Buffer.from(bytes, "hex")));
      assert.equal(await peer.refused(), 0x82, bytes);
    }
    const flagged = new ScramPeer(server);
    await flagged.asked();
    flagged.send(Uint8Array.of(0xf1, 0x00));
    assert.equal(await flagged.refused(), 0x81); // [MQTT5-3.15.1-1]
  }));

Deno.test("mqtt authentication: a client that never answers is refused when the time for a CONNECT is over", () =>
  withServer(async ({ server, clock }) => {
    const peer = new ScramPeer(server);
    await peer.asked();
    clock.advance(9_999);
    await quiet();
    assert.equal(peer.isClosed, false);
    clock.advance(1);
    assert.equal(await peer.refused(), 0x87);
    assert.equal(server.counters.connectsRefused, 1);
  }));

Deno.test("mqtt authentication: the will is checked when the thing is known", () =>
  withServer(async ({ server }) => {
    const will = { topic: "nowhere", payload: Buffer.from("x"), qos: 0, retain: false } as const;
    const peer = new ScramPeer(server);
    peer.auth(0x18, peer.scram.final(await peer.asked({ will })));
    assert.equal(await peer.refused(), 0x90);
  }));

Deno.test("mqtt authentication: a client that takes no packet as large as the AUTH is refused [MQTT5-3.1.2-24]", () =>
  withServer(async ({ server }) => {
    const peer = new ScramPeer(server, { nonce: "x".repeat(200) });
    peer.connect({}, { maximumPacketSize: 150 });
    assert.equal(await peer.refused(), 0x95);
    const small = new ScramPeer(server);
    small.connect({}, { maximumPacketSize: 60 });
    assert.equal(await small.refused(), 0x95);
  }));

Deno.test("mqtt authentication: a certificate of another thing, or one that proves nothing, is refused", () =>
  withServer(async ({ server }) => {
    for (
      const [given, code] of [[{ commonName: THING_2 }, 0x86], [
        { refused: "is expired" },
        0x87,
      ]] as const
    ) {
      const certificate = {
        subject: "CN=device",
        commonName: THING_1,
        fingerprint: "ab".repeat(32),
        serialNumber: "01",
        ...given,
      };
      const tls = { protocol: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256", certificate };
      const peer = new ScramPeer(server, { peer: { transport: "tls", tls } });
      peer.auth(0x18, peer.scram.final(await peer.asked()));
      assert.equal(await peer.refused(), code);
    }
  }));

Deno.test("mqtt authentication: wrong proofs stand in the history of the thing that they name, by nobody known", () =>
  withServer(async ({ server, installation, clock }) => {
    for (let attempt = 0; attempt < 3; attempt++) {
      const peer = new ScramPeer(server, { key: "wrong" });
      peer.auth(0x18, peer.scram.final(await peer.asked()));
      await peer.refused();
    }
    clock.advance(1_000);
    const [refused] = installation.facts;
    assert.equal(refused?.origin.thingId, THING_1);
    assert.equal(refused?.origin.principal.kind, "anonymous");
    assert.ok(refused?.event.type === "SessionRefused");
    const { reason, reasonCode, count } = refused.event.data;
    assert.deepEqual([reasonCode, count], [0x87, 3]);
    assert.match(reason, /wrong key: .*SCRAM-SHA-256/);
  }));
