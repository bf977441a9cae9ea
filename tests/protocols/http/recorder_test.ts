import assert from "node:assert/strict";
import { publishPacket } from "../mqtt/test_client.ts";
import { assertProblem, signedUp } from "./house.ts";
import { inScene } from "./scene.ts";

Deno.test("http recorder: records the packets of a device and hands them out as lines and as a capture", () =>
  inScene(async ({ house, thingId, device, topic, box }) => {
    const path = `/things/${thingId}/recorder`;
    assert.deepEqual((await house.ask("GET", path)).body, { recording: false });
    const started = await house.ask("POST", path, { body: { minutes: 10 } });
    assert.equal(started.status, 201);
    assert.equal(started.headers.get("location"), path);
    assert.ok(Number(started.headers.get("millrace-position")) > 0);
    const { from, until, ...rest } = started.body;
    assert.equal(Date.parse(until) - Date.parse(from), 600_000);
    assert.deepEqual(rest, { recording: true, payloads: false, packets: 0, bytes: 0, dropped: 0 });
    const client = await device("dev-1");
    await client.exchange(publishPacket(topic, "secret words"), { cmd: "disconnect" });
    assert.equal((await house.ask("GET", path)).body.packets, 4);
    const packets = await house.ask("GET", `${path}/packets`);
    assert.equal(packets.headers.get("content-type"), "application/jsonl");
    const text = String(packets.body);
    const lines = text.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ direction, type }) => `${direction} ${type}`), [
      "in connect",
      "out connack",
      "in publish",
      "in disconnect",
    ]);
    assert.equal(lines[2].packet.topic, topic);
    assert.ok(!text.includes("secret words"));
    const { sessions: [session] } = await box();
    assert.equal(lines[0].session, session.id);
    const capture = await house.app.request(`${path}/packets.pcap`, {
      headers: { authorization: `Bearer ${house.adminToken}` },
    });
    assert.equal(capture.headers.get("content-type"), "application/vnd.tcpdump.pcap");
    const file = new Uint8Array(await capture.arrayBuffer());
    assert.deepEqual([...file.subarray(0, 4)], [0xa1, 0xb2, 0xc3, 0xd4]);
    assert.ok(!new TextDecoder("latin1").decode(file).includes("secret words"));
  }));

Deno.test("http recorder: keeps payloads if they are asked for", () =>
  inScene(async ({ house, thingId, device, topic }) => {
    const path = `/things/${thingId}/recorder`;
    await house.ask("POST", path, { body: { minutes: 1, payloads: true } });
    await (await device("dev-1")).exchange(publishPacket(topic, "what I say"));
    const { body } = await house.ask("GET", `${path}/packets`);
    assert.match(String(body), /"payload":"what I say"/);
  }));

Deno.test("http recorder: who looks at a device stands in the history of the thing, and changes nothing of it", () =>
  inScene(async ({ house, thingId }) => {
    const { body: before } = await house.ask("GET", `/things/${thingId}`);
    await house.ask("POST", `/things/${thingId}/recorder`, { body: { minutes: 7 } });
    await house.reported();
    const { body: { events } } = await house.ask("GET", `/things/${thingId}/history?limit=1`);
    const [{ type, data, principal, changes }] = events;
    assert.deepEqual([type, data], ["ThingRecorderStarted", { minutes: 7, payloads: false }]);
    assert.equal(principal.kind, "user");
    assert.deepEqual(changes, []);
    assert.deepEqual((await house.ask("GET", `/things/${thingId}`)).body, before);
  }));

Deno.test("http recorder: is for those who may change the thing", () =>
  inScene(async ({ house, thingId }) => {
    const reader = await signedUp(house, "reader@example.com");
    await house.ask("POST", `/things/${thingId}/share`, {
      body: { user_ids: [reader.id], policies: ["read"] },
    });
    const path = `/things/${thingId}/recorder`;
    const { token } = reader;
    const body = { minutes: 1 };
    assertProblem(await house.ask("POST", path, { token, body }), 403);
    await house.ask("POST", path, { body });
    for (const each of [path, `${path}/packets`, `${path}/packets.pcap`]) {
      assertProblem(await house.ask("GET", each, { token }), 403);
      assertProblem(await house.ask("GET", each, { token: null }), 401);
    }
  }));

Deno.test("http recorder: says what it cannot record, and that there is nothing", () =>
  inScene(async ({ house, thingId }) => {
    const path = `/things/${thingId}/recorder`;
    for (const minutes of [0, 61, 1.5, "5", undefined]) {
      assertProblem(await house.ask("POST", path, { body: { minutes } }), 400, "minutes");
    }
    assertProblem(await house.ask("GET", `${path}/packets`), 404);
    assertProblem(await house.ask("GET", `${path}/packets.pcap`), 404);
    const unknown = `/things/${house.ground.newId()}/recorder`;
    assertProblem(await house.ask("POST", unknown, { body: { minutes: 1 } }), 404);
  }));

Deno.test("http recorder: refuses another thing when as many are recorded as can be, before it is written down", () =>
  inScene(async ({ house, thingId }) => {
    for (let n = 0; n < 16; n++) {
      const { body: { id } } = await house.ask("POST", "/things", { body: {} });
      const { status } = await house.ask("POST", `/things/${id}/recorder`, {
        body: { minutes: 5 },
      });
      assert.equal(status, 201);
    }
    assertProblem(
      await house.ask("POST", `/things/${thingId}/recorder`, { body: { minutes: 5 } }),
      503,
    );
    await house.reported();
    const { body } = await house.ask("GET", `/things/${thingId}/history?type=ThingRecorderStarted`);
    assert.equal(body.total, 0);
  }));
