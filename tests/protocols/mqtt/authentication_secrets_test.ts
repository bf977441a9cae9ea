import assert from "node:assert/strict";
import type { Logger } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { inScene, KEY } from "../http/scene.ts";
import { withServer } from "./authentication_server.ts";
import { Installation, THING_1 } from "./installation.ts";
import { METHOD, ScramPeer } from "./scram_peer.ts";
import { quiet } from "./test_client.ts";
import { recordedCapture, recordedLines } from "./recorded.ts";

Deno.test("mqtt authentication: the key that the platform sealed for a thing is proven, and after a change the new one", () =>
  inScene(async ({ house, thingId }) => {
    const proves = async (key: string) => {
      const peer = new ScramPeer(house.mqtt, { name: thingId, key });
      peer.auth(0x18, peer.scram.final(await peer.asked({ clientId: `with ${key}` })));
      const { code, said } = await peer.next();
      return code === 0 && said === peer.scram.expected;
    };
    assert.deepEqual([await proves(KEY), await proves("another")], [true, false]);
    const { status } = await house.ask("PATCH", `/things/${thingId}/key`, {
      body: { key: "another" },
    });
    assert.equal(status, 200);
    assert.deepEqual([await proves(KEY), await proves("another")], [false, true]);
  }));

Deno.test("mqtt authentication: wrong proofs are told to the owner of the thing, with their reason", () =>
  inScene(async ({ house, thingId, box }) => {
    const peer = new ScramPeer(house.mqtt, { name: thingId, key: "wrong" });
    peer.auth(0x18, peer.scram.final(await peer.asked()));
    await peer.refused();
    await house.mqtt.close({ timeoutMs: 0 });
    const { findings: [finding], refused_connects: [refused] } = await box();
    assert.equal(finding.kind, "wrong_key");
    assert.match(refused.reason, /wrong key: the proof by SCRAM-SHA-256/);
    assert.equal(refused.code, "0x87");
  }));

Deno.test("mqtt authentication: nothing that proves a key is recorded, though every packet is", () =>
  withServer(async ({ server }) => {
    server.recorder.start(THING_1, { minutes: 5, payloads: true });
    const peer = new ScramPeer(server);
    const question = await peer.asked();
    const proof = peer.scram.final(question);
    peer.auth(0x18, proof);
    await peer.next();
    peer.auth(0x19, peer.scram.first);
    peer.auth(0x18, peer.scram.final((await peer.next()).said!));
    assert.equal((await peer.next()).code, 0);
    await quiet();
    const lines = recordedLines(server, THING_1)!;
    const told = lines.map((line) => {
      const { direction, type } = JSON.parse(line);
      return `${direction} ${type}`;
    });
    assert.deepEqual(told, [
      "in connect",
      "out auth",
      "in auth",
      "out connack",
      "in auth",
      "out auth",
      "in auth",
      "out auth",
    ]);
    const capture = recordedCapture(server, THING_1).toString("latin1");
    const secrets = [question, proof, peer.scram.first, peer.scram.expected]
      .flatMap((message) => message.split(",")).filter((part) => part.length > 8);
    for (const part of secrets) {
      assert.ok(!lines.join().includes(part), part);
      assert.ok(!capture.includes(part), part);
    }
    assert.ok(capture.includes(METHOD));
  }));

Deno.test("mqtt authentication: a stranger's packets are not recorded as the thing's that he names", () =>
  withServer(async ({ server }) => {
    server.recorder.start(THING_1, { minutes: 5, payloads: true });
    const peer = new ScramPeer(server, { key: "wrong" });
    peer.auth(0x18, peer.scram.final(await peer.asked()));
    await peer.refused();
    assert.deepEqual(recordedLines(server, THING_1)!, []);
  }));

Deno.test("mqtt authentication: nothing that proves a key is logged, told or kept in history", async () => {
  const logged: string[] = [];
  const log = (message: string, fields?: unknown) => {
    logged.push(`${message} ${JSON.stringify(fields)}`);
  };
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const installation = new Installation();
  const server = new MqttServer({ ...installation.ground, logger });
  const secrets: string[] = [];
  for (const key of ["key-1", "key-of-a-stranger"]) {
    const peer = new ScramPeer(server, { key });
    const question = await peer.asked();
    const proof = peer.scram.final(question);
    peer.auth(0x18, proof);
    const { reason } = await peer.next();
    secrets.push(...question.split(","), ...proof.split(","), peer.scram.expected, "key-1", key);
    logged.push(reason ?? "");
  }
  await server.close({ timeoutMs: 0 });
  const told = logged.join() + JSON.stringify(installation.facts);
  assert.match(told, /the proof was not made with the key/);
  assert.ok(secrets.length > 0);
  for (const part of secrets.filter((part) => part.length > 6 || part.startsWith("key"))) {
    assert.ok(!told.includes(part), part);
  }
});
