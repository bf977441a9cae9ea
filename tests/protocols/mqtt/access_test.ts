import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { ConnectionType } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, CHANNEL_B, Installation, THING_1, THING_2 } from "./installation.ts";
import { publishPacket, quiet, subscribePacket, TestClient } from "./test_client.ts";

const A = `channels/${CHANNEL_A}/messages`;
const B = `channels/${CHANNEL_B}/messages`;
const BOTH: readonly ConnectionType[] = ["publish", "subscribe"];
const AS_2 = { username: THING_2, password: Buffer.from("key-2") };

function setUp(): { installation: Installation; server: MqttServer } {
  const installation = new Installation();
  return { installation, server: new MqttServer(installation.ground) };
}

function withdrawn(installation: Installation): string[] {
  return installation.events.flatMap(({ type, data }) =>
    type === "SessionUnsubscribed" && "cause" in data ? [`${data.cause} ${data.filter}`] : []
  );
}

for (
  const [name, change, reason] of [
    [
      "is disabled",
      (it: Installation) => it.thing(THING_1, { status: "disabled" }),
      "the thing was disabled",
    ],
    ["is removed", (it: Installation) => it.removeThing(THING_1), "the thing was removed"],
    [
      "gets another key",
      (it: Installation) => it.thing(THING_1, { key: "another" }),
      "the key of the thing was changed",
    ],
  ] as const
) {
  Deno.test(`mqtt access: ends the connections of a thing that ${name}`, async () => {
    const { installation, server } = setUp();
    const first = await TestClient.connected(server, "dev-1");
    const second = await TestClient.connected(server, "dev-1-too");
    const other = await TestClient.connected(server, "dev-2", AS_2);
    change(installation);
    await quiet();
    assert.deepEqual([first.isClosed, second.isClosed, other.isClosed], [true, true, false]);
    const ended = installation.events.at(-1);
    assert.ok(ended?.type === "SessionEnded");
    assert.equal(ended.data.reason, reason);
  });
}

Deno.test("mqtt access: withdraws the filters of a channel that the thing is disconnected from", async () => {
  const { installation, server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  const other = await TestClient.connected(server, "dev-2", AS_2);
  await client.exchange(subscribePacket(1, { [A]: 0, [`${A}/#`]: 0, [B]: 0, "#": 0 }));
  installation.thing(THING_1, { connections: { [CHANNEL_B]: BOTH } });
  assert.deepEqual(withdrawn(installation), [`access ${A}`, `access ${A}/#`]);
  await other.exchange(publishPacket(A, "not for you"));
  assert.deepEqual(await client.exchange(publishPacket(B, "x")), [`publish q0 ${B}: x`]);
});

Deno.test("mqtt access: refuses to publish from the next message on", async () => {
  const { installation, server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  await client.exchange(publishPacket(A, "1"));
  installation.thing(THING_1, { connections: { [CHANNEL_A]: ["subscribe"] } });
  await client.exchange(publishPacket(A, "2"));
  assert.equal(client.isClosed, true);
  assert.equal(installation.ingress.stored.length, 1);
});

Deno.test("mqtt access: keeps publishing when something else has changed", async () => {
  const { installation, server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  await client.exchange(publishPacket(A, "1"));
  installation.channel(CHANNEL_B, "disabled");
  await client.exchange(publishPacket(A, "2"));
  const [first, second] = installation.ingress.stored;
  assert.equal(first?.route, second?.route);
});

Deno.test("mqtt access: extends wildcards to a channel that the thing is connected to later", async () => {
  const { installation, server } = setUp();
  const client = await TestClient.connected(server, "dev-2", AS_2);
  const publisher = await TestClient.connected(server, "dev-1");
  await client.exchange(subscribePacket(1, { "#": 0 }));
  await publisher.exchange(publishPacket(B, "before"));
  installation.thing(THING_2, { connections: { [CHANNEL_A]: BOTH, [CHANNEL_B]: ["subscribe"] } });
  await publisher.exchange(publishPacket(B, "after"), publishPacket(A, "as before"));
  assert.deepEqual(await client.heard(), [
    `publish q0 ${B}: after`,
    `publish q0 ${A}: as before`,
  ]);
  assert.deepEqual(withdrawn(installation), []);
});

Deno.test("mqtt access: follows a channel that is disabled and enabled again", async () => {
  const { installation, server } = setUp();
  const client = await TestClient.connected(server, "dev-1");
  await client.exchange(subscribePacket(1, { [A]: 0, "#": 0 }));
  installation.channel(CHANNEL_A, "disabled");
  assert.deepEqual(withdrawn(installation), [`access ${A}`]);
  installation.channel(CHANNEL_A, "enabled");
  assert.deepEqual(await client.exchange(publishPacket(A, "x")), [`publish q0 ${A}: x`]);
});

Deno.test("mqtt access: grants a wildcard that comes to nothing yet", async () => {
  const { installation, server } = setUp();
  installation.thing(THING_2);
  const client = await TestClient.connected(server, "dev-2", AS_2);
  assert.deepEqual(await client.exchange(subscribePacket(1, { "#": 0 })), ["suback #1 0"]);
  installation.thing(THING_2, { connections: { [CHANNEL_A]: BOTH } });
  assert.deepEqual(await client.exchange(publishPacket(A, "x")), [`publish q0 ${A}: x`]);
});
