import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ManualClock } from "../../../actors/mod.ts";
import { type ClientCertificate, MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, Installation, THING_1, THING_2 } from "./installation.ts";
import { connectPacket, type Packet, TestClient } from "./test_client.ts";

const FINGERPRINT = "ab".repeat(32);

async function withServer(
  test: (it: { server: MqttServer; installation: Installation }) => Promise<void>,
): Promise<void> {
  const installation = new Installation(new ManualClock());
  const server = new MqttServer(installation.ground);
  await test({ server, installation });
  await server.close({ timeoutMs: 0 });
}

function showing(
  server: MqttServer,
  certificate: Partial<ClientCertificate>,
): TestClient {
  return new TestClient(server, {
    transport: "tls",
    tls: {
      protocol: "TLSv1.3",
      cipher: "TLS_AES_128_GCM_SHA256",
      certificate: {
        subject: "CN=gateway",
        commonName: "gateway",
        fingerprint: FINGERPRINT,
        serialNumber: "01",
        ...certificate,
      },
    },
  });
}

/** A CONNECT with a user name and a password, or with neither. */
function connect(username?: string, password?: string): Packet {
  return connectPacket("dev", {
    username,
    password: password === undefined ? undefined : Buffer.from(password),
  } as never);
}

Deno.test("mqtt certificates: the common name is the id of the thing, and no password is needed", () =>
  withServer(async ({ server, installation }) => {
    for (const packet of [connect(), connect(""), connect(THING_2), connect(THING_2, "key-2")]) {
      const client = showing(server, { commonName: THING_2 });
      assert.deepEqual(await client.exchange(packet), ["connack 0"]);
      client.send({ cmd: "disconnect" });
    }
    const known = installation.facts.map(({ origin }) => origin.thingId);
    assert.deepEqual(new Set(known), new Set([THING_2]));
  }));

Deno.test("mqtt certificates: a fingerprint that is bound to a thing proves it", () =>
  withServer(async ({ server, installation }) => {
    assert.deepEqual(await showing(server, {}).exchange(connect()), ["connack 4"]);
    installation.thing(THING_1, { certificates: [FINGERPRINT] });
    assert.deepEqual(await showing(server, {}).exchange(connect()), ["connack 0"]);
    assert.equal(installation.facts.at(-1)?.origin.thingId, THING_1);
  }));

Deno.test("mqtt certificates: the common name counts for more than a binding, which anybody could make", () =>
  withServer(async ({ server, installation }) => {
    installation.thing(THING_1, { certificates: [FINGERPRINT] });
    const client = showing(server, { commonName: THING_2 });
    assert.deepEqual(await client.exchange(connect()), ["connack 0"]);
    assert.equal(installation.facts.at(-1)?.origin.thingId, THING_2);
  }));

Deno.test("mqtt certificates: a username or a key of another thing is refused", () =>
  withServer(async ({ server }) => {
    const refused = async (packet: Packet) => {
      const client = showing(server, { commonName: THING_2 });
      assert.deepEqual(await client.exchange(packet), ["connack 4"]);
      assert.ok(client.isClosed);
    };
    await refused(connect(THING_1));
    await refused(connect(THING_1, "key-1"));
    await refused(connect(THING_2, "key-1"));
    await refused(connect("", "no key"));
  }));

Deno.test("mqtt certificates: one that proves nothing is refused, whatever key comes with it", () =>
  withServer(async ({ server }) => {
    const client = showing(server, { commonName: THING_1, refused: "was revoked" });
    assert.deepEqual(await client.exchange(connect(THING_1, "key-1")), ["connack 5"]);
    assert.ok(client.isClosed);
  }));

Deno.test("mqtt certificates: one of no thing leaves it to the key", () =>
  withServer(async ({ server, installation }) => {
    assert.deepEqual(await showing(server, {}).exchange(connect("", "key-1")), ["connack 0"]);
    assert.equal(installation.facts.at(-1)?.origin.thingId, THING_1);
    assert.deepEqual(await showing(server, {}).exchange(connect("", "key")), ["connack 4"]);
  }));

Deno.test("mqtt certificates: a disabled thing is refused", () =>
  withServer(async ({ server, installation }) => {
    installation.thing(THING_1, { status: "disabled" });
    const client = showing(server, { commonName: THING_1 });
    assert.deepEqual(await client.exchange(connect()), ["connack 5"]);
  }));

Deno.test("mqtt certificates: an unbound one ends the connections that rest on it, a changed key the others", () =>
  withServer(async ({ server, installation }) => {
    const connections = { [CHANNEL_A]: ["publish"] } as const;
    installation.thing(THING_1, { certificates: [FINGERPRINT], connections });
    const bound = showing(server, {});
    const named = showing(server, { commonName: THING_1, fingerprint: "cd".repeat(32) });
    const keyed = new TestClient(server);
    for (const [name, client] of Object.entries({ bound, named, keyed })) {
      const password = client === keyed ? {} : { password: undefined };
      const packet = connectPacket(name, { username: "", ...password } as never);
      assert.deepEqual(await client.exchange(packet), ["connack 0"], name);
    }
    installation.thing(THING_1, { connections });
    await bound.heard();
    assert.deepEqual([bound, named, keyed].map(({ isClosed }) => isClosed), [true, false, false]);
    const ended = installation.events.filter(({ type }) => type === "SessionEnded");
    assert.match(JSON.stringify(ended), /the certificate was unbound from the thing/);
    installation.thing(THING_1, { key: "another", connections });
    await keyed.heard();
    assert.deepEqual([named, keyed].map(({ isClosed }) => isClosed), [false, true]);
    installation.removeThing(THING_1);
    await named.heard();
    assert.ok(named.isClosed);
  }));
