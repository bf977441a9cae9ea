import assert from "node:assert/strict";
import { messageStream } from "../../../actors/mod.ts";
import { publishPacket, subscribePacket } from "../mqtt/test_client.ts";
import { assertProblem, signedUp } from "./house.ts";
import { inScene } from "./scene.ts";

Deno.test("http sessions: shows a connection from its beginning to its end", () =>
  inScene(async ({ device, box, topic }) => {
    const client = await device("dev-1");
    const [open] = (await box()).sessions;
    assert.deepEqual(
      [open.connected, open.client_id, open.address, open.protocol, open.protocol_version],
      [true, "dev-1", "192.0.2.7:4711", "mqtt", "3.1.1"],
    );
    assert.deepEqual([open.edge, open.transport, open.end], ["mqtt", "tcp", undefined]);
    assert.equal(open.counts.messages_received, 0);
    await client.exchange(subscribePacket(1, { [topic]: 1 }), publishPacket(topic, "x"));
    const { counts } = await box(`/${open.n}`);
    assert.equal(counts.messages_received, 1);
    assert.ok(counts.bytes_received > open.counts.bytes_received);
    await client.exchange({ cmd: "disconnect" });
    const { total, sessions: [ended] } = await box();
    assert.equal(total, 1);
    assert.deepEqual(ended.end, {
      reason: "the client disconnected",
      code: "0x00",
      code_name: "Normal disconnection",
      by: "client",
      clean: true,
    });
    assert.deepEqual([ended.connected, ended.n, ended.id], [false, open.n, open.id]);
    assert.equal(ended.counts.messages_received, 1);
    assert.ok(ended.counts.bytes_received > 0 && ended.counts.bytes_sent > 0);
    assert.ok(Date.parse(ended.from) <= Date.parse(ended.to));
  }));

Deno.test("http sessions: one session lists its subscriptions with options, when they went and why", () =>
  inScene(async ({ device, box, topic, house, thingId, channelId }) => {
    const client = await device("dev-1");
    await client.exchange(subscribePacket(1, { [`${topic}/a`]: 1, [`${topic}/b`]: 2 }));
    await client.exchange(subscribePacket(2, { [`${topic}/c`]: 0, [`${topic}/c`]: 0 }));
    await client.exchange(subscribePacket(3, { [`${topic}/c`]: 2, "#": 0 }));
    await client.exchange({ cmd: "unsubscribe", messageId: 4, unsubscriptions: [`${topic}/a`] });
    const pair = { thing_ids: [thingId], channel_ids: [channelId] };
    await house.ask("PUT", "/disconnect", { body: pair });
    await client.exchange({ cmd: "disconnect" });
    const { sessions: [{ n, id }] } = await box();
    const { subscriptions } = await box(`/${n}`);
    const told = subscriptions.map((each: Record<string, string>) =>
      `${each["filter"]!.replace(topic, "")} q${each["qos"]}: ${each["ended_because"]}`
    );
    assert.deepEqual(told.toSorted(), [
      "# q0: the connection ended",
      "/a q1: the client unsubscribed",
      "/b q2: the right to read it was taken away",
      "/c q0: the client subscribed to it anew",
      "/c q2: the right to read it was taken away",
    ]);
    assert.deepEqual(await box(`/${id}`), await box(`/${n}`));
  }));

Deno.test("http sessions: answers who was connected at an instant, and to what", () =>
  inScene(async ({ device, box, topic, house }) => {
    const before = await house.store.lastPosition();
    const one = await device("one");
    await one.exchange(subscribePacket(1, { [`${topic}/a`]: 1 }));
    await house.reported();
    const first = await house.store.lastPosition();
    const two = await device("two");
    await one.exchange({ cmd: "unsubscribe", messageId: 2, unsubscriptions: [`${topic}/a`] });
    await two.exchange(subscribePacket(1, { [`${topic}/b`]: 0 }));
    await house.reported();
    const second = await house.store.lastPosition();
    await one.exchange({ cmd: "disconnect" });
    const then = async (at: number | string) =>
      (await box(`?at=${at}`)).sessions.map((session: Record<string, unknown>) => [
        session["client_id"],
        session["connected"],
        (session["subscriptions"] as { filter: string }[]).map(({ filter }) =>
          filter.replace(topic, "")
        ),
      ]);
    assert.deepEqual(await then(before), []);
    assert.deepEqual(await then(first), [["one", true, ["/a"]]]);
    assert.deepEqual(await then(second), [["two", true, ["/b"]], ["one", true, []]]);
    assert.deepEqual(await then(new Date().toISOString()), [["two", true, ["/b"]]]);
  }));

Deno.test("http sessions: pages through many, newest first, without gap or repeat", () =>
  inScene(async ({ device, box }) => {
    for (let n = 0; n < 7; n++) {
      await (await device(`dev-${n}`)).exchange({ cmd: "disconnect" });
    }
    const names: string[] = [];
    let cursor = "";
    do {
      const page = await box(`?limit=3${cursor}`);
      assert.equal(page.total, 7);
      names.push(...page.sessions.map((each: { client_id: string }) => each.client_id));
      cursor = page.next_cursor === undefined ? "" : `&cursor=${page.next_cursor}`;
    } while (cursor !== "");
    assert.deepEqual(names, ["dev-6", "dev-5", "dev-4", "dev-3", "dev-2", "dev-1", "dev-0"]);
  }));

Deno.test("http sessions: are for those who may read the thing, and stay when it is gone", () =>
  inScene(async ({ house, thingId, device, box }) => {
    const eve = await signedUp(house, "eve@example.com");
    const path = `/things/${thingId}/sessions`;
    assertProblem(await house.ask("GET", path, { token: eve.token }), 403);
    assertProblem(await house.ask("GET", path, { token: null }), 401);
    assertProblem(await house.ask("GET", `${path}/7`), 404);
    assertProblem(await house.ask("GET", `${path}/none`), 400);
    assertProblem(await house.ask("GET", `${path}?at=yesterday`), 400, "at");
    assertProblem(await house.ask("GET", `/things/${house.ground.newId()}/sessions`), 404);
    await device("dev-1");
    await house.ask("DELETE", `/things/${thingId}`);
    const { sessions: [ended] } = await box();
    assert.deepEqual([ended.end.reason, ended.end.code], ["the thing was removed", "0x87"]);
  }));

/** What an operator reads first: one page of JSON. */
function kinds(page: { findings: { kind: string }[] }): string[] {
  return page.findings.map(({ kind }) => kind);
}

Deno.test("http sessions: one page tells a flapping device", () =>
  inScene(async ({ device, box }) => {
    for (let n = 0; n < 12; n++) (await device("dev")).stream.end();
    const page = await box();
    assert.deepEqual(kinds(page), ["flapping"]);
    assert.match(page.findings[0].text, /^12 connections began within 10 minutes/);
    assert.match(page.findings[0].text, /the client closed the connection without DISCONNECT/);
    assert.deepEqual(page.refused_connects, []);
  }));

Deno.test("http sessions: one page tells a device with a wrong key", () =>
  inScene(async ({ device, box, house, thingId }) => {
    for (let n = 0; n < 12; n++) await device("dev", { key: "old-key" });
    await house.mqtt.close({ timeoutMs: 1_000 });
    const page = await box();
    assert.deepEqual(kinds(page), ["wrong_key"]);
    assert.deepEqual(page.sessions, []);
    const [{ first_at: _, last_at: __, ...refused }, ...others] = page.refused_connects;
    assert.deepEqual(refused, {
      action: "connect",
      reason: "wrong key: it is not this thing's",
      code: "0x86",
      code_name: "Bad User Name or Password",
      count: 12,
      client_id: "dev",
      address: "192.0.2.7:4711",
    });
    assert.deepEqual(others, []);
    const { body } = await house.ask("GET", `/things/${thingId}/history?type=SessionRefused`);
    assert.equal(body.total, 1);
    assert.deepEqual(body.events[0].principal, { kind: "anonymous", id: "anonymous" });
  }));

Deno.test("http sessions: one page tells a device that publishes where it may not", () =>
  inScene(async ({ device, box, house }) => {
    const { body: other } = await house.ask("POST", "/channels", { body: {} });
    const topic = `channels/${other.id}/messages`;
    for (let n = 0; n < 12; n++) await (await device("dev")).exchange(publishPacket(topic, "x"));
    const page = await box();
    assert.deepEqual(kinds(page), ["refused_publish"]);
    const [{ text, count }] = page.findings;
    assert.equal(count, 12);
    assert.equal(
      text,
      `publishing to '${topic}' was refused 12 times: the thing may not publish to this channel`,
    );
    const { refusals: [refusal] } = await box(`/${page.sessions[0].n}`);
    assert.deepEqual([refusal.topic, refusal.code, refusal.count], [topic, "0x87", 1]);
  }));

Deno.test("http sessions: a session that was kept shows what it found, and what was taken meanwhile", () =>
  inScene(async ({ device, box, topic, house, thingId }) => {
    const { body: other } = await house.ask("POST", "/channels", { body: {} });
    const gone = `channels/${other.id}/messages`;
    const pair = { thing_ids: [thingId], channel_ids: [other.id] };
    await house.ask("POST", "/connect", { body: pair });
    const first = await device("dev", { clean: false });
    await first.exchange(subscribePacket(1, { [topic]: 1, [gone]: 0 }));
    await first.exchange({ cmd: "disconnect" });
    await house.ask("PUT", "/disconnect", { body: pair });
    await device("dev", { clean: false });
    const { sessions: [session] } = await box();
    assert.equal(session.session_present, true);
    const { subscriptions } = await box(`/${session.n}`);
    const told = subscriptions.map((each: Record<string, unknown>) => [
      each["filter"],
      each["qos"],
      each["from"] === session.from,
    ]);
    assert.deepEqual(told, [[topic, 1, true]]);
    const { body } = await house.ask("GET", `/things/${thingId}/history?limit=2`);
    const types = body.events.map(({ type }: { type: string }) => type);
    assert.deepEqual(types, ["SessionUnsubscribed", "SessionConnected"]);
  }));

Deno.test("http sessions: says of a session that came back which messages the log had lost", () =>
  inScene(async ({ device, box, topic, house, channelId }) => {
    const client = await device("dev-1", { clean: false });
    await client.exchange(subscribePacket(1, { [topic]: 1 }), { cmd: "disconnect" });
    const publisher = await device("pub");
    for (const id of [1, 2]) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await publisher.exchange(publishPacket(topic, `${id}`, { qos: 1, id }));
    }
    const stream = messageStream(channelId, Date.now());
    for (let i = 0; i < 100 && (await house.store.firstRevision(stream)) === 0; i++) {
      await house.store.setStreamLimits(stream, { maxCount: 1 });
      await publisher.heard();
    }
    const again = await device("dev-1", { clean: false });
    for (let i = 0; i < 10; i++) await again.heard();
    const { sessions: [{ messages_gone, session_present }] } = await box();
    assert.equal(session_present, true);
    assert.deepEqual(messages_gone.map((each: Record<string, string>) => each["channel_id"]), [
      channelId,
    ]);
    assert.ok(Date.parse(messages_gone[0].from) < Date.parse(messages_gone[0].to));
  }));
